import { number, text } from "../strings.js";

const MINUTE = 60; // seconds

/** `<thought-time ms="12300">`: how long a model reasoned; without `ms`, only that it did. */
class ThoughtTime extends HTMLElement {
  static observedAttributes = ["ms"];

  connectedCallback() {
    this.#show();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  #show() {
    const seconds = Math.floor(Number(this.getAttribute("ms") ?? 0) / 1000);
    this.textContent = seconds ? lasting(seconds) : text("reasoning");
  }
}

function lasting(seconds) {
  const rest = number(seconds % MINUTE);
  if (seconds < MINUTE) return text("thought_seconds", { seconds: rest });
  return text("thought_minutes", { minutes: number(Math.floor(seconds / MINUTE)), seconds: rest });
}

customElements.define("thought-time", ThoughtTime);
