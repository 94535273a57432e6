import { draftOf } from "./shelf.js";
import { text } from "./strings.js";

const SETTLED = 15_000; // ms after which the news of a page before this one has arrived

/**
 * Whether the chat on this page is a temporary one, which ends when it is left. What is
 * written in it and not sent lies where the browser forgets it with the tab.
 *
 * Events: `changed`, when the person has switched it on or off.
 */
export class Temporary extends EventTarget {
  #main;
  #pages;
  #lasting;
  #passing;
  #conversation = null;

  constructor({ main, pages, lasting, passing }) {
    super();
    this.#main = main;
    this.#pages = pages;
    this.#lasting = lasting;
    this.#passing = passing;
    this.#button.addEventListener("click", () => this.#toggle());
  }

  get isOn() {
    return "temporary" in this.#main.dataset;
  }

  /** Where drafts are kept. */
  get shelf() {
    return this.shelfOf(this.isOn);
  }

  /** Where those of a temporary chat are, or of any other. */
  shelfOf(isTemporary) {
    return isTemporary ? this.#passing : this.#lasting;
  }

  /** Whether something was written for a temporary chat that has not begun. */
  get hasDraft() {
    return this.#passing.get(draftOf(null)) !== null;
  }

  /** Another conversation is shown, or a new chat: null. True if a temporary one ends with that. */
  open(conversation, isTemporary) {
    const ends = this.isOn && this.#conversation !== conversation && this.#conversation !== null;
    if (ends) this.#tell("left");
    this.#conversation = conversation;
    this.#set(isTemporary);
    if (isTemporary && conversation) setTimeout(() => this.stay(), SETTLED);
    return ends;
  }

  /** The new chat has become this conversation. */
  begun(conversation) {
    this.#conversation = conversation;
    this.#show();
  }

  /** Say that this page shows it still: another one may have been closed. */
  stay() {
    if (this.isOn && this.#conversation) this.#tell("shown");
  }

  /** This page goes: by a reload, or for good. */
  closing() {
    if (!this.isOn || !this.#conversation) return;
    const token = document.querySelector("meta[name=csrf-token]").content;
    const said = new URLSearchParams({ page: "closed", csrfmiddlewaretoken: token });
    navigator.sendBeacon(this.#address, said);
  }

  get #button() {
    return this.#main.querySelector(".tool.temporary");
  }

  get #address() {
    return `${this.#pages.addressOf(this.#conversation)}presence/`;
  }

  #toggle() {
    this.#set(!this.isOn);
    this.dispatchEvent(new CustomEvent("changed"));
  }

  #set(isOn) {
    this.#main.toggleAttribute("data-temporary", isOn);
    this.#show();
  }

  #show() {
    const isNew = this.#conversation === null;
    this.#button.hidden = !isNew;
    this.#button.setAttribute("aria-pressed", this.isOn);
    this.#main.querySelector(".end-temporary").hidden = isNew || !this.isOn;
  }

  // What is not heard ends with its hour.
  #tell(page) {
    this.#pages.post(this.#address, new URLSearchParams({ page })).catch(() => {});
  }
}

/** What the head of a new chat says. */
export function titleOfNew(isTemporary) {
  return text(isTemporary ? "temporary_chat" : "new_chat");
}
