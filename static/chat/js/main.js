import "./messages.js";
import "./elements/theme-switch.js";
import { Allowance } from "./allowance.js";
import { AnswerSettings } from "./answer-settings.js";
import { Alerts } from "./alerts.js";
import { Announcer } from "./announcer.js";
import { Banner } from "./banner.js";
import { Bringing } from "./bringing.js";
import { Chat } from "./chat.js";
import { tellClock } from "./clock.js";
import { Composer } from "./composer.js";
import { ContextMeter } from "./context-meter.js";
import { Connection } from "./connection.js";
import { ask, prepare } from "./dialogs.js";
import { Editing } from "./editing.js";
import { Models } from "./models.js";
import { Navigation } from "./navigation.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Pages } from "./pages.js";
import { Preferences } from "./preferences.js";
import { Scrolling } from "./scrolling.js";
import { Settings } from "./settings.js";
import { Shelf, lastingStorage, passingStorage } from "./shelf.js";
import { Searching } from "./searching.js";
import { listen as listenToShortcuts, nameKeys } from "./shortcuts.js";
import { Selection } from "./selection.js";
import { Sidebar } from "./sidebar.js";
import { text } from "./strings.js";
import { Taking } from "./taking.js";
import { Temporary } from "./temporary.js";
import { TabTitle } from "./tab-title.js";
import { Transcript } from "./transcript.js";

const app = document.getElementById("app");
const main = app.querySelector("main");
const find = (selector) => document.querySelector(selector);

const jsonOf = (id) => JSON.parse(document.getElementById(id).textContent);

const pages = new Pages(app.dataset);
const shelf = new Shelf(lastingStorage(), app.dataset.person);
const transcript = new Transcript(main.querySelector(".thread"));
const connection = new Connection(pages.socket, {
  isWatched: () => !document.hidden || transcript.isReading,
});
const scrolling = new Scrolling(main.querySelector(".log"), main.querySelector(".newest"));
const composer = new Composer(main.querySelector(".composer"), shelf);
const editing = new Editing(find("#edit-message"), { transcript, composer });
const sidebar = new Sidebar(app, pages);
const searching = new Searching(app.querySelector(".sidebar"), pages);
const selection = new Selection(app.querySelector(".sidebar"));
const navigation = new Navigation(pages, () => scrolling.position);
const goOn = () => chat.goOn();
const notices = new Notices(main.querySelector(".notices"), goOn);
const banner = new Banner(main.querySelector(".banner"), { tryNow: () => connection.wake(), goOn });
const allowance = new Allowance(main.querySelector(".allowance"));
const models = new Models(
  main,
  jsonOf("models"),
  () => pages.json(app.dataset.models),
  shelf,
);
const preferences = new Preferences(pages, app.dataset.preferences, jsonOf("preferences"));
const answerSettings = new AnswerSettings({ pages, preferences, shelf });
const form = main.querySelector(".composer");
const settings = new Settings({ answerSettings, app, form, models, notices, pages, preferences });
const temporary = new Temporary({
  main,
  pages,
  lasting: shelf,
  passing: new Shelf(passingStorage(), app.dataset.person),
});
const taking = new Taking(pages, notices);
const chat = new Chat({
  answerSettings,
  main,
  welcome: main.querySelector(".welcome"),
  alerts: new Alerts(preferences),
  announcer: new Announcer(find(".announcer")),
  tabTitle: new TabTitle(main.querySelector("h1").textContent),
  outbox: new Outbox(shelf),
  composer,
  connection,
  editing,
  models,
  navigation,
  notices,
  pages,
  preferences,
  scrolling,
  settings,
  sidebar,
  taking,
  temporary,
  transcript,
});

new Bringing({ main, composer, editing, notices });
const meter = new ContextMeter(form, {
  answerSettings,
  models,
  pages,
  conversation: () => (answerSettings.isStored ? chat.conversation : null),
  isOnLine: () => connection.isOpen,
});

const awaitConnection = () => banner.lost(() => chat.offline());

function on(target, type, action) {
  target.addEventListener(type, ({ detail }) => action(detail));
}

on(connection, "open", () => {
  banner.back();
  chat.connected();
  meter.refresh();
});
on(connection, "frame", (frame) => {
  chat.hear(frame);
  allowance.hear(frame);
});
on(connection, "lost", () => {
  chat.disconnected();
  awaitConnection();
});
on(connection, "signed-out", () => {
  composer.keepAnew(); // whoever signed out in another tab took all drafts away
  pages.leaveToSignIn();
});
on(connection, "forbidden", () => banner.show(text("forbidden")));

