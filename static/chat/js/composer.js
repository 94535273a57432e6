import { countCharacters } from "./reply.js";
import { number, text } from "./strings.js";

const SAVE_AFTER = 300; // ms without typing
const LONG = 20_000; // characters from which on the browser is spared all it can be
const RIGHT_TO_LEFT = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}/u;
const PAGES = { PageUp: -1, PageDown: 1 };
const NEARLY = 0.8; // of the limit, from which on the count is shown

/**
 * Where the person writes. Drafts are kept for each conversation, across reloads.
 *
 * Events: `say` (detail: `{text, edits}`, where `edits` is the id of an earlier message
 * that this one is to stand beside, or null), `stop`, `edit-last`, and `page` (detail: -1 for
 * up, 1 for down).
 */
export class Composer extends EventTarget {
  #form;
  #area;
  #send;
  #stop;
  #shelf;
  #conversation = null;
  #edits = null;
  #before = ""; // the draft that an edit pushed aside
  #isAnswering = false;
  #timer = null;

  /** Whether Enter sends and Shift+Enter breaks the line, or the other way round. */
  enterSends = true;

  constructor(form, shelf) {
    super();
    this.#form = form;
    this.#shelf = shelf;
    this.#area = form.querySelector("textarea");
    this.#send = form.querySelector(".send");
    this.#stop = form.querySelector(".stop");
    this.#listen();
  }

  /** From now on for this conversation (null: a new one): its draft, on this shelf, is shown. */
  open(conversation, shelf = this.#shelf) {
    this.#keep();
    this.#shelf = shelf;
    this.#take(conversation);
  }

  /** What is written goes with its chat, which has ended. */
  forget() {
    this.#load("");
    this.#keep();
  }

  /** Keep the draft somewhere else. */
  move(shelf) {
    this.#shelf.remove(this.#name);
    this.#shelf = shelf;
    this.#keep();
  }

  /** The draft of a new chat goes along when the chat gets its id. */
  become(conversation) {
    this.#shelf.remove(this.#name);
    this.#conversation = conversation;
    this.#keep();
  }

