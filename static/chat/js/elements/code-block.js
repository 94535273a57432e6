// <code-block>: code under a bar with its language and buttons to copy and to save it.
// While code arrives it is plain, but for a look now and then; it is highlighted as a whole when
// no more comes and the reader is near.

import { copyText } from "../clipboard.js";
import { graft } from "../markdown/graft.js";
import { text } from "../strings.js";

const COPIED_FOR = 2_000; // milliseconds
const LOOK_EVERY = 400; // milliseconds
const LONGEST_LOOK = 4_000; // characters, about two milliseconds of work
const PIECE = 4_000; // characters that are laid out anew when some are added

const nearness = new IntersectionObserver(
  (entries) => entries.forEach(({ target, isIntersecting }) => target.approach(isIntersecting)),
  { rootMargin: "400px", scrollMargin: "400px" },
);

export class CodeBlock extends HTMLElement {
  #shown = { code: "", language: "", open: false };
  #highlighted = null; // the code that is, or is about to be, in the language shown
  #isNear = false;
  #look = null;
  #language;
  #text;
  #piece; // of the text, which is added to
  #pieceStart = 0;

  connectedCallback() {
    nearness.observe(this);
  }

  disconnectedCallback() {
    nearness.unobserve(this);
  }

  /** Shows `code`; `language` is what its author called it, and while `open` more may come. */
  update(code, { language = "", open = false } = {}) {
    if (!this.#text) this.#build();
    if (language !== this.#shown.language) this.#highlighted = null;
    if (code !== this.#shown.code) this.#write(code);
    this.#shown = { code, language, open };
    this.#language.textContent = language;
    this.toggleAttribute("open", open);
    this.#plan();
  }

  /** Whether the reader is about to see it. */
  approach(isNear) {
    this.#isNear = isNear;
    this.#plan();
  }

  #build() {
    const bar = elementOf("div", "code-bar");
    this.#language = elementOf("span", "code-language");
    const save = button("down", text("code_save"), () => this.#save());
    const copy = button("copy", text("code_copy"), () => this.#copy(copy));
    copy.append(elementOf("span", "code-copy", text("copy")));
    bar.append(this.#language, save, copy);
    const pre = elementOf("pre");
    pre.tabIndex = 0; // so that the keyboard can scroll it
    this.#text = elementOf("code");
    pre.append(this.#text);
    this.replaceChildren(bar, pre);
  }

  #write(code) {
    const { code: before } = this.#shown;
    let written = code.startsWith(before) ? before.length : 0;
    if (written === 0) this.#restart();
    while (written < code.length) {
      const end = endOfPiece(code, Math.max(written, this.#pieceStart + PIECE));
      addText(this.#pieceFor(code, written), code.slice(written, end));
      written = end;
    }
  }

  #restart() {
    this.#text.replaceChildren();
    this.#highlighted = null;
    this.#piece = this.#text;
    this.#pieceStart = 0;
  }

  // Laying out a text takes longer the longer it is, so long code stands in blocks of lines.
  #pieceFor(code, start) {
    if (start - this.#pieceStart >= PIECE && code[start - 1] === "\n") {
      this.#piece = elementOf("span", "code-lines");
      this.#pieceStart = start;
      this.#text.append(this.#piece);
    }
    return this.#piece;
  }

  #plan() {
    const { code, language, open } = this.#shown;
    if (!this.#isNear || !language || code === this.#highlighted) return;
    if (!open) this.#highlight();
    else if (code.length <= LONGEST_LOOK) this.#lookSoon();
  }

  #lookSoon() {
    this.#look ??= setTimeout(() => this.#highlight(), LOOK_EVERY);
  }

  async #highlight() {
    clearTimeout(this.#look);
    this.#look = null;
    const { code, language } = this.#shown;
    this.#highlighted = code;
    const fragment = await highlighted(code, language).catch(() => null); // it stays plain then
    const now = this.#shown;
    if (!fragment || language !== now.language || !now.code.startsWith(code)) return;
    fragment.append(now.code.slice(code.length));
    graft(this.#text, fragment);
    this.#piece = this.#text;
    this.#pieceStart = 0;
  }

  async #copy(copy) {
    if (!(await copyText(this.#shown.code))) return;
    const label = copy.querySelector(".code-copy");
    copy.setAttribute("aria-label", text("copied"));
    label.textContent = text("copied");
    setTimeout(() => {
      copy.setAttribute("aria-label", text("code_copy"));
      label.textContent = text("copy");
    }, COPIED_FOR);
  }

  async #save() {
    const { code, language } = this.#shown;
    const { extensionOf } = await import("../languages.js");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([code, "\n"], { type: "text/plain" }));
    link.download = `code.${extensionOf(language)}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  }
}

/** A fragment with the code in colours, or null where there are none for it. */
async function highlighted(code, language) {
  const highlighting = await import("../highlighting.js");
  if (!highlighting.isHighlightable(code, language)) return null;
  return highlighting.highlighted(code, language);
}

function endOfPiece(code, least) {
  const newline = code.indexOf("\n", least);
  return newline < 0 ? code.length : newline + 1;
}

function addText(element, words) {
  const last = element.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) last.appendData(words);
  else element.append(words);
}

function elementOf(tag, className, words = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = words;
  return element;
}

function button(drawing, label, onClick) {
  const element = elementOf("button");
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(drawing));
  element.addEventListener("click", onClick);
  return element;
}

// The drawings stand in the page: templates/chat/_icons.html.
function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

customElements.define("code-block", CodeBlock);
