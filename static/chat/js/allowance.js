import { number, text } from "./strings.js";

/** Says what is left of today's messages or tokens, or of a minute's, while that is little. */
export class Allowance {
  #element;
  #passing;

  constructor(element) {
    this.#element = element;
  }

  /** A frame of the server's, which may be about this. */
  hear({ type, what, left, most, passes }) {
    if (type !== "allowance") return;
    clearTimeout(this.#passing);
    if (passes) this.#passing = setTimeout(() => (this.#element.hidden = true), 1000 * passes);
    this.#element.hidden = !what;
    const counts = { count: number(left), most: number(most) };
    this.#element.textContent = what ? text(`left_${what}`, counts) : "";
  }
}
