const MOST = 24; // lines that a text may have and be shown whole
const LINE = 60; // characters, about

/**
 * `<long-text><message-text plain>…</message-text><button>…</button></long-text>` shows the
 * beginning of what is long, and all of it when the button is pressed.
 */
class LongText extends HTMLElement {
  #button = null;

  connectedCallback() {
    if (this.#button) return;
    this.#button = this.querySelector("button");
    this.#button.addEventListener("click", () => this.#turn(!this.hasAttribute("open")));
    this.toggleAttribute("folds", isLong(this.querySelector("message-text").textContent));
  }

  /** Show all of it. */
  open() {
    this.#turn(true);
  }

  #turn(isOpen) {
    this.toggleAttribute("open", isOpen);
    this.#button.setAttribute("aria-expanded", isOpen);
    if (!isOpen) this.scrollIntoView({ block: "nearest" });
  }
}

/** Looked for in the words, because a look at the layout of each row would cost more. */
function isLong(text) {
  let lines = 0;
  for (let at = 0; at < text.length && lines <= MOST; lines++) {
    const end = text.indexOf("\n", at);
    at = end >= 0 && end <= at + LINE ? end + 1 : at + LINE;
  }
  return lines > MOST;
}

customElements.define("long-text", LongText);
