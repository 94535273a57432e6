// <message-text>Markdown</message-text> shows its text rendered; with the attribute `plain`, as
// it is. Until this module is there the source stands on the page.

import { Rendering } from "../markdown.js";

export class MessageText extends HTMLElement {
  #source = null;
  #rendering = null;

  connectedCallback() {
    if (this.#source === null) this.update(this.textContent);
  }

  /** The Markdown that is shown. */
  get source() {
    return this.#source ?? this.textContent;
  }

  /** Shows `source`; while `streaming`, with a caret where more of it is to come. */
  update(source, { streaming = false } = {}) {
    this.#source = source;
    this.toggleAttribute("streaming", streaming);
    if (this.hasAttribute("plain")) this.textContent = source;
    else this.#draw(source, streaming);
  }

  #draw(source, streaming) {
    this.#rendering ??= new Rendering(this);
    this.#rendering.update(source, { streaming });
  }
}

customElements.define("message-text", MessageText);
