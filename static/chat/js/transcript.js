import { MessageRow } from "./message-row.js";
import { extentOf, setExtent } from "./part.js";
import { Replies } from "./replies.js";

/**
 * The conversation on the page: one row a message, in the order of the chosen branch. It
 * may be a part of it; `older` and `newer` are where the branch goes on, or null.
 * Only this module and the rows it keeps touch a message's DOM.
 *
 * Events: `follow` (detail: a command that asks for what is missing), `ended` (detail:
 * `{row, reply}`; row is null where another conversation or branch is shown), `lost` (detail:
 * a run that was read and is not there), `painted`, `changed`, and `ask` (detail: `{action, row, button}`) for
 * a button in a message.
 */
export class Transcript extends EventTarget {
  #thread;
  #replies = new Replies();
  #toPaint = new Set(); // runs
  #frame = null;
  #replaced = new Map(); // command's own id → what is put back if it is refused
  #edition = 0;

  constructor(thread) {
    super();
    this.#thread = thread;
    thread.addEventListener("click", ({ target }) => this.#pressed(target));
    this.#readRuns();
  }

  // --- what is there

  get rows() {
    return [...this.#thread.children].map((element) => new MessageRow(element));
  }

  row(id) {
    const element = id && this.#thread.querySelector(`[data-message="${CSS.escape(id)}"]`);
    return element ? new MessageRow(element) : null;
  }

  get isEmpty() {
    return this.#thread.childElementCount === 0;
  }

  /** The answer that is being written on this page, the lowest if there are several, or null. */
  get streaming() {
    return this.rows.findLast((row) => row.isStreaming) ?? null;
  }

  get last() {
    return this.rows.at(-1) ?? null;
  }

  get older() {
    return extentOf(this.#thread).older;
  }

  get newer() {
    return extentOf(this.#thread).newer;
  }

  lastOf(role) {
    const isAnswer = role === "assistant";
    return this.rows.findLast((row) => row.isAnswer === isAnswer) ?? null;
  }

  isBeingWritten(message) {
    return this.#replies.writes(message) || Boolean(this.row(message)?.isStreaming);
  }

  get isReading() {
    return this.#replies.size > 0;
  }

  /** Counts up whenever rows come or go, so that a page fetched before can be told. */
  get edition() {
    return this.#edition;
  }

  // --- what the person asks for, shown before the server has heard of it

  /** Show what this command will bring, unless it is shown already. */
  expect(command) {
    if (command.type === "say") this.#expectTurn(command);
    if (command.type === "retry") this.#expectVersion(command);
    if (command.type === "continue") this.#expectMore(command);
    this.#changed();
  }

  /** Why this command is still here: `turn` or `connection`; null where it is on its way. */
  queue(command, reason) {
    if (command.type === "say") this.row(command.id)?.queue(reason);
    const answer = this.row(command.reply ?? command.message);
    if (answer && command.type !== "continue") answer.element.hidden = reason !== null;
  }

  /** The server has promised an answer: read the run that writes it. */
  accept({ run, reply }) {
    this.#replaced.delete(reply);
    this.#replaced.delete(run);
    this.#replies.begin(run, reply);
    const row = this.row(reply);
    if (row && row.run !== run) row.begin(run);
    if (row) row.element.hidden = false;
    this.#changed();
  }

  /** The server has refused: as if it had not been asked. */
  withdraw(command) {
    const key = command.reply ?? command.run;
    this.row(command.id)?.element.remove();
    this.row(command.reply)?.element.remove();
    const before = this.#replaced.get(key);
    this.#replaced.delete(key);
    if (before?.rows) this.#thread.append(...before.rows);
    if (before?.newer) setExtent(this.#thread, before);
    if (before?.status) this.row(command.message)?.settle(before.status, before.error);
    this.#changed();
  }

  // --- what the server tells

  /** An event of a run: fold it in, then paint at most once a frame. */
  receive(event) {
    const { reply, follow } = this.#replies.receive(event);
    if (follow) this.#tell("follow", follow);
    if (!reply) return;
    if (event.type === "run_finished") this.#end(reply);
    else this.#paintSoon(reply.run);
  }

  /** Commands that bring all that is missing of every unfinished answer. */
  follows() {
    return this.#replies.follows();
  }

  /** The command that brings what is missing of one run, if it is still read. */
  followOf(run) {
    return this.follows().find((follow) => follow.run === run);
  }

  /** This run is not there any more, so nothing of it will come. */
  lose(run) {
    this.#replies.forget(run);
    this.#tell("lost", run);
  }

  // --- whole conversations

  /** Show another part, or another conversation, in place of this. */
  replace(part) {
    this.#thread.replaceChildren(...part.rows);
    setExtent(this.#thread, part);
    this.#replaced.clear();
    this.#readRuns();
    this.#changed();
  }

  /** Put the neighbouring part on this side, `older` or `newer`. */
  extend(side, part) {
    const { older, newer } = extentOf(this.#thread);
    if (side === "older") this.#thread.prepend(...part.rows);
    else this.#thread.append(...part.rows);
    setExtent(this.#thread, { older, newer, [side]: part[side] });
    this.#readRuns();
    this.#changed();
  }

  /**
   * Bring these rows in step with a newer copy of the page; keep what is the same. Rows above
   * those of the copy stay: whatever stands above a message never changes.
   */
  merge(part, isUnsent) {
    const [first] = part.rows;
    const above = this.rows.findIndex(({ id }) => id === first?.dataset.message);
    const kept = this.rows.slice(0, Math.max(above, 0));
    const older = kept.length ? this.older : part.older;
    const wanted = part.rows.map((element) => this.#newest(new MessageRow(element)));
    const unsent = this.rows.filter(({ id }) => isUnsent(id) && !wanted.some((row) => row.id === id));
    arrange(this.#thread, [...kept, ...wanted, ...unsent].map((row) => row.element));
    setExtent(this.#thread, { older, newer: part.newer });
    this.#readRuns();
    this.#changed();
  }

  #newest(fetched) {
    const here = this.row(fetched.id);
    if (!here) return fetched;
    here.takePlaceFrom(fetched);
    const isLive = here.run !== null && this.#replies.get(here.run);
    const isSame = here.status === fetched.status && here.source === fetched.source;
    return isLive || isSame ? here : fetched;
  }

  // Every unfinished answer on the page is read, from wherever this tab has got to.
  #readRuns() {
    for (const row of this.rows.filter(({ run }) => run !== null)) {
      const reply = this.#replies.get(row.run);
      if (reply) {
        this.#paintSoon(row.run);
      } else {
        row.begin(row.run);
        this.#replies.begin(row.run, row.id, { again: true, since: row.reasonsSince });
        this.#tell("follow", { type: "follow", run: row.run, after: 0 });
      }
    }
  }

  #expectTurn({ id, parent, reply, text }) {
    if (this.row(id)) return;
    const { newer } = this;
    const replaced = this.#cut(this.rows.find((row) => row.parent === parent)?.element);
    const turn = MessageRow.create({ id, role: "user", parent, status: "complete", source: text });
    this.#thread.append(turn.element);
    if (replaced.length) turn.become(new MessageRow(replaced[0]));
    this.#append({ id: reply, parent: id });
    this.#replaced.set(reply, { rows: replaced, older: this.older, newer });
  }

  #expectVersion({ message, reply }) {
    const older = this.row(message);
    if (!older || this.row(reply)) return;
    const { newer } = this;
    const replaced = this.#cut(older.element);
    this.#append({ id: reply, parent: older.parent }).become(older);
    this.#replaced.set(reply, { rows: replaced, older: this.older, newer });
  }

  #expectMore({ message, run }) {
    const row = this.row(message);
    if (!row || row.isStreaming) return;
    const error = row.element.querySelector(".note .why").textContent;
    this.#replaced.set(run, { status: row.status, error });
    row.begin();
  }

  #append({ id, parent }) {
    const answer = MessageRow.create({ id, role: "assistant", parent, status: "streaming", source: "" });
    this.#thread.append(answer.element);
    answer.begin();
    return answer;
  }

  /** Take away this row and all below it: they are another branch now. */
  #cut(from) {
    const rows = [];
    for (let row = from; row; row = row.nextSibling) {
      if (row.nodeType === Node.ELEMENT_NODE) rows.push(row);
    }
    for (const row of rows) row.remove();
    if (rows.length) setExtent(this.#thread, { older: this.older, newer: null });
    return rows;
  }

  #rowOf(run) {
    const element = this.#thread.querySelector(`[data-run="${CSS.escape(run)}"]`);
    return element ? new MessageRow(element) : null;
  }

  #paintSoon(run) {
    this.#toPaint.add(run);
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#frame = null;
    for (const run of this.#toPaint) {
      const reply = this.#replies.get(run);
      if (reply) this.#rowOf(run)?.write(reply, this.#replies.thinking(run));
    }
    this.#toPaint.clear();
    this.#tell("painted");
  }

  // A hidden tab has no frames, and it must know that the answer is done.
  #end(reply) {
    const row = this.#rowOf(reply.run);
    this.#replies.forget(reply.run);
    this.#toPaint.delete(reply.run);
    row?.end(reply);
    this.#tell("ended", { row, reply });
    this.#tell("painted");
    this.#changed();
  }

  #pressed(target) {
    const button = target.closest("button[data-action]");
    if (!button) return;
    const row = new MessageRow(button.closest("[data-message]"));
    this.#tell("ask", { action: button.dataset.action, row, button });
  }

  #changed() {
    this.#edition += 1;
    this.#tell("changed");
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Make these the children, in this order, moving none that is in its place. */
function arrange(parent, children) {
  let next = parent.firstChild;
  for (const child of children) {
    if (child === next) next = next.nextSibling;
    else parent.insertBefore(child, next);
  }
  while (next) {
    const rest = next.nextSibling;
    next.remove();
    next = rest;
  }
}
