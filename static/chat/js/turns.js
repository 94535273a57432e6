import { newId } from "./ids.js";

const SOON = 60; // s that a command waits by itself for its turn; what takes longer is given back
const AGAIN = 2_000; // ms, at least, before a command that came too early is sent again

/**
 * What a person asks for, from the moment they do until the server has promised it:
 * shown at once, kept until it is answered, sent when it can be, taken back when refused.
 *
 * `place` says which conversation this is: `conversation`, which `say` may begin.
 *
 * Events: `sent` (detail: the row of the awaited answer), `accepted` (detail: `{frame,
 * entry}`), `changed` (a turn has come or gone), `refused` (detail: the frame), `held-up`
 * (detail: the sentence why an answer neither comes nor ends) and `goes-on` (all of them do).
 */
export class Turns extends EventTarget {
  #place;
  #parts;
  #stopping = new Set(); // runs that are to stop and have not ended
  #heldUp = new Set(); // runs of which nothing comes, and the person has been told why
  #unwanted = new Set(); // answers to be stopped as soon as their run is known
  #postponed = new Set(); // entries that are sent again later
  #isOffline = false; // and the person has been told

  constructor(place, parts) {
    super();
    this.#place = place;
    this.#parts = parts;
  }

  // --- what the person does

  /** Say something; with `edits`, beside that earlier message. */
  say({ text, edits = null }) {
    const begins = this.#place.conversation === null;
    this.#place.conversation ??= newId();
    const command = {
      type: "say",
      id: newId(),
      conversation: this.#place.conversation,
      parent: this.#parentFor(edits),
      text: text.toWellFormed?.() ?? text,
      reply: newId(),
      ...this.#parts.answerSettings.draft,
      model: this.#parts.models.chosen,
      temporary: (begins && this.#parts.temporary.isOn) || undefined,
    };
    if (begins) this.#parts.answerSettings.begin(this.#place.conversation);
    this.#order(command, { begins, edits });
  }

  /** Another answer beside this one, by this model. */
  regenerate({ id }, model = this.#parts.models.chosen) {
    const { draft } = this.#parts.answerSettings;
    this.#order({ type: "retry", message: id, reply: newId(), ...draft, model });
  }

  /** Go on where this answer ends. */
  continue({ id }) {
    const { model: _, ...draft } = this.#parts.answerSettings.draft; // it stays with its model
    this.#order({ type: "continue", message: id, run: newId(), ...draft });
  }

  /** Stop the answer that is being written. False if there is none. */
  stop() {
    const row = this.#parts.transcript.streaming;
    if (!row) return false;
    const entry = this.#own.find(({ command }) => writes(command, row.id));
    if (row.run) this.#stopRun(row.run);
    else if (entry && !this.isOnItsWay(entry)) this.takeBack(entry);
    else this.#unwanted.add(row.id);
    return true;
  }

  /** The unanswered command that said this message. */
  entryOf(message) {
    return this.#own.find(({ command }) => command.id === message);
  }

  /** Whether a server may be carrying it out by now. */
  isOnItsWay(entry) {
    const { connection, outbox } = this.#parts;
    return connection.isOpen && outbox.hasSent(entry) && !this.#postponed.has(entry);
  }

  /** Undo a command that no server has carried out, and every turn that was to follow it. */
  takeBack(entry) {
    const { answerSettings, composer, editing, outbox, temporary, transcript } = this.#parts;
    const { begins, command, conversation, edits } = entry;
    const shelf = temporary.shelfOf(entry.isTemporary);
    const isShown = conversation === this.#place.conversation;
    for (const later of outbox.after(command.reply).reverse()) this.takeBack(later);
    outbox.remove(entry);
    this.#postponed.delete(entry);
    const words = (isShown && editing.giveUp(command.id)) || command.text;
    transcript.withdraw(command);
    if (isShown && begins && transcript.isEmpty) {
      this.#place.conversation = null;
      answerSettings.unbegin(conversation);
    }
    if (command.type !== "say") return this.#tell("changed");
    if (isShown && edits) editing.restore(words, edits);
    else if (isShown) composer.restore(words);
    else composer.restoreIn(begins ? null : conversation, words, shelf);
    this.#tell("changed");
  }

  /** Another branch is shown now, and what was to go on with the old one cannot follow. */
  takeBackWaiting() {
    const { waiting } = this.#parts.outbox;
    for (const entry of this.#own.reverse()) if (waiting.includes(entry)) this.takeBack(entry);
  }

  // --- the line

  /** It is there: ask for what is missing, and say again what was not answered. */
  connected() {
    const { connection, transcript } = this.#parts;
    this.#isOffline = false;
    this.#postponed.clear(); // all of it is said again
    for (const follow of transcript.follows()) connection.send(follow);
    for (const run of this.#stopping) connection.send({ type: "stop", run });
    this.flush();
  }

  disconnected() {
    this.#parts.outbox.unsendAll();
  }

  /** It has been gone for a while. */
  offline() {
    this.#isOffline = true;
    this.#showWaiting("connection");
  }

  /** Send what can be sent, and say of the rest why it waits. */
  flush() {
    const { connection, outbox, transcript } = this.#parts;
    if (!connection.isOpen) return this.#isOffline && this.#showWaiting("connection");
    for (const entry of outbox.takeReady((message) => transcript.isBeingWritten(message))) {
      connection.send(entry.command);
      this.#sent(entry.command);
    }
    this.#showWaiting("turn");
  }

  /** Show what an earlier page, or an earlier visit, left unanswered here. */
  showUnsent() {
    const { connection, transcript } = this.#parts;
    for (const { command } of this.#own) transcript.expect(command);
    if (connection.isOpen) this.flush();
    else this.#showWaiting("connection");
  }

  // --- what the server says

  accepted(frame) {
    const { outbox, transcript } = this.#parts;
    const entry = outbox.answeredBy(frame);
    transcript.accept(frame);
    if (this.#unwanted.delete(frame.reply)) this.#stopRun(frame.run);
    if (!entry) return;
    outbox.remove(entry);
    this.#tell("accepted", { frame, entry });
  }

  refused(frame) {
    const entry = this.#parts.outbox.answeredBy(frame);
    if (frame.command === "stop") this.#stopAgain(frame);
    else if (frame.command === "follow") this.#followAgain(frame);
    else if (entry && frame.code === "busy" && frame.command === "say") this.#again(entry, frame);
    else if (entry && comesSoon(frame)) this.#again(entry, frame, "limit");
    else {
      if (entry) this.takeBack(entry);
      this.#tell("refused", frame);
    }
  }

  /** Something of a run has come: nothing holds it up any more. */
  goesOn(run) {
    if (this.#heldUp.delete(run) && this.#heldUp.size === 0) this.#tell("goes-on");
  }

  /** A run has ended, and what waited for it can go. */
  ended(run) {
    this.#stopping.delete(run);
    this.flush();
  }

  get #own() {
    return this.#parts.outbox.of(this.#place.conversation);
  }

  #parentFor(edits) {
    const { transcript } = this.#parts;
    const edited = transcript.row(edits);
    return edited ? edited.parent : (transcript.lastOf("assistant")?.id ?? null);
  }

  #order(command, about = {}) {
    const { outbox, temporary, transcript } = this.#parts;
    if (command.type !== "say" || about.edits) this.takeBackWaiting();
    const isTemporary = temporary.isOn || undefined;
    outbox.add(command, { conversation: this.#place.conversation, isTemporary, ...about });
    transcript.expect(command);
    this.#tell("changed");
    this.flush();
  }

  #sent(command) {
    const { transcript } = this.#parts;
    transcript.queue(command, null);
    const row = transcript.row(command.reply ?? command.message);
    if (row?.isStreaming) this.#tell("sent", row);
  }

  #showWaiting(reason) {
    const { outbox, transcript } = this.#parts;
    for (const { command } of outbox.waiting) transcript.queue(command, reason);
  }

  #stopRun(run) {
    this.#stopping.add(run);
    this.#parts.connection.send({ type: "stop", run });
  }

  // The answer before it is still written, though this page cannot see it, or the person
  // was quicker than they may be.
  #again(entry, { retry_after }, reason = "turn") {
    const { outbox, transcript } = this.#parts;
    transcript.queue(entry.command, reason);
    this.#postponed.add(entry);
    later(retry_after, () => {
      if (!this.#postponed.delete(entry)) return;
      outbox.unsend(entry);
      this.flush();
    });
  }

  #followAgain({ run, code, detail, retry_after }) {
    const { connection, transcript } = this.#parts;
    if (code === "not_found") return this.#lose(run);
    if (code === "unavailable") this.#holdUp(run, detail);
    later(retry_after, () => {
      const follow = transcript.followOf(run);
      if (follow) connection.send(follow);
    });
  }

  #stopAgain({ run, code, detail, retry_after }) {
    if (code === "not_found") return this.#stopping.delete(run);
    this.#holdUp(run, detail);
    later(retry_after, () => {
      if (this.#stopping.has(run)) this.#parts.connection.send({ type: "stop", run });
    });
  }

  #lose(run) {
    this.goesOn(run);
    this.#parts.transcript.lose(run);
  }

  // It is refused every time that it is asked for, and once is enough to hear of it.
  #holdUp(run, detail) {
    if (this.#heldUp.has(run)) return;
    this.#heldUp.add(run);
    this.#tell("held-up", detail);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function writes(command, message) {
  return command.reply === message || command.message === message;
}

function comesSoon({ code, retry_after }) {
  return code === "too_fast" && retry_after !== null && retry_after <= SOON;
}

function later(seconds, action) {
  setTimeout(action, Math.max(AGAIN, 1000 * (seconds ?? 0)));
}
