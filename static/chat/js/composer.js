import { draftOf } from "./shelf.js";
import { WritingArea, isComposing, join } from "./writing-area.js";

const SAVE_AFTER = 300; // ms without typing
const PAGES = { PageUp: -1, PageDown: 1 };

/**
 * Where the person writes. Drafts are kept for each conversation, across reloads; what another
 * tab has kept of the same one stands beside them.
 *
 * Events: `say` (detail: `{text}`), `stop`, `edit-last`, and `page` (detail: -1 for up, 1 for
 * down).
 */
export class Composer extends EventTarget {
  #form;
  #area;
  #field;
  #send;
  #stop;
  #shelf;
  #conversation = null;
  #kept = ""; // what this page has of the draft that is kept
  #isAnswering = false;
  #timer = null;

  constructor(form, shelf) {
    super();
    this.#form = form;
    this.#shelf = shelf;
    this.#field = form.querySelector("textarea");
    this.#area = new WritingArea(this.#field, form.querySelector(".limit"));
    this.#send = form.querySelector(".send");
    this.#stop = form.querySelector(".stop");
    this.#listen();
  }

  /** From now on for this conversation (null: a new one): its draft, on this shelf, is shown. */
  open(conversation, shelf = this.#shelf) {
    this.keep();
    this.#shelf = shelf;
    this.#take(conversation);
  }

  get words() {
    return this.#area.value;
  }

  /** Keep what is written now. */
  keep() {
    clearTimeout(this.#timer);
    const { value } = this.#area;
    if (value !== this.#kept) this.#store(value);
  }

  /** The same, though it has been kept before. */
  keepAnew() {
    this.#kept = "";
    this.keep();
  }

  /** What is written goes with its chat, which has ended. */
  forget() {
    this.#load("");
    this.keep();
  }

  /** Keep the draft somewhere else, with what is there already. */
  move(shelf) {
    const { value } = this.#area;
    this.#store("");
    this.#shelf = shelf;
    this.#take(this.#conversation);
    if (value) this.restore(value);
  }

  /** The draft of a new chat goes along when the chat gets its id. */
  become(conversation) {
    this.#store("");
    this.#conversation = conversation;
    this.keep();
  }

  /** The page is ready: take what was typed, and sent, before that. */
  ready(conversation, shelf = this.#shelf) {
    this.#shelf = shelf;
    const typed = this.#area.value;
    this.#take(conversation);
    if (typed && typed !== this.#area.value) this.restore(typed);
    this.#form.dataset.ready = "";
    if ("submitted" in this.#form.dataset) this.submit();
  }

  /** Put back what could not be sent; nothing that is there is lost. */
  restore(words) {
    this.#load(join(words, this.#area.value));
    this.keep();
  }

  /** The same for a conversation that perhaps is not open, whose drafts are on this shelf. */
  restoreIn(conversation, words, shelf) {
    if (conversation === this.#conversation && shelf === this.#shelf) return this.restore(words);
    const name = draftOf(conversation);
    const draft = shelf.get(name);
    shelf.set(name, { ...draft, text: join(words, draft?.text ?? "") });
  }

  /** Say what is written. */
  submit() {
    if (!this.#area.canSend) return;
    const detail = { text: this.#area.value };
    this.#load("");
    this.keep();
    this.dispatchEvent(new CustomEvent("say", { detail }));
  }

  /** Write these words where the caret is, as lines of their own. */
  insert(words) {
    this.#area.insert(words);
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

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Be ready to be written in, unless that brings a keyboard up over half of the screen: false. */
  invite() {
    const isWelcome = matchMedia("(pointer: fine)").matches;
    if (isWelcome) this.focus();
    return isWelcome;
  }

  #listen() {
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => this.#keyed(event));
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#stop.addEventListener("click", () => this.dispatchEvent(new Event("stop")));
    this.#form.addEventListener("click", ({ target }) => {
      if (target === this.#form) this.focus();
    });
    addEventListener("pagehide", () => this.keep());
  }

  #take(conversation) {
    this.#conversation = conversation;
    const draft = this.#shelf.get(this.#name);
    this.#kept = draft?.text ?? "";
    this.#load(join(draft?.text, draft?.before));
    this.keep();
  }

  #typed() {
    this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.keep(), SAVE_AFTER);
  }

  #keyed(event) {
    if (isComposing(event)) return;
    if (this.#area.sends(event)) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !this.#area.value) {
      event.preventDefault();
      this.dispatchEvent(new Event("edit-last"));
    } else if (PAGES[event.key] && !this.#area.isScrolled) {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("page", { detail: PAGES[event.key] }));
    }
  }

  #submitted(event) {
    event.preventDefault();
    this.submit();
  }

  #load(words) {
    this.#area.value = words;
    this.#show();
  }

  // Another tab may have written too: only what this page knows of gives way, and what this
  // is the beginning or the end of.
  #store(value) {
    const draft = this.#shelf.get(this.#name);
    const others = [draft?.text, draft?.before].filter(
      (words) => words && words !== this.#kept && !isPartOf(words, value),
    );
    this.#kept = value;
    const [text, before] = [value, join(...others)].filter(Boolean);
    if (text) this.#shelf.set(this.#name, { text, before });
    else this.#shelf.remove(this.#name);
  }

  get #name() {
    return draftOf(this.#conversation);
  }

  #show() {
    this.#send.disabled = !this.#area.canSend;
    this.#stop.hidden = !this.#isAnswering;
    this.#send.hidden = this.#isAnswering && !this.#area.value.trim();
    this.#area.show();
  }
}

function isPartOf(words, value) {
  return value.startsWith(words) || value.endsWith(words);
}
