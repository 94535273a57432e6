// <math-text>x^2</math-text> shows LaTeX as a formula: in its line or, with the attribute
// `display`, apart from it. While `open`, more of it is to come. The source is kept in the
// attribute `tex`; until the formula is drawn, and if it cannot be, the source is what is shown.

import { plainText } from "../plain-text.js";

let math; // is fetched with the first formula; later ones are drawn in the moment they come

export class MathText extends HTMLElement {
  static observedAttributes = ["tex"];

  connectedCallback() {
    if (this.hasAttribute("tex")) this.#show();
    else this.setAttribute("tex", this.textContent);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  /** The formula as it stands in Markdown. */
  get source() {
    const mark = this.hasAttribute("display") ? "$$" : "$";
    return mark + this.#tex + mark;
  }

  /** Becomes the formula that `fresh`, not yet on the page, would show. */
  become(fresh) {
    for (const name of ["display", "open"]) this.toggleAttribute(name, fresh.hasAttribute(name));
    this.setAttribute("tex", fresh.textContent);
  }

  get #tex() {
    return this.getAttribute("tex") ?? this.textContent;
  }

  async #show() {
    const tex = this.#tex;
    if (!this.firstElementChild) this.textContent = tex;
    math ??= await import("../math.js");
    math.whenDrawable(() => {
      if (tex === this.#tex) this.#draw();
    });
  }

  // A half formula that cannot be drawn leaves what was drawn of it before.
  #draw() {
    const open = this.hasAttribute("open");
    const formula = math.drawn(this.#tex, { display: this.hasAttribute("display"), open });
    if (formula) this.replaceChildren(formula);
    else if (!open) this.textContent = this.source;
    else if (!this.firstElementChild) this.textContent = "";
  }
}

customElements.define("math-text", MathText);

// What is drawn copies as a heap of letters, so a selection with formulas is copied with their
// source, each of them whole.
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.matches?.("input, textarea")) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [range.startContainer, range.endContainer].map(formulaAround);
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const selected = range.cloneContents();
  if (!selected.querySelector("math-text")) return;
  event.clipboardData.setData("text/plain", plainText(selected));
  event.preventDefault();
});

function formulaAround(node) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("math-text");
}
