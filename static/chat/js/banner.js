import { text } from "./strings.js";

const PATIENCE = 5_000; // ms without a connection before anybody is told

/** Says that the connection is gone, once it has been for a while. */
export class Banner {
  #element;
  #timer = null;
  #goOn;

  /** `goOn` is called when the button is gone on which the person was. */
  constructor(element, { tryNow, goOn }) {
    this.#element = element;
    this.#goOn = goOn;
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
    const hadFocus = this.#element.contains(document.activeElement);
    this.#element.hidden = true;
    if (hadFocus) this.#goOn();
  }

  show(sentence) {
    this.#element.querySelector(".words").textContent = sentence;
    this.#element.hidden = false;
  }
}
