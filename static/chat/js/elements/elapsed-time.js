import { number, text } from "../strings.js";

const QUIET = 2; // seconds of waiting that need no number

/**
 * `<elapsed-time seconds="3">` counts the seconds on from there; without `seconds` it rests.
 * It says what they are waited for, or with `bare` only how many they are.
 */
class ElapsedTime extends HTMLElement {
  static observedAttributes = ["seconds"];
  #startedAt = null;
  #timer = null;

  /** When what is counted began, in the time of performance.now(); null while it rests. */
  get since() {
    return this.#startedAt;
  }

  connectedCallback() {
    this.#timer ??= this.#startedAt === null ? null : setInterval(() => this.#show(), 250);
    this.#show();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  attributeChangedCallback(_, before, seconds) {
    if (before === seconds) return;
    this.disconnectedCallback();
    this.#startedAt = seconds === null ? null : performance.now() - 1000 * Number(seconds);
    if (this.isConnected) this.connectedCallback();
  }

  start() {
    this.setAttribute("seconds", "0");
  }

  stop() {
    this.removeAttribute("seconds");
  }

  #show() {
    const isResting = this.#startedAt === null;
    const seconds = isResting ? 0 : Math.floor((performance.now() - this.#startedAt) / 1000);
    const shown = seconds < QUIET ? "" : this.#said(number(seconds));
    if (this.textContent !== shown) this.textContent = shown;
  }

  #said(seconds) {
    return this.hasAttribute("bare") ? text("seconds", { seconds }) : text("waiting", { seconds });
  }
}

customElements.define("elapsed-time", ElapsedTime);
