import { copyText } from "../clipboard.js";
import { show } from "../dialogs.js";
import { text } from "../strings.js";

/** Makes links by which others read a copy of a conversation. */
export class Sharing {
  #pages;
  #dialog;
  #form;
  #shared = null; // what the dialog is about: a conversation, and a message on its branch

  constructor(pages) {
    this.#pages = pages;
    this.#dialog = document.getElementById("share");
    this.#form = this.#dialog?.querySelector("form");
    this.#form?.addEventListener("submit", (event) => this.#submitted(event));
    this.#find(".copy-link")?.addEventListener("click", () => this.#copy());
  }

  /** Ask how to share this conversation; `message`, if known, is on the branch that is shown. */
  open(conversation, title, message = null) {
    this.#shared = { conversation, message, isAsked: false };
    this.#form.reset();
    this.#find(".question").textContent = text("share_what", { title: title || text("untitled") });
    this.#say("");
    this.#showLink(null);
    show(this.#dialog);
  }

  async #submitted(event) {
    event.preventDefault();
    const shared = this.#shared;
    if (shared.isAsked) return; // every request makes a link
    shared.isAsked = true;
    try {
      const address = await this.#make(shared);
      if (shared !== this.#shared) return; // the dialog is about another one
      this.#showLink(address);
      this.#say(text("share_made"));
    } catch (error) {
      shared.isAsked = false;
      if (shared === this.#shared) this.#say(error.detail ?? text("request_failed"));
    }
  }

  async #make({ conversation, message }) {
    const fields = new URLSearchParams(new FormData(this.#form));
    if (message) fields.set("message", message);
    const response = await this.#pages.post(`${this.#pages.addressOf(conversation)}share/`, fields);
    return (await response.json()).address;
  }

  #showLink(address) {
    const field = this.#find(".link");
    field.hidden = address === null;
    this.#find(".how").hidden = address !== null;
    this.#find("[type=submit]").hidden = address !== null;
    if (address === null) return;
    const input = field.querySelector("input");
    input.value = address;
    input.select();
  }

  async #copy() {
    const isCopied = await copyText(this.#find(".link input").value);
    this.#say(text(isCopied ? "copied" : "copy_failed"));
  }

  #say(words) {
    this.#find("[role=status]").textContent = words;
  }

  #find(selector) {
    return this.#dialog?.querySelector(selector);
  }
}
