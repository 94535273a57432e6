import { number, text } from "./strings.js";

/** Says what is left of today's messages or tokens while that is little. */
export class Allowance {
  #element;

  constructor(element) {
    this.#element = element;
  }

  /** A frame of the server's, which may be about this. */
  hear({ type, what, left, most }) {
    if (type !== "allowance") return;
    this.#element.hidden = !what;
    const counts = { count: number(left), most: number(most) };
    this.#element.textContent = what ? text(`left_${what}`, counts) : "";
  }
}
