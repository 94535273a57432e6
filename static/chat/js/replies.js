import { apply, empty } from "./reply.js";

/** The answers being written that this tab reads, each with its place in its run's log. */
export class Replies {
  #reading = new Map(); // run → {reply, message, asked, restarted, thinking, again}

  /**
   * Read this run, which writes this message, as it is written, or from what is sent again to a
   * page that is new and was told `since` when it reasons, if it already does.
   */
  begin(run, message, { again = false, since = null } = {}) {
    if (this.#reading.has(run)) return;
    const thinking = { since, until: null };
    const reading = { reply: empty(run), message, asked: null, restarted: false, thinking, again };
    this.#reading.set(run, reading);
  }

  get(run) {
    return this.#reading.get(run)?.reply;
  }

  /**
   * When the run began to reason and when it stopped, in the time of performance.now(), as
   * `{since, until}`; null where this page was away meanwhile.
   */
  thinking(run) {
    return this.#reading.get(run)?.thinking ?? null;
  }

  forget(run) {
    this.#reading.delete(run);
  }

  get size() {
    return this.#reading.size;
  }

  /** Whether a run that is read here writes this message. */
  writes(message) {
    return [...this.#reading.values()].some((reading) => reading.message === message);
  }

  /** The commands that bring everything that is missing, after any absence. */
  follows() {
    return [...this.#reading.values()].map((reading) => this.#ask(reading, reading.reply.seq));
  }

  /** Fold an event in: gives the `reply` where it changed, or what to ask for (`follow`). */
  receive(event) {
    const reading = this.#reading.get(event.run);
    if (!reading) return {};
    const reply = apply(reading.reply, event);
    if (reply === reading.reply) return {};
    if (reply.type === "gap") return this.#close(reading, reply);
    if (!reply.whole && !reading.restarted) return this.#restart(reading);
    reading.reply = reply;
    if (reading.thinking && event.type === "text_added") hear(reading.thinking, event);
    return { reply };
  }

  // Every event behind a gap is early too, and one question is enough for all of them.
  #close(reading, gap) {
    return reading.asked === gap.after ? {} : { follow: this.#ask(reading, gap.after) };
  }

  #restart(reading) {
    reading.restarted = true;
    reading.again = false;
    reading.reply = empty(reading.reply.run);
    return { follow: this.#ask(reading, 0) };
  }

  #ask(reading, after) {
    reading.asked = after;
    // What is sent again tells no times, but to a new page it is as new as the page.
    if (!reading.again || after > 0) reading.thinking = null;
    return { type: "follow", run: reading.reply.run, after };
  }
}

function hear(thinking, { kind }) {
  if (kind === "reasoning") thinking.since ??= performance.now();
  else if (thinking.since !== null) thinking.until ??= performance.now();
}
