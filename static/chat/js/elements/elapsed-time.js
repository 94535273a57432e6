import { number, text } from "../strings.js";

const QUIET = 2; // seconds of waiting that need no number

/** `<elapsed-time seconds="3">`: counts the seconds on from there while it is on the page. */
class ElapsedTime extends HTMLElement {
  #startedAt = null;
  #timer = null;

  connectedCallback() {
    this.#startedAt ??= performance.now() - 1000 * Number(this.getAttribute("seconds") ?? 0);
    this.#timer = setInterval(() => this.#show(), 250);
    this.#show();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  /** Count from now. */
  restart() {
    this.#startedAt = performance.now();
    this.#show();
  }

  #show() {
    const seconds = Math.floor((performance.now() - this.#startedAt) / 1000);
    const shown = seconds < QUIET ? "" : text("waiting", { seconds: number(seconds) });
    if (this.textContent !== shown) this.textContent = shown;
  }
}

customElements.define("elapsed-time", ElapsedTime);
