/**
 * What a person asked for and no server has answered yet: `say`, `retry` and `continue`.
 *
 * It outlives reload and reconnect. Every command carries ids made here, and the server
 * does a thing once however often it is said, so all of it is simply said again.
 */
export class Outbox {
  #shelf;
  #entries;
  #sent = new Set(); // keys of what this connection has carried

  constructor(shelf) {
    this.#shelf = shelf;
    this.#entries = shelf
      .names(PREFIX)
      .map((name) => shelf.get(name))
      .filter(Boolean)
      .sort((one, other) => one.at - other.at);
  }

  /** Keep a command; `about` says what is needed to take it back: conversation, edits. */
  add(command, about) {
    const entry = { command, ...about, at: this.#now() };
    this.#entries.push(entry);
    this.#shelf.set(PREFIX + keyOf(command), entry);
    return entry;
  }

  remove(entry) {
    this.#entries = this.#entries.filter((each) => each !== entry);
    this.#sent.delete(keyOf(entry.command));
    this.#shelf.remove(PREFIX + keyOf(entry.command));
  }

  /** Those of one conversation, the oldest first. */
  of(conversation) {
    return this.#entries.filter((entry) => entry.conversation === conversation);
  }

  /** The conversation that was begun last and that the server has not heard of. */
  get newest() {
    return this.#entries.findLast((entry) => entry.begins)?.conversation ?? null;
  }

  /** The entry that this `accepted` or `refused` answers. */
  answeredBy(frame) {
    return this.#entries.find(({ command }) => isAnswer(frame, command));
  }

  /** The turns that were to follow this answer. */
  after(reply) {
    return this.#entries.filter(({ command }) => command.parent && command.parent === reply);
  }

  /** Whether this answer has been asked for and not been promised. */
  awaits(reply) {
    return this.#entries.some(({ command }) => command.reply === reply);
  }

  hasSent(entry) {
    return this.#sent.has(keyOf(entry.command));
  }

  /** Entries to be sent now, and marked so; a turn waits for the answer that it follows. */
  takeReady(isBeingWritten) {
    const ready = this.#entries.filter(
      (entry) => !this.hasSent(entry) && !this.#mustWait(entry.command, isBeingWritten),
    );
    for (const { command } of ready) this.#sent.add(keyOf(command));
    return ready;
  }

  /** What has not been sent, and waits. */
  get waiting() {
    return this.#entries.filter((entry) => !this.hasSent(entry));
  }

  /** Say this again. */
  unsend(entry) {
    this.#sent.delete(keyOf(entry.command));
  }

  /** The connection is gone: nobody knows what of it arrived, so all is said again. */
  unsendAll() {
    this.#sent.clear();
  }

  #mustWait({ parent }, isBeingWritten) {
    return Boolean(parent) && (this.awaits(parent) || isBeingWritten(parent));
  }

  // Two in one millisecond keep their order.
  #now() {
    return Math.max(Date.now(), (this.#entries.at(-1)?.at ?? 0) + 1);
  }
}

const PREFIX = "outbox:";

function keyOf(command) {
  return command.reply ?? command.run;
}

// A refusal names what it could read of the command: its `id` or its `run`.
function isAnswer(frame, command) {
  if (frame.type === "accepted") {
    return command.type === "continue" ? frame.run === command.run : frame.reply === command.reply;
  }
  const own = [command.id, command.reply, command.run, command.message].filter(Boolean);
  return frame.command === command.type && (own.includes(frame.id) || own.includes(frame.run));
}
