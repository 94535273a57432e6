import { offerModels, showDetails } from "./answer-menus.js";
import { copyText } from "./clipboard.js";
import { Judging } from "./feedback.js";
import { InStep } from "./in-step.js";
import { Managing } from "./managing.js";
import { partOf } from "./part.js";
import { Seen } from "./seen.js";
import { text } from "./strings.js";
import { titleOfNew } from "./temporary.js";
import { ThreadParts } from "./thread-parts.js";
import { Turns } from "./turns.js";

const COPIED_FOR = 1_500; // ms that a button shows that it has copied
const TAKEN = ["archive", "delete"]; // what takes a conversation from the page that shows it

/**
 * The conversation under the person's hands. It holds which one this is, and lets its
 * parts know: turns go out through Turns, rows come in through Transcript.
 */
export class Chat {
  #parts;
  #main;
  #turns;
  #step;
  #threadParts;
  #managing;
  #judging;
  #seen;
  #lastShown = null; // the conversation that was taken from under the person's eyes
  #announced = null; // the row of the answer whose beginning has been told
  #left = new Map(); // run → its conversation, of an answer that is written out of sight

  /** The conversation's id; null for a new chat to which nothing has been said. */
  conversation;

  constructor(parts) {
    this.#parts = parts;
    this.#main = parts.main;
    this.conversation = this.#main.dataset.conversation || null;
    this.#turns = new Turns(this, parts);
    this.#step = new InStep(this, parts);
    this.#threadParts = new ThreadParts(this.#log, parts);
    this.#managing = new Managing(parts);
    this.#judging = new Judging(parts.pages);
    this.#seen = new Seen(parts);
    this.#listen();
  }

  /** Everything is in place: show what waits, and go on line. */
  start() {
    const { composer, connection, editing, navigation, outbox, temporary, transcript } = this.#parts;
    this.conversation ??= outbox.newest;
    const unsent = outbox.of(this.conversation);
    const isTemporary = temporary.isOn || unsent.some(isOfTemporary);
    temporary.open(this.conversation, isTemporary || this.#waitsAsTemporary);
    if (this.conversation === null && temporary.isOn) this.#title = titleOfNew(true);
    this.#openSettings();
    this.#turns.showUnsent();
    this.#show();
    composer.ready(this.conversation, temporary.shelf);
    editing.open(this.conversation, temporary.shelf);
    this.#begin(navigation.beginning);
    if (transcript.streaming) this.#answering(transcript.streaming);
    this.#look(this.#main);
    connection.start();
  }

  // After a reload the reader may have been in a part that the page has not come with.
  async #begin({ scroll, message }) {
    const { composer, navigation, scrolling, transcript } = this.#parts;
    scrolling.goesOn = transcript.newer !== null;
    if (!scroll && message) return this.#point(message);
    if (document.activeElement === document.body) composer.invite();
    if (scroll && !transcript.row(scroll.message)) {
      const { conversation } = this;
      const page = await navigation.fetch(conversation, scroll).catch(() => null);
      if (page && conversation === this.conversation) transcript.replace(partOf(page));
    }
    scrolling.restore(scroll);
    this.#threadParts.look();
  }