  /** The page is ready: take what was typed, and sent, before that. */
  ready(conversation, shelf = this.#shelf) {
    this.#shelf = shelf;
    const typed = this.#area.value;
    this.#take(conversation);
    if (typed && typed !== this.#area.value) this.restore(typed);
    this.#form.dataset.ready = "";
    if ("submitted" in this.#form.dataset) this.#submit();
  }

  /** Change a message that was said before. */
  edit(id, words) {
    const before = this.#edits ? this.#before : this.#area.value;
    this.#load(words, id, before);
    this.#keep();
    this.focus();
  }

  /** Put back what could not be sent; nothing that is there is lost. */
  restore(words, edits = null) {
    if (edits && !this.#edits) return this.edit(edits, words);
    this.#load(join(words, this.#area.value), this.#edits, this.#before);
    this.#keep();
  }

  /** The same for a conversation that is not open. */
  restoreIn(conversation, words) {
    const name = nameOf(conversation);
    const draft = this.#shelf.get(name);
    this.#shelf.set(name, { ...draft, text: join(words, draft?.text ?? "") });
  }

  /** Write these words where the caret is, as lines of their own. */
  insert(words) {
    const { selectionStart: start, selectionEnd: end, value } = this.#area;
    const isAmid = start > 0 && value[start - 1] !== "\n";
    this.#area.setRangeText(isAmid ? `\n${words}` : words, start, end, "end");
    this.#typed();
    this.focus();
  }

  /** Whether an answer is being written, which can be stopped. */
  set isAnswering(value) {
    if (value === this.#isAnswering) return;
    const hadFocus = document.activeElement === this.#stop;
    this.#isAnswering = value;
    this.#show();
    if (hadFocus && !value) this.focus();
  }

  get isEditing() {
    return this.#edits !== null;
  }

  focus() {
    this.#area.focus({ preventScroll: true });
  }

  /** Be ready to be written in, unless that brings a keyboard up over half of the screen. */
  invite() {
    if (matchMedia("(pointer: fine)").matches) this.focus();
  }

  cancel() {
    this.#load(this.#before);
    this.#keep();
    this.focus();
  }

  #listen() {
    this.#area.addEventListener("input", () => this.#typed());
    this.#area.addEventListener("keydown", (event) => this.#keyed(event));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#stop.addEventListener("click", () => this.dispatchEvent(new Event("stop")));
    this.#form
      .querySelector("[data-composer=cancel]")
      .addEventListener("click", () => this.cancel());
    this.#form.addEventListener("click", ({ target }) => {
      if (target === this.#form) this.focus();
    });
    addEventListener("pagehide", () => this.#keep());
  }

  #take(conversation) {
    this.#conversation = conversation;
    const draft = this.#shelf.get(this.#name);
    this.#load(draft?.text ?? "", draft?.edits ?? null, draft?.before ?? "");
  }

  #typed() {
    this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), SAVE_AFTER);
  }

  #keyed(event) {
    // An input method takes Enter for itself; 229 is how some browsers tell.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && this.#sends(event)) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#edits) {
      event.stopPropagation();
      this.cancel();
    } else if (event.key === "ArrowUp" && !this.#area.value) {
      event.preventDefault();
      this.dispatchEvent(new Event("edit-last"));
    } else if (PAGES[event.key] && !this.#isScrolled) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("page", { detail: PAGES[event.key] }));
    }
  }

  // What is all in sight leaves these keys to the conversation.
  get #isScrolled() {
    return this.#area.scrollHeight > this.#area.clientHeight;
  }

  #sends({ ctrlKey, metaKey, shiftKey }) {
    return ctrlKey || metaKey || (shiftKey !== this.enterSends && !isTouchOnly());
  }

  #submitted(event) {
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    if (!this.#canSend) return;
    const detail = { text: this.#area.value, edits: this.#edits };
    this.#load(this.#edits ? this.#before : "");
    this.#keep();
    this.dispatchEvent(new CustomEvent("say", { detail }));
  }

  #load(words, edits = null, before = "") {
    this.#area.value = words;
    this.#edits = edits;
    this.#before = before;
    this.#show();
  }

  #keep() {
    clearTimeout(this.#timer);
    const draft = { text: this.#area.value, edits: this.#edits, before: this.#before };
    if (draft.text || draft.before) this.#shelf.set(this.#name, draft);
    else this.#shelf.remove(this.#name);
  }

  get #name() {
    return nameOf(this.#conversation);
  }

  get #longest() {
    return Number(this.#area.dataset.longest);
  }

  get #canSend() {
    const { value } = this.#area;
    return value.trim() !== "" && (value.length <= this.#longest || this.#count <= this.#longest);
  }

  get #count() {
    return countCharacters(this.#area.value);
  }

  #show() {
    this.#send.disabled = !this.#canSend;
    this.#stop.hidden = !this.#isAnswering;
    this.#send.hidden = this.#isAnswering && !this.#area.value.trim();
    this.#form.querySelector(".editing").hidden = this.#edits === null;
    this.#showLimit();
    this.#grow();
  }

  #showLimit() {
    const limit = this.#form.querySelector(".limit");
    const isNear = this.#area.value.length > NEARLY * this.#longest;
    const count = isNear ? this.#count : 0;
    const isOver = count > this.#longest;
    limit.classList.toggle("over", isOver);
    this.#area.setAttribute("aria-invalid", isOver);
    limit.textContent = isNear
      ? text(isOver ? "too_long" : "characters", {
          count: number(count),
          most: number(this.#longest),
        })
      : "";
  }

  // Browsers without field-sizing get their height from here. A long text has the greatest
  // height anyway, and finding the direction of each of its lines would take seconds.
  #grow() {
    const { value } = this.#area;
    const isLong = value.length > LONG;
    this.#area.dir = isLong ? directionOf(value) : "auto";
    this.#area.classList.toggle("long", isLong);
    if (CSS.supports("field-sizing", "content")) return;
    this.#area.style.height = "auto";
    this.#area.style.height = `${this.#area.scrollHeight}px`;
  }
}

function nameOf(conversation) {
  return `draft:${conversation ?? "new"}`;
}

function join(one, other) {
  return [one, other].filter(Boolean).join("\n\n");
}

function directionOf(words) {
  const [first] = /\p{L}/u.exec(words) ?? [""];
  return RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr";
}

// A phone's keyboard has no Shift+Enter, so Enter there breaks the line.
function isTouchOnly() {
  return matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;
}
