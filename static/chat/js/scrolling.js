const NEAR = 48; // px from the end that still count as being there

/** Keeps a scrolling box at its end while the reader is there, and only then. */
export class Scrolling {
  #box;
  #button;
  #isAtEnd = true;

  constructor(box, button) {
    this.#box = box;
    this.#button = button;
    box.addEventListener("scroll", () => this.#look(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.keep()).observe(box);
    new ResizeObserver(() => this.keep()).observe(box.firstElementChild);
  }

  /** Call when the content has grown. */
  keep() {
    if (this.#isAtEnd) this.#box.scrollTop = this.#box.scrollHeight;
    this.#look();
  }

  toEnd() {
    this.#isAtEnd = true;
    this.keep();
  }

  get position() {
    return this.#isAtEnd ? null : this.#box.scrollTop;
  }

  /** Back to a position of before; null is the end. */
  restore(position) {
    if (position === null || position === undefined) return this.toEnd();
    this.#box.scrollTop = position;
    this.#look();
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    const left = scrollHeight - scrollTop - clientHeight;
    this.#isAtEnd = left < NEAR;
    this.#button.hidden = left < clientHeight / 4;
  }
}