  #point(message) {
    const { scrolling, transcript } = this.#parts;
    transcript.row(message)?.point();
    scrolling.point(message);
    this.#threadParts.look();
  }

  // --- what the person does

  /** What is said next follows the end of the branch, wherever in it the reader is. */
  async say(words) {
    const { notices, preferences, scrolling, transcript } = this.#parts;
    notices.clear();
    if (transcript.newer && !words.edits) return this.#sayAtTheEnd(words.text);
    if (preferences.values.while_answering === "stop") this.stop();
    this.#turns.say(words);
    scrolling.toEnd();
  }

  // Until the end is there to be followed, the words stay where they were written.
  async #sayAtTheEnd(words) {
    const { composer } = this.#parts;
    composer.restore(words);
    const said = composer.words;
    const isShown = await this.toNewest(() => composer.submit());
    if (isShown && composer.words === said) composer.submit(); // not what is half written
  }

  /** Show the end of the conversation; `again` is offered if it can't be had. True if it is shown. */
  async toNewest(again = () => this.toNewest()) {
    const { conversation } = this;
    try {
      await this.#threadParts.toNewest();
    } catch (error) {
      if (conversation === this.conversation) this.#failed(error, again);
      return false;
    }
    const isShown = conversation === this.conversation && !this.#parts.transcript.newer;
    if (isShown) this.#parts.scrolling.toEnd();
    return isShown;
  }

  /** Give the focus to what comes next: what was pressed goes away with what it did. */
  goOn() {
    if (!this.#parts.composer.invite()) this.#log.focus({ preventScroll: true });
  }

  stop() {
    return this.#turns.stop();
  }

  /** A button in a message. */
  act({ action, row, button }) {
    const acts = {
      copy: () => this.#copy(row.source, button),
      link: () => this.#copy(this.#linkTo(row.id), button),
      edit: () => this.#edit(row),
      regenerate: () => this.#again("regenerate", row),
      continue: () => this.#again("continue", row),
      show: () => this.#choose(button.dataset.version, button.dataset.step),
      hurry: () => this.#hurry(),
      "take-back": () => this.#edit(row),
      "choose-model": () => this.#chooseModel(row, button),
      details: () => this.#showDetails(row),
      judge: () => this.#judging.press(row, button),
      settings: () => this.#parts.settings.open(),
    };
    acts[action]?.();
  }

  editLast() {
    const row = this.#parts.transcript.lastOf("user");
    if (row) this.#edit(row);
    return row !== null;
  }

  /** Copy the last answer, or the last `code` in it. False if there is none. */
  copyLast(part) {
    const row = this.#parts.transcript.lastOf("assistant");
    const copied = part === "code" ? row?.code : row?.source;
    if (copied) this.#copy(copied);
    return Boolean(copied);
  }

  /** `rename`, `pin`, `archive`, `delete`, … a conversation: this one, or one of the list. */
  manage(choice, conversation = this.conversation) {
    const title = this.#parts.sidebar.titleOf(conversation) ?? this.#title;
    const { taking, transcript } = this.#parts;
    const isShown = conversation === this.conversation;
    if (choice === "rename") this.#managing.rename(conversation, title);
    else if (choice === "export") taking.exportOne(conversation, title);
    else if (choice === "share") taking.share(conversation, title, isShown && transcript.last?.id);
    else this.#change(choice, [conversation], title);
  }

  /** Whether this conversation is, as far as this page has seen. */
  get isArchived() {
    return "archived" in this.#main.dataset;
  }

  /** The same with several of the list. */
  manageMany(choice, conversations) {
    if (choice === "export") this.#parts.taking.exportMany(conversations);
    else this.#change(choice, conversations, this.#parts.sidebar.titleOf(conversations[0]));
  }

  // --- moving between conversations

  /** Another conversation has been fetched; without a page, it is a new chat. */
  arrive({ conversation, page, scroll, message }) {
    const { composer, editing, notices, scrolling, sidebar, temporary, transcript } = this.#parts;
    if (transcript.streaming?.run) this.#left.set(transcript.streaming.run, this.conversation);
    this.conversation = conversation;
    composer.keep();
    const isTemporary = "temporary" in (page?.querySelector("main").dataset ?? {});
    if (temporary.open(conversation, isTemporary || this.#waitsAsTemporary)) {
      composer.forget();
      editing.forget();
    }
    this.#takeHead(page);
    this.#forgetAnswering();
    notices.moved();
    transcript.replace(partOf(page));
    this.#openSettings();
    this.#turns.showUnsent();
    composer.open(conversation, temporary.shelf);
    editing.open(conversation, temporary.shelf);
    this.#show();
    sidebar.closeDrawer();
    scrolling.restore(scroll);
    if (transcript.streaming) this.#answering(transcript.streaming);
    this.#look(page?.querySelector("main"));
    if (message) return this.#point(message);
    this.#threadParts.look();
    composer.invite();
  }

  /** A conversation is not there any more. */
  missing(conversation) {
    this.#gone(conversation);
    this.#show();
    this.#parts.notices.show(text("not_found"));
  }

  // --- the line, and what comes over it

  connected() {
    this.#turns.connected();
    this.#step.connected();
    this.#parts.temporary.stay();
  }

  disconnected() {
    this.#turns.disconnected();
  }

  offline() {
    this.#turns.offline();
  }

  hear(frame) {
    const reactions = {
      accepted: () => this.#turns.accepted(frame),
      refused: () => this.#turns.refused(frame),
      conversation_changed: () => this.#changedElsewhere(frame),
    };
    if (reactions[frame.type]) reactions[frame.type]();
    else if (frame.run) this.#receive(frame);
  }

  /** An answer is done, on this page or, without a row, on one that the person has left. */
  ended({ row, reply }) {
    if (reply.outcome === "failed") this.#parts.models.look();
    if (row) this.#answered(row);
    else this.#answeredElsewhere(reply);
    this.#left.delete(reply.run);
    this.#turns.ended(reply.run);
  }

  /** A run that this page was reading is not there: look what became of its answer. */
  lost(run) {
    this.#left.delete(run);
    this.#step.rowsSoon();
  }

  /** Rows have come or gone. */
  changed() {
    const { composer, editing, scrolling, transcript, welcome } = this.#parts;
    this.#lookForAnswering();
    welcome.hidden = !transcript.isEmpty;
    editing.place();
    scrolling.goesOn = transcript.newer !== null;
    composer.isAnswering = transcript.streaming !== null;
  }

  #listen() {
    const { announcer, models, notices, sidebar } = this.#parts;
    on(this.#turns, "changed", () => this.#show());
    on(this.#turns, "sent", (row) => this.#answering(row));
    on(this.#turns, "accepted", (detail) => this.#accepted(detail));
    on(this.#turns, "refused", ({ code, detail }) => {
      notices.show(detail);
      if (code === "unavailable") models.look();
    });
    on(this.#turns, "held-up", (detail) => notices.hold(detail));
    on(this.#turns, "goes-on", () => notices.release());
    on(this.#step, "merged", (page) => this.#merged(page));
    on(this.#step, "listed", () => this.#listed());
    on(this.#step, "gone", (conversation) => this.#goneElsewhere(conversation));
    on(this.#parts.temporary, "changed", () => this.#switched());
    on(this.#managing, "renamed", ({ conversation, title }) => {
      sidebar.rename(conversation, title);
      if (conversation === this.conversation) this.#title = title;
    });
    on(this.#managing, "changed", (change) => this.#managed(change));
    on(this.#managing, "undone", (change) => this.#undone(change));
    on(this.#managing, "failed", ({ error, again }) => this.#failed(error, again));
    on(this.#judging, "failed", ({ error, again }) => this.#failed(error, again));
    on(this.#judging, "said", (words) => announcer.say(words));
  }

  #receive(event) {
    this.#turns.goesOn(event.run);
    this.#parts.transcript.receive(event);
  }

  #changedElsewhere(frame) {
    const { conversation, changed } = frame;
    if (changed === "turn" && conversation === this.conversation) {
      this.#parts.temporary.stay();
      this.#seen.forget();
    }
    this.#step.changed(frame);
  }

  #again(how, row, model) {
    const { notices, scrolling } = this.#parts;
    notices.clear();
    this.#turns[how](row, model);
    scrolling.toEnd();
    this.goOn();
  }

  #hurry() {
    this.stop();
    this.goOn();
  }

  #chooseModel(row, button) {
    const { models } = this.#parts;
    offerModels(models.named, button, (model) => this.#again("regenerate", row, model));
  }

  async #showDetails(row) {
    try {
      await showDetails(this.#parts.pages, row.id);
    } catch (error) {
      this.#failed(error, () => this.#showDetails(row));
    }
  }

  // What was not sent yet is simply taken back; what was, gets another version.
  #edit(row) {
    const entry = this.#turns.entryOf(row.id);
    if (entry && !this.#turns.isOnItsWay(entry)) this.#takeBack(entry);
    else {
      this.#parts.editing.become(this.conversation); // perhaps no server has heard of it yet
      this.#parts.editing.edit(row.id, row.source);
    }
  }

  #takeBack(entry) {
    this.#turns.takeBack(entry);
    if (document.activeElement === document.body) this.#parts.composer.focus();
  }

  #linkTo(message) {
    return new URL(this.#parts.pages.linkTo(this.conversation, message), location.href).href;
  }

  async #copy(words, button) {
    const { announcer, notices } = this.#parts;
    if (!(await copyText(words))) return notices.show(text("copy_failed"));
    announcer.say(text("copied"));
    if (!button) return;
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, COPIED_FOR);
  }

  async #choose(message, step) {
    const { conversation } = this;
    try {
      await this.#parts.pages.change(conversation, "choose", { message });
      if (conversation !== this.conversation) return;
      this.#turns.takeBackWaiting();
      await this.#step.rowsAround(message);
      this.#parts.transcript.row(message)?.focusStep(step);
    } catch (error) {
      this.#failed(error, () => this.#choose(message, step));
    }
  }

  #accepted({ frame, entry }) {
    this.#parts.answerSettings.settle(frame.conversation);
    if (frame.conversation === this.conversation) this.#settle(frame, entry);
    else this.#left.set(frame.run, frame.conversation);
    this.#step.list();
    if (entry.command.type === "retry" || entry.edits) this.#step.rowsSoon();
  }

  // The first promise makes a new chat a conversation with an address.
  #settle({ reply }, { begins }) {
    const { composer, editing, navigation, temporary, transcript } = this.#parts;
    if (begins || navigation.current !== this.conversation) {
      navigation.settle(this.conversation);
      composer.become(this.conversation);
      editing.become(this.conversation);
      temporary.begun(this.conversation);
    }
    this.#show();
    const row = transcript.row(reply);
    if (row) this.#answering(row);
  }

  #merged(page) {
    const { transcript } = this.#parts;
    this.#title = page.querySelector("main h1").textContent;
    this.#main.dataset.settings = page.querySelector("main").dataset.settings;
    this.#openSettings();
    if (transcript.streaming) this.#answering(transcript.streaming);
  }

  #listed() {
    const { sidebar, transcript } = this.#parts;
    sidebar.setAnswering(this.conversation, transcript.streaming !== null || this.#isWrittenBeside);
    if (sidebar.isUnread(this.conversation)) this.#seen.shows(this.conversation);
    const title = sidebar.titleOf(this.conversation);
    if (title) this.#title = title;
  }

  #goneElsewhere(conversation) {
    const wasShown = conversation === this.conversation;
    this.#gone(conversation);
    if (!wasShown || this.#managing.hasDeleted(conversation)) return;
    this.#parts.notices.show(text("deleted_elsewhere"));
  }

  #gone(conversation) {
    const { navigation, sidebar } = this.#parts;
    sidebar.remove(conversation);
    if (conversation === this.conversation) navigation.begin();
  }

  // The server's own hint may take it from the page before the answer is here.
  #change(action, conversations, title) {
    if (TAKEN.includes(action)) this.#lastShown = this.conversation;
    this.#managing.change(action, conversations, title);
  }

  // Whatever changed places is taken out at once, and found again where it belongs.
  #managed({ action, conversations }) {
    const { sidebar } = this.#parts;
    this.#noteArchived(action === "archive", action, conversations);
    for (const each of conversations) {
      if (TAKEN.includes(action)) this.#gone(each);
      else sidebar.remove(each);
    }
    if (TAKEN.includes(action)) sidebar.closeDrawer(); // the way back is there
    this.#step.list({ anew: true });
  }

  #undone({ action, conversations }) {
    this.#noteArchived(action === "bring-back", action, conversations);
    this.#step.list({ anew: true });
    const wasShown = TAKEN.includes(action) && conversations.includes(this.#lastShown);
    if (wasShown && this.conversation === null) this.#parts.navigation.open(this.#lastShown);
  }

  #noteArchived(isArchived, action, conversations) {
    if (!["archive", "bring-back"].includes(action)) return;
    if (conversations.includes(this.conversation))
      this.#main.toggleAttribute("data-archived", isArchived);
  }

  #failed(error, again) {
    this.#parts.notices.failed(error, again);
  }

  // --- what the page says of itself

  #answering(row) {
    const { announcer, composer, sidebar, tabTitle, transcript } = this.#parts;
    composer.isAnswering = true;
    tabTitle.begin();
    sidebar.setAnswering(this.conversation, true);
    const isTold = this.#announced?.id === row.id;
    this.#announced = row;
    if (isTold) return;
    this.#seen.forget();
    announcer.begin(() => transcript.row(row.id)?.source ?? "");
  }

  #answered(row) {
    const { alerts, announcer, composer, sidebar, tabTitle, transcript } = this.#parts;
    const told = [row.words, row.note].filter(Boolean).join("\n");
    this.#announced = null;
    alerts.done(this.#title, told);
    announcer.end(told);
    tabTitle.end();
    sidebar.setAnswering(this.conversation, false);
    if (this.#isKnown) this.#seen.shows(this.conversation);
    composer.isAnswering = transcript.streaming !== null;
  }

  #answeredElsewhere({ run, outcome }) {
    const { alerts, navigation, pages, sidebar, tabTitle, transcript } = this.#parts;
    const conversation = this.#left.get(run);
    const title = sidebar.titleOf(conversation);
    const isReplaced = conversation === this.conversation && transcript.streaming !== null;
    if (title && outcome !== "stopped" && !isReplaced) {
      const address = pages.addressOf(conversation);
      alerts.done(title, "", { address, open: () => navigation.open(conversation) });
      tabTitle.endElsewhere(title);
    }
    this.#step.listSoon();
  }

  #look(main) {
    if (main && "unread" in main.dataset) this.#seen.shows(this.conversation);
  }

  #switched() {
    const { composer, editing, temporary } = this.#parts;
    composer.move(temporary.shelf);
    editing.open(this.conversation, temporary.shelf);
    this.#title = titleOfNew(temporary.isOn);
    composer.focus();
  }

  #lookForAnswering() {
    const { streaming } = this.#parts.transcript;
    if (this.#announced && !this.#parts.transcript.row(this.#announced.id)) this.#loseSight();
    if (streaming?.run && streaming.id !== this.#announced?.id) this.#answering(streaming);
  }

  // Its row is gone: it goes on in another branch, or it was refused.
  #loseSight() {
    const { run } = this.#announced;
    if (run) this.#left.set(run, this.conversation);
    else this.#parts.sidebar.setAnswering(this.conversation, false);
    this.#forgetAnswering();
  }

  /** Whether an answer is written in another branch of the conversation on the page. */
  get #isWrittenBeside() {
    return [...this.#left.values()].includes(this.conversation);
  }

  #forgetAnswering() {
    const { announcer, tabTitle } = this.#parts;
    this.#announced = null;
    this.#seen.forget();
    announcer.stop();
    tabTitle.clear();
  }

  #show() {
    const { sidebar, transcript, welcome } = this.#parts;
    welcome.hidden = !transcript.isEmpty;
    sidebar.mark(this.conversation);
    const isKept = this.#isKnown && !this.#parts.temporary.isOn;
    for (const button of this.#main.querySelectorAll(".tool.own")) button.hidden = !isKept;
  }

  // What was written for a temporary chat before this page showed another is there again.
  get #waitsAsTemporary() {
    return this.conversation === null && this.#parts.temporary.hasDraft;
  }

  get #isKnown() {
    const unsent = this.#parts.outbox.of(this.conversation);
    return this.conversation !== null && !unsent.some(({ begins }) => begins);
  }

  // Signing in, in another tab, makes a new token.
  #takeHead(page) {
    const main = page?.querySelector("main");
    this.#main.dataset.settings = main?.dataset.settings ?? '""';
    this.#main.toggleAttribute("data-archived", "archived" in (main?.dataset ?? {}));
    this.#title = main?.querySelector("h1").textContent ?? titleOfNew(this.#parts.temporary.isOn);
    const token = page?.querySelector("meta[name=csrf-token]")?.content;
    if (token) document.querySelector("meta[name=csrf-token]").content = token;
  }

  #openSettings() {
    const { answerSettings, models } = this.#parts;
    answerSettings.open(this.conversation, JSON.parse(this.#main.dataset.settings) || null);
    models.open(answerSettings.current.model);
  }

  get #log() {
    return this.#main.querySelector(".log");
  }

  get #title() {
    return this.#main.querySelector("h1").textContent;
  }

  set #title(title) {
    this.#main.querySelector("h1").textContent = title;
    this.#parts.tabTitle.name = title;
  }
}

function isOfTemporary({ command }) {
  return command.temporary === true;
}

function on(target, type, action) {
  target.addEventListener(type, ({ detail }) => action(detail));
}
