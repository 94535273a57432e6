import { ask } from "./dialogs.js";
import { newId } from "./ids.js";
import { text } from "./strings.js";
import { copyText } from "./clipboard.js";
import { named } from "./sidebar.js";

const TOGETHER = 300; // ms: hints that come together are one fetch
const AGAIN = 2_000; // ms, at least, before a turn that came too early is sent again

/**
 * The conversation under the person's hands: what they do becomes commands, what the
 * server says becomes rows. It holds which conversation this is; its parts hold the rest.
 */
export class Chat {
  #parts;
  #main;
  #conversation;
  #stopping = new Set(); // runs that are to stop and have not ended
  #unwanted = new Set(); // answers to be stopped as soon as their run is known
  #announced = null; // the answer whose beginning has been told
  #deleting = new Set(); // conversations that this page has had deleted
  #hasBeenOpen = false;
  #isOffline = false; // and the person has been told
  #resyncTimer = null;

  constructor(parts) {
    this.#parts = parts;
    this.#main = parts.main;
    this.#conversation = this.#main.dataset.conversation || null;
  }

  /** Everything is in place: show what waits, and go on line. */
  start() {
    const { composer, connection, models, outbox, scrolling, transcript } = this.#parts;
    this.#conversation ??= outbox.newest;
    models.open(this.#main.dataset.model);
    this.#expectUnsent();
    this.#show();
    composer.ready(this.#conversation);
    scrolling.toEnd();
    if (transcript.streaming) this.#answering(transcript.streaming);
    connection.start();
  }

  // --- what the person does

  say({ text: words, edits }) {
    const { announcer, notices, outbox, scrolling, transcript } = this.#parts;
    const begins = this.#conversation === null;
    this.#conversation ??= newId();
    const command = {
      type: "say",
      id: newId(),
      conversation: this.#conversation,
      parent: this.#parentFor(edits),
      text: words.toWellFormed?.() ?? words,
      reply: newId(),
      model: this.#parts.models.chosen,
    };
    if (edits) this.#takeBackWaiting();
    notices.clear();
    announcer.stop();
    outbox.add(command, { conversation: this.#conversation, begins, edits });
    transcript.expect(command);
    this.#show();
    scrolling.toEnd();
    this.flush();
  }

  stop() {
    const { connection, outbox, transcript } = this.#parts;
    const row = transcript.streaming;
    if (!row) return false;
    const unsent = outbox.of(this.#conversation).find((entry) => writes(entry.command, row.id));
    if (row.run) this.#stopRun(row.run);
    else if (unsent && !(connection.isOpen && outbox.hasSent(unsent))) this.#takeBack(unsent);
    else this.#unwanted.add(row.id);
    return true;
  }

  /** A button in a message. */
  act({ action, row, button }) {
    const acts = {
      copy: () => this.#copy(row.source, button),
      edit: () => this.#edit(row),
      regenerate: () => this.#regenerate(row),
      continue: () => this.#continue(row),
      show: () => this.#choose(button.dataset.version),
      hurry: () => this.stop(),
      "take-back": () => this.#takeBack(this.#entryOf(row.id)),
    };
    return acts[action]?.();
  }

  editLast() {
    const row = this.#parts.transcript.lastOf("user");
    if (row) this.#edit(row);
    return Boolean(row);
  }

  copyLast(part) {
    const row = this.#parts.transcript.lastOf("assistant");
    const copied = part === "code" ? row?.code : row?.source;
    if (copied) this.#copy(copied);
    return Boolean(copied);
  }

  async rename(conversation) {
    const { notices, pages, sidebar } = this.#parts;
    const before = sidebar.titleOf(conversation) ?? this.#title;
    const answer = await ask(document.getElementById("rename"), { title: before });
    const title = answer?.title.trim();
    if (!title || title === before) return;
    try {
      await pages.change(conversation, "rename", { title });
      sidebar.rename(conversation, title);
      if (conversation === this.#conversation) this.#title = title;
    } catch (error) {
      notices.show(error.detail ?? text("request_failed"));
    }
  }

  async delete(conversation) {
    const { notices, pages, sidebar } = this.#parts;
    const dialog = document.getElementById("delete");
    const title = named(sidebar.titleOf(conversation) ?? this.#title);
    dialog.querySelector(".question").textContent = text("delete_question", { title });
    if (!(await ask(dialog))) return;
    this.#deleting.add(conversation);
    try {
      await pages.change(conversation, "delete");
      this.#gone(conversation);
    } catch (error) {
      notices.show(error.detail ?? text("request_failed"));
    }
  }

  // --- moving between conversations

  /** Another conversation, or a new chat, has been fetched. */
  arrive({ conversation, page, scroll }) {
    const { announcer, composer, models, notices, scrolling, sidebar, tabTitle, transcript } =
      this.#parts;
    const main = page?.querySelector("main");
    this.#conversation = conversation;
    this.#main.dataset.model = main?.dataset.model ?? "";
    this.#title = main?.querySelector("h1").textContent ?? text("new_chat");
    this.#takeToken(page);
    this.#announced = null;
    announcer.stop();
    notices.clear();
    tabTitle.clear();
    transcript.replace(rowsOf(page));
    models.open(this.#main.dataset.model);
    this.#expectUnsent();
    composer.open(conversation);
    this.#show();
    sidebar.closeDrawer();
    scrolling.restore(scroll);
    if (transcript.streaming) this.#answering(transcript.streaming);
    if (matchMedia("(pointer: fine)").matches) composer.focus();
  }

  missing(conversation) {
    this.#gone(conversation);
    this.#show();
    this.#parts.notices.show(text("not_found"));
  }

  // --- what the server says

  /** The line is there: ask for what is missing, say again what was not answered. */
  connected() {
    const { connection, transcript } = this.#parts;
    this.#isOffline = false;
    for (const follow of transcript.follows()) connection.send(follow);
    for (const run of this.#stopping) connection.send({ type: "stop", run });
    this.flush();
    if (this.#hasBeenOpen) this.#catchUp();
    this.#hasBeenOpen = true;
  }

  disconnected() {
    this.#parts.outbox.unsendAll();
  }

  /** Send what can be sent, and say of the rest why it waits. */
  flush() {
    const { connection, outbox, transcript } = this.#parts;
    if (!connection.isOpen) return this.#isOffline && this.#showWaiting("connection");
    for (const entry of outbox.takeReady((message) => transcript.isBeingWritten(message))) {
      connection.send(entry.command);
      this.#sent(entry);
    }
    this.#showWaiting("turn");
  }

  /** The line has been gone for a while. */
  offline() {
    this.#isOffline = true;
    this.#showWaiting("connection");
  }

  hear(frame) {
    const { transcript } = this.#parts;
    const reactions = {
      accepted: () => this.#accepted(frame),
      refused: () => this.#refused(frame),
      conversation_changed: () => this.#conversationChanged(frame),
    };
    if (reactions[frame.type]) reactions[frame.type]();
    else if (frame.run) transcript.receive(frame);
  }

  /** An answer is done, on this page or on one that the person has left. */
  ended({ row, reply }) {
    const { announcer, composer, models, sidebar, tabTitle, transcript } = this.#parts;
    this.#stopping.delete(reply.run);
    if (reply.outcome === "failed") models.look();
    if (row) {
      const note = row.element.querySelector(".note:not([hidden]) .why")?.textContent;
      this.#announced = null;
      announcer.end([row.words, note].filter(Boolean).join("\n"));
      tabTitle.end();
      sidebar.setAnswering(this.#conversation, false);
      composer.isAnswering = transcript.streaming !== null;
    } else {
      this.#refreshList();
    }
    this.flush();
  }

  /** Rows have come or gone. */
  changed() {
    const { composer, transcript, welcome } = this.#parts;
    welcome.hidden = !transcript.isEmpty;
    composer.isAnswering = transcript.streaming !== null;
  }

  #accepted(frame) {
    const { connection, outbox, transcript } = this.#parts;
    const entry = outbox.answeredBy(frame);
    transcript.accept(frame);
    if (this.#unwanted.delete(frame.reply)) this.#stopRun(frame.run);
    if (!entry) return;
    outbox.remove(entry);
    if (frame.conversation === this.#conversation) this.#settle(frame, entry);
    this.#refreshList();
    const hasVersions = entry.command.type === "retry" || entry.edits;
    if (hasVersions && connection.isOpen) this.#resyncSoon();
  }

  #settle({ reply }, { begins }) {
    const { composer, navigation, transcript } = this.#parts;
    if (begins || navigation.current !== this.#conversation) {
      navigation.settle(this.#conversation);
      composer.become(this.#conversation);
    }
    this.#show();
    const row = transcript.row(reply);
    if (row) this.#answering(row);
  }

  #refused(frame) {
    const { notices, outbox } = this.#parts;
    const entry = outbox.answeredBy(frame);
    if (entry) return this.#refusedEntry(entry, frame);
    if (frame.command === "follow") return this.#refusedFollow(frame);
    if (frame.command === "stop") this.#stopping.delete(frame.run);
    else notices.show(frame.detail);
  }

  #refusedEntry(entry, { code, detail, retry_after }) {
    const { models, notices, outbox } = this.#parts;
    if (code === "busy" && entry.command.type === "say") {
      setTimeout(() => {
        outbox.unsend(entry);
        this.flush();
      }, Math.max(AGAIN, 1000 * (retry_after ?? 0)));
      return this.#parts.transcript.queue(entry.command, "turn");
    }
    this.#takeBack(entry);
    notices.show(detail);
    if (code === "unavailable") models.look();
  }

  #refusedFollow({ run, code, retry_after }) {
    const { connection, transcript } = this.#parts;
    if (code === "not_found") {
      transcript.forget(run);
      return this.#resyncSoon();
    }
    setTimeout(() => {
      const follow = transcript.followOf(run);
      if (follow) connection.send(follow);
    }, Math.max(AGAIN, 1000 * (retry_after ?? 0)));
  }

  #conversationChanged({ conversation, changed }) {
    const { notices } = this.#parts;
    if (changed === "deleted") {
      const wasShown = conversation === this.#conversation;
      this.#gone(conversation);
      const isOwn = this.#deleting.has(conversation);
      if (wasShown && !isOwn) notices.show(text("deleted_elsewhere"));
      return;
    }
    this.#refreshList();
    if (changed === "turn" && conversation === this.#conversation) this.#resyncSoon();
  }

  // --- commands

  #parentFor(edits) {
    const { transcript } = this.#parts;
    const edited = transcript.row(edits);
    return edited ? edited.parent : (transcript.lastOf("assistant")?.id ?? null);
  }

  #regenerate(row) {
    const { models } = this.#parts;
    this.#order({ type: "retry", message: row.id, reply: newId(), model: models.chosen });
  }

  #continue(row) {
    this.#order({ type: "continue", message: row.id, run: newId() });
  }

  #order(command) {
    const { notices, outbox, scrolling, transcript } = this.#parts;
    this.#takeBackWaiting();
    notices.clear();
    outbox.add(command, { conversation: this.#conversation });
    transcript.expect(command);
    scrolling.toEnd();
    this.flush();
  }

  #sent(entry) {
    const { transcript } = this.#parts;
    transcript.queue(entry.command, null);
    const row = transcript.row(entry.command.reply ?? entry.command.message);
    if (row?.isStreaming) this.#answering(row);
  }

  #stopRun(run) {
    this.#stopping.add(run);
    this.#parts.connection.send({ type: "stop", run });
  }

  /** Undo a command that no server has carried out, and every turn that was to follow it. */
  #takeBack(entry) {
    const { composer, outbox, transcript } = this.#parts;
    if (!entry) return;
    for (const later of outbox.after(entry.command.reply).reverse()) this.#takeBack(later);
    outbox.remove(entry);
    transcript.withdraw(entry.command);
    const { conversation, edits, begins, command } = entry;
    if (conversation === this.#conversation) {
      if (begins && transcript.isEmpty) this.#conversation = null;
      if (command.type === "say") composer.restore(command.text, edits);
      this.#show();
    } else if (command.type === "say") {
      composer.restoreIn(begins ? null : conversation, command.text);
    }
  }

  // Another branch is shown now, and what was to go on with the old one cannot follow.
  #takeBackWaiting() {
    const { outbox } = this.#parts;
    for (const entry of outbox.of(this.#conversation).reverse()) {
      if (outbox.waiting.includes(entry)) this.#takeBack(entry);
    }
  }

  #entryOf(message) {
    return this.#parts.outbox
      .of(this.#conversation)
      .find(({ command }) => command.id === message);
  }

  #edit(row) {
    const entry = this.#entryOf(row.id);
    if (entry) this.#takeBack(entry);
    else this.#parts.composer.edit(row.id, row.source);
  }

  async #copy(words, button) {
    const { announcer, notices } = this.#parts;
    if (!(await copyText(words))) return notices.show(text("copy_failed"));
    announcer.say(text("copied"));
    if (!button) return;
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  }

  async #choose(message) {
    const { navigation, notices, pages } = this.#parts;
    const conversation = this.#conversation;
    try {
      await pages.change(conversation, "choose", { message });
      const page = await navigation.fetch(conversation);
      if (conversation === this.#conversation) this.#mergePage(page);
      this.#focusVersion(message);
    } catch (error) {
      notices.show(error.detail ?? text("request_failed"));
    }
  }

  // The button that was pressed went away with the old version.
  #focusVersion(message) {
    const row = this.#parts.transcript.row(message)?.element;
    row?.querySelector(".versions button:not(:disabled)")?.focus({ preventScroll: true });
  }

  // --- keeping in step

  #resyncSoon() {
    clearTimeout(this.#resyncTimer);
    this.#resyncTimer = setTimeout(() => this.#resync(), TOGETHER);
  }

  // Idle, this tab goes where the conversation goes; busy, it stays on its own branch.
  async #resync() {
    const { composer, navigation, outbox, transcript } = this.#parts;
    const conversation = this.#conversation;
    const { edition } = transcript;
    if (!conversation || outbox.of(conversation).length) return this.#resyncSoon();
    const isBusy = transcript.streaming || composer.isEditing;
    const message = isBusy ? transcript.last?.id : null;
    try {
      const page = await navigation.fetch(conversation, { message });
      if (conversation !== this.#conversation) return;
      if (edition !== transcript.edition) return this.#resyncSoon();
      this.#mergePage(page);
    } catch (error) {
      if (error.status === 404) this.missing(conversation);
    }
  }

  #mergePage(page) {
    const { outbox, transcript } = this.#parts;
    const unsent = outbox.of(this.#conversation).map(({ command }) => command);
    const isUnsent = (id) => unsent.some((command) => command.id === id || command.reply === id);
    transcript.merge(rowsOf(page), isUnsent);
    this.#title = page.querySelector("main h1").textContent;
    if (transcript.streaming) this.#answering(transcript.streaming);
  }

  // What changed elsewhere while the line was down, nobody has told.
  #catchUp() {
    this.#refreshList();
    this.#resyncSoon();
  }

  async #refreshList() {
    const { sidebar } = this.#parts;
    try {
      await sidebar.refresh();
    } catch {
      return; // the list is as it was; the next change brings another try
    }
    const title = sidebar.titleOf(this.#conversation);
    if (title) this.#title = title;
  }

  #gone(conversation) {
    const { navigation, sidebar } = this.#parts;
    sidebar.remove(conversation);
    if (conversation === this.#conversation) navigation.begin();
  }

  #expectUnsent() {
    const { connection, outbox, transcript } = this.#parts;
    for (const { command } of outbox.of(this.#conversation)) transcript.expect(command);
    if (connection.isOpen) this.flush();
    else this.#showWaiting("connection");
  }

  // --- what the page says of itself

  /** Why unsent turns wait: for the `connection`, or for the answer before (`turn`). */
  #showWaiting(reason) {
    const { outbox, transcript } = this.#parts;
    for (const { command } of outbox.waiting) transcript.queue(command, reason);
  }

  #answering(row) {
    const { announcer, composer, sidebar, tabTitle, transcript } = this.#parts;
    composer.isAnswering = true;
    tabTitle.begin();
    sidebar.setAnswering(this.#conversation, true);
    if (this.#announced === row.id) return;
    this.#announced = row.id;
    announcer.begin(() => transcript.row(row.id)?.source ?? "");
  }

  #show() {
    const { sidebar, transcript, welcome } = this.#parts;
    welcome.hidden = !transcript.isEmpty;
    sidebar.mark(this.#conversation);
    const isKnown = this.#conversation !== null && !this.#isUnheardOf;
    for (const button of this.#main.querySelectorAll(".tool.own")) button.hidden = !isKnown;
  }

  get #isUnheardOf() {
    return this.#parts.outbox.of(this.#conversation).some(({ begins }) => begins);
  }

  get #title() {
    return this.#main.querySelector("h1").textContent;
  }

  set #title(title) {
    this.#main.querySelector("h1").textContent = title;
    this.#parts.tabTitle.name = title;
  }

  // Signing in, in another tab, makes a new token.
  #takeToken(page) {
    const fresh = page?.querySelector("meta[name=csrf-token]")?.content;
    if (fresh) document.querySelector("meta[name=csrf-token]").content = fresh;
  }

  get conversation() {
    return this.#conversation;
  }
}

function rowsOf(page) {
  return page ? [...page.querySelectorAll(".thread > [data-message]")] : [];
}

function writes(command, message) {
  return command.reply === message || command.message === message;
}
