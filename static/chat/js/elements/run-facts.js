import { number, text, textFor } from "../strings.js";

/**
 * `<run-facts>`: how an answer was made, in a few words.
 * Attributes, each of them optional: `model`, `first-token-ms`, `tokens-per-second`,
 * `tokens`, `estimated`, `turns-cut`.
 */
class RunFacts extends HTMLElement {
  static observedAttributes = [
    "model",
    "first-token-ms",
    "tokens-per-second",
    "tokens",
    "turns-cut",
  ];

  connectedCallback() {
    this.#show();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  #show() {
    this.textContent = [this.#firstWord(), this.#speed(), this.#tokens(), this.#cut()]
      .filter(Boolean)
      .join(" · ");
    this.title = this.getAttribute("model") ?? "";
  }

  #firstWord() {
    const milliseconds = this.#number("first-token-ms");
    return milliseconds && text("first_word", { seconds: number(milliseconds / 1000, 1) });
  }

  #speed() {
    const speed = this.#number("tokens-per-second");
    return speed && text("speed", { tokens: number(speed, speed < 10 ? 1 : 0) });
  }

  #tokens() {
    const tokens = this.#number("tokens");
    return tokens && textFor(this.hasAttribute("estimated") ? "about_tokens" : "tokens", tokens);
  }

  #cut() {
    const turns = this.#number("turns-cut");
    return turns && textFor("turns_cut", turns);
  }

  #number(name) {
    return Number(this.getAttribute(name) || 0);
  }
}

customElements.define("run-facts", RunFacts);
