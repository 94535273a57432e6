import { text } from "./strings.js";

const PATIENCE = 5_000; // ms without a connection before anybody is told

/** Says that the connection is gone, once it has been for a while. */
export class Banner {
  #element;
  #timer = null;

  constructor(element, tryNow) {
    this.#element = element;
    element.querySelector("button").addEventListener("click", tryNow);
  }

  /** `shown` is called when the person is told. */
  lost(shown) {
    this.#timer ??= setTimeout(() => {
      this.show(text("connection_lost"));
      shown();
    }, PATIENCE);
  }

  back() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#element.hidden = true;
  }

  show(sentence) {
    this.#element.querySelector(".words").textContent = sentence;
    this.#element.hidden = false;
  }
}
