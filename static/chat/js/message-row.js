import { plainText } from "./plain-text.js";
import { feedbackOf, showFeedback } from "./feedback.js";
import { text } from "./strings.js";

const POINTED_FOR = 2_500; // ms

/** One message on the page: the `<li>` of templates/chat/_message.html. */
export class MessageRow {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** A new row, from the page's template for this role. */
  static create({ id, role, parent, status, source }) {
    const template = document.getElementById(`${role}-message`);
    const element = document.importNode(template.content, true).firstElementChild;
    Object.assign(element.dataset, { message: id, parent: parent ?? "", status });
    delete element.dataset.run;
    element.querySelector(":scope message-text:not(.think *)").textContent = source;
    return new MessageRow(element);
  }

  get element() {
    return this.#element;
  }

  get id() {
    return this.#element.dataset.message;
  }

  get parent() {
    return this.#element.dataset.parent || null;
  }

  get run() {
    return this.#element.dataset.run ?? null;
  }

  get status() {
    return this.#element.dataset.status;
  }

  get isAnswer() {
    return this.#element.dataset.role === "assistant";
  }

  /** Being written now; a hidden row is an answer that has not been asked for yet. */
  get isStreaming() {
    return this.status === "streaming" && !this.#element.hidden;
  }

  /** When it began to reason, in the time of performance.now(); null where it does not. */
  get reasonsSince() {
    return this.#find(".thinking elapsed-time").since;
  }

  /** The message as Markdown. */
  get source() {
    return this.#said.source ?? this.#said.textContent;
  }

  /** The message as it is read, without the buttons in it. */
  get words() {
    return plainText(this.#said.cloneNode(true));
  }

  /** Show that this is the one that was looked for. */
  point() {
    this.#find("long-text")?.open();
    this.#element.tabIndex = -1;
    this.#element.focus({ preventScroll: true });
    this.#element.dataset.pointed = "";
    setTimeout(() => delete this.#element.dataset.pointed, POINTED_FOR);
  }

  /** Why it ends where it does; empty if it ended well. */
  get note() {
    return this.#find(".note .why")?.textContent ?? "";
  }

  get code() {
    return [...this.#said.querySelectorAll("pre")].at(-1)?.textContent ?? "";
  }

  /** Wait for words behind those that are there; `run` may not be known yet. */
  begin(run = null) {
    const { dataset } = this.#element;
    dataset.status = "streaming";
    this.#enter("waiting");
    if (run) Object.assign(dataset, { run, seq: "0", from: this.source.length });
    this.#find(".note").hidden = true;
  }

  /** Show what a run has written so far, and how long it reasons, where that was heard. */
  write(reply, thinking = null) {
    const { dataset } = this.#element;
    dataset.seq = reply.seq;
    this.#enter(this.#phase(reply));
    if (thinking) this.#showThinking(thinking);
    if (reply.reasoning) this.#showReasoning(reply);
    if (reply.text) this.#said.update(reply.text, { streaming: !reply.outcome });
  }

  /** Show how a run ended. */
  end(reply) {
    this.write(reply);
    this.settle(reply.outcome, reply.error);
    if (reply.timing?.thought_ms) this.#thought.setAttribute("ms", reply.timing.thought_ms);
    const facts = this.#find("run-facts");
    setAttribute(facts, "first-token-ms", reply.timing?.first_token_ms);
    setAttribute(facts, "tokens-per-second", reply.timing?.tokens_per_second);
    setAttribute(facts, "estimated", reply.usage?.estimated ? "" : null);
    setAttribute(facts, "tokens", reply.usage?.completion_tokens);
    setAttribute(facts, "turns-cut", reply.usage?.turns_cut);
  }

  /** No more comes: the message stands as it is, with a note where it did not end well. */
  settle(status, error = null) {
    const { dataset } = this.#element;
    dataset.status = status;
    this.#enter(null);
    for (const name of ["run", "seq", "phase", "from"]) delete dataset[name];
    this.#noteEnd(status, error);
  }

  /** Say why a message waits to be sent; null: it has been sent. */
  queue(reason) {
    const queued = this.#find(".queued");
    queued.hidden = reason === null;
    queued.querySelector(".why").textContent = reason === null ? "" : text(`queued_${reason}`);
    queued.querySelector("[data-action=hurry]").hidden = reason !== "turn";
  }

  /** Which version of its turn this is, counted from 1. */
  get place() {
    const { version, versions } = this.#find(".place").dataset;
    return { version: Number(version), versions: Number(versions) };
  }

  /** The focus, which went away with another version, goes on: `previous` or `next`, if it can. */
  focusStep(step) {
    if (document.activeElement !== document.body) return;
    const ways = [...this.#element.querySelectorAll("[data-step]:not(:disabled)")];
    const way = ways.find(({ dataset }) => dataset.step === step) ?? ways[0];
    way?.focus({ preventScroll: true });
  }

  /** The newest version of all, written beside `older`, which was shown until now. */
  become(older) {
    const versions = older.place.versions + 1;
    this.#showPlace(versions, versions);
    const previous = this.#find("[data-step=previous]");
    previous.dataset.version = older.id;
    previous.disabled = false;
    this.#find(".versions").hidden = false;
  }

  /** Take over what stands beside the words from a newer copy of this row. */
  takePlaceFrom(row) {
    if (this.isAnswer) showFeedback(this.#element, feedbackOf(row.element));
    const versions = this.#find(".versions");
    const newer = row.#find(".versions");
    if (versions.outerHTML !== newer.outerHTML) versions.replaceWith(newer.cloneNode(true));
  }

  get #said() {
    return this.#find("message-text:not(.think *)");
  }

  #find(selector) {
    return this.#element.querySelector(selector);
  }

  get #thought() {
    return this.#find("thought-time");
  }

  #enter(phase) {
    const clock = this.#find(".waiting elapsed-time");
    if (phase !== "waiting") clock.stop();
    else if (!clock.hasAttribute("seconds")) clock.start();
    if (phase === "writing" || phase === null) this.#find(".thinking elapsed-time").stop();
    this.#element.dataset.phase = phase ?? "";
  }

  #showThinking({ since, until }) {
    const clock = this.#find(".thinking elapsed-time");
    if (until !== null) {
      if (!this.#thought.hasAttribute("ms")) this.#thought.setAttribute("ms", until - since);
    } else if (since !== null && !clock.hasAttribute("seconds")) {
      clock.setAttribute("seconds", (performance.now() - since) / 1000);
    }
  }

  #phase({ text: written, reasoning }) {
    if (written.length > Number(this.#element.dataset.from ?? 0)) return "writing";
    return reasoning && !written ? "reasoning" : "waiting";
  }

  #showReasoning(reply) {
    const details = this.#find(".think");
    details.hidden = false;
    details.querySelector("message-text").update(reply.reasoning, { streaming: !reply.text });
  }

  #noteEnd(status, error) {
    const note = this.#find(".note");
    note.hidden = status === "complete";
    note.querySelector(".why").textContent = note.hidden ? "" : error || this.#endOf(status);
    const hasWords = this.source !== "";
    note.querySelector("[data-action=continue]").hidden = !hasWords;
    note.querySelector("[data-action=regenerate]").hidden = hasWords;
  }

  #endOf(status) {
    return text(status === "stopped" && !this.source ? "end_unbegun" : `end_${status}`);
  }

  #showPlace(version, versions) {
    const place = this.#find(".place");
    Object.assign(place.dataset, { version, versions });
    place.textContent = `${version} / ${versions}`;
  }
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
