import { WritingArea, isComposing, join } from "./writing-area.js";

const SAVE_AFTER = 300; // ms without typing

/**
 * Changes a message that was said before, in its own place. One at a time; what is written is
 * kept for its conversation, across reloads, and is there again whenever its message is. What
 * was being written in another one waits until that is changed again.
 *
 * Event: `say` (detail: `{text, edits}`, where `edits` is the id of the message that this one is
 * to stand beside).
 */
export class Editing extends EventTarget {
  #transcript;
  #composer;
  #form;
  #area;
  #field;
  #send;
  #shelf = null;
  #conversation = null;
  #message = null; // that is changed
  #said = ""; // what it says
  #opener = null; // had the focus before
  #timer = null;

  /** `composer` takes the words for which there is no place here. */
  constructor(template, { transcript, composer }) {
    super();
    this.#transcript = transcript;
    this.#composer = composer;
    this.#form = document.importNode(template.content, true).firstElementChild;
    this.#field = this.#form.querySelector("textarea");
    this.#area = new WritingArea(this.#field, this.#form.querySelector(".limit"));
    this.#send = this.#form.querySelector("[type=submit]");
    this.#listen();
  }

  /** From now on for this conversation: what was being written in it, on this shelf, goes on. */
  open(conversation, shelf) {
    if (this.#message) this.#keep();
    this.#shelf = shelf;
    this.#conversation = conversation;
    const draft = shelf.get(this.#name);
    this.#load(draft?.message ?? null, draft?.text ?? "");
    this.#said = draft?.said ?? "";
  }

  /** The new chat has become this conversation. */
  become(conversation) {
    this.#shelf.remove(this.#name);
    this.#conversation = conversation;
    if (this.#message) this.#keep();
  }

  /** What is written goes with its chat, which has ended. */
  forget() {
    this.#load(null);
    this.#keep();
  }

  /** The message is gone: the words that were being written in it, or null. */
  giveUp(message) {
    const isChanged = message === this.#message;
    const words = isChanged ? this.#area.value : this.#shelf?.get(this.#asideName(message));
    if (isChanged) this.#done();
    else this.#shelf?.remove(this.#asideName(message));
    return words ?? null;
  }

  /** Whether a message on the page is being changed. */
  get isOn() {
    return this.#form.isConnected;
  }

  /** Change this message, which says these words. */
  edit(message, words) {
    if (message !== this.#message) {
      this.#opener = document.activeElement;
      this.#putAside();
      this.#load(message, this.#shelf.get(this.#asideName(message)) ?? words);
      this.#said = words;
      this.#keep();
    }
    this.#focus();
  }

  /** Put back what could not be sent; nothing that is there is lost. */
  restore(words, message) {
    const isFree = this.#message === null || this.#message === message;
    if (!isFree || !this.#transcript.row(message)) return this.#composer.restore(words);
    this.#load(message, join(words, this.#area.value));
    this.#said = "";
    this.#keep();
    if (document.activeElement === document.body) this.#focus();
  }

  /** Write these words where the caret is, as lines of their own. */
  insert(words) {
    this.#area.insert(words);
    this.#focus();
  }

  /** Rows have come or gone: stand where the message is, if it is there. */
  place() {
    const row = this.#transcript.row(this.#message)?.element;
    const here = this.#form.parentElement;
    if (row === here) return;
    delete here?.dataset.editing;
    if (!row) return this.#form.remove();
    row.dataset.editing = "";
    row.append(this.#form);
    this.#show();
  }

  #listen() {
    this.#field.addEventListener("input", () => this.#typed());
    this.#form.addEventListener("keydown", (event) => this.#keyed(event));
    this.#form.querySelector("[value=cancel]").addEventListener("click", () => this.#cancel());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    addEventListener("pagehide", () => this.#message && this.#keep());
  }

  #typed() {
    this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), SAVE_AFTER);
  }

  #keyed(event) {
    if (isComposing(event)) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation(); // it stops no answer
      this.#cancel();
    } else if (event.target === this.#field && this.#area.sends(event)) {
      event.preventDefault();
      this.#submit();
    }
  }

  #cancel() {
    this.#done();
    if (this.#opener?.checkVisibility()) this.#opener.focus();
    else this.#composer.invite();
  }

  #submit() {
    if (!this.#area.canSend) return;
    const detail = { text: this.#area.value, edits: this.#message };
    this.#done();
    this.dispatchEvent(new CustomEvent("say", { detail }));
    this.#composer.invite();
  }

  #done() {
    this.#shelf.remove(this.#asideName(this.#message));
    this.#load(null);
    this.#keep();
  }

  #putAside() {
    const { value } = this.#area;
    const isChanged = this.#message && value.trim() && value !== this.#said;
    if (isChanged) this.#shelf.set(this.#asideName(this.#message), value);
  }

  #load(message, words = "") {
    this.#message = message;
    this.#area.value = words;
    this.place();
    this.#show();
  }

  #keep() {
    clearTimeout(this.#timer);
    const { value } = this.#area;
    const draft = { message: this.#message, text: value, said: this.#said };
    if (this.#message) this.#shelf.set(this.#name, draft);
    else this.#shelf.remove(this.#name);
  }

  #focus() {
    this.#field.focus({ preventScroll: true });
    this.#form.scrollIntoView({ block: "nearest" });
  }

  #show() {
    this.#send.disabled = !this.#area.canSend;
    if (this.isOn) this.#area.show();
  }

  get #name() {
    return `edit:${this.#conversation}`;
  }

  #asideName(message) {
    return `${this.#name}:${message}`;
  }
}