on(transcript, "follow", (follow) => connection.send(follow));
on(transcript, "ended", (end) => {
  chat.ended(end);
  meter.refresh();
});
on(transcript, "lost", (run) => chat.lost(run));
on(transcript, "changed", () => {
  chat.changed();
  meter.drawSoon(); // what was written may be a row now, and be back another time
});
on(transcript, "painted", () => scrolling.keep());
on(transcript, "ask", (request) => chat.act(request));

main.querySelector(".newest").addEventListener("click", async () => {
  if (await chat.toNewest()) goOn();
});
on(composer, "say", (words) => chat.say(words));
on(editing, "say", (words) => chat.say(words));
on(composer, "stop", () => chat.stop());
on(composer, "edit-last", () => chat.editLast());
on(composer, "page", (direction) => scrolling.page(direction));

on(models, "chosen", (model) => answerSettings.change({ model }).catch(() => {}));
on(answerSettings, "changed", () => models.open(answerSettings.current.model));
const takeHabits = () => {
  const { enter_sends } = preferences.values;
  document.documentElement.dataset.enter = enter_sends ? "sends" : "breaks";
};
on(preferences, "changed", takeHabits);
takeHabits();

main.querySelector(".log").addEventListener("scroll", () => navigation.moved(), { passive: true });
on(navigation, "arrived", (arrival) => chat.arrive(arrival));
on(navigation, "missing", (conversation) => chat.missing(conversation));
on(navigation, "failed", ({ error, again }) => {
  sidebar.mark(chat.conversation);
  notices.failed(error, again);
});

on(sidebar, "open", (conversation) => {
  sidebar.mark(conversation);
  navigation.open(conversation);
});
on(searching, "open", ({ conversation, message }) => {
  sidebar.mark(conversation);
  sidebar.closeDrawer();
  navigation.open(conversation, message);
});
on(searching, "left", () => {
  sidebar.closeDrawer();
  composer.focus();
});
on(sidebar, "choice", ({ choice, conversation }) => {
  if (choice === "select") selection.start(conversation);
  else chat.manage(choice, conversation);
});
on(selection, "choice", ({ choice, conversations }) => chat.manageMany(choice, conversations));
const inList = (name) => app.querySelector(`.list-tools [data-list=${name}]`);
inList("select").addEventListener("click", () => selection.start());
const showArchive = (isArchive) =>
  sidebar
    .showArchive(isArchive)
    .catch((error) => notices.failed(error, () => showArchive(isArchive)));
inList("archived").addEventListener("click", () => showArchive(!sidebar.isArchive));

for (const button of main.querySelectorAll(".tool.own[data-choice]")) {
  button.addEventListener("click", () => chat.manage(button.dataset.choice));
}
main.querySelector(".top [data-menu]").addEventListener("click", ({ currentTarget }) => {
  sidebar.openMenu(chat.conversation, currentTarget, chat.isArchived);
});
for (const starter of main.querySelectorAll(".starter")) {
  const words = starter.textContent.trim().replace(/\s+/g, " ");
  starter.addEventListener("click", () => {
    chat.say({ text: words });
    goOn();
  });
}
for (const form of document.querySelectorAll("[data-new-chat]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    navigation.begin();
    composer.focus();
  });
}
for (const dialog of document.querySelectorAll("dialog")) prepare(dialog);
find("[data-sign-out]").addEventListener("submit", () => {
  composer.forget();
  editing.forget();
  shelf.clear();
});

find(".end-temporary").addEventListener("click", () => {
  navigation.begin();
  composer.focus();
});
find("[data-open=your-data]").addEventListener("click", () => {
  document.getElementById("account").hidePopover();
  taking.openYourData();
});

const help = () => {
  document.getElementById("account").hidePopover();
  ask(document.getElementById("help"));
};
find("[data-shortcut=help]").addEventListener("click", help);
for (const button of document.querySelectorAll("[data-shortcut=settings]")) {
  button.addEventListener("click", () => {
    document.getElementById("account").hidePopover();
    settings.open();
  });
}
nameKeys();
listenToShortcuts({
  "new-chat": () => {
    navigation.begin();
    composer.focus();
  },
  "copy-answer": () => chat.copyLast("answer"),
  "copy-code": () => chat.copyLast("code"),
  sidebar: () => sidebar.toggle(),
  settings: () => settings.open(),
  search: () => {
    sidebar.open();
    searching.focus();
  },
  write: () => composer.focus(),
  type: () => composer.focus() ?? false,
  stop: () => chat.stop(),
  help,
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  connection.wake();
  models.look();
});
addEventListener("online", () => connection.wake());
// A page kept for "back" must not keep its socket, and comes back like any other.
addEventListener("pagehide", () => {
  temporary.closing();
  connection.stop();
  chat.disconnected();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) connection.start();
});

awaitConnection();
chat.start();
if (tellClock(app.dataset.base)) sidebar.refresh().catch(() => {});
