const NEAR = 48; // px from the end that still count as being there
const PAGE = 0.875; // of what is in sight

/** Keeps a scrolling box of messages at its end while the reader is there, and only then. */
export class Scrolling {
  #box;
  #button;
  #isAtEnd = true;
  #goesOn = false;

  constructor(box, button) {
    this.#box = box;
    this.#button = button;
    box.addEventListener("scroll", () => this.#look(), { passive: true });
    box.addEventListener("click", ({ target }) => this.#stay(target), { capture: true });
    new ResizeObserver(() => this.keep()).observe(box);
    new ResizeObserver(() => this.keep()).observe(box.firstElementChild);
  }

  /** Whether the conversation goes on below what is in the box: then its end is not here. */
  set goesOn(goesOn) {
    if (goesOn === this.#goesOn) return; // to look is to lay out all that has changed till now
    this.#goesOn = goesOn;
    this.#look();
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

  /** A page up (-1) or down (1), with a little of what was in sight. */
  page(direction) {
    this.#box.scrollTop += direction * PAGE * this.#box.clientHeight;
  }

  /** The topmost message in sight and how far below the box's edge it is; null: the end. */
  get position() {
    if (this.#isAtEnd) return null;
    const edge = this.#edge;
    const row = firstBelow([...this.#box.querySelectorAll("[data-message]")], edge);
    if (!row) return null;
    return { message: row.dataset.message, offset: row.getBoundingClientRect().top - edge };
  }

  /** Back to a position of before; null is the end. */
  restore(position) {
    const row = position && this.#row(position.message);
    if (!row) return this.toEnd();
    this.#isAtEnd = false;
    this.#box.scrollTop += row.getBoundingClientRect().top - this.#edge - position.offset;
    this.#look();
  }

  /** Bring a message into the middle. */
  point(message) {
    const row = this.#row(message);
    if (!row) return;
    this.#isAtEnd = false;
    const space = this.#box.clientHeight - row.offsetHeight;
    this.restore({ message, offset: Math.max(space / 2, 24) });
  }

  // Who opens something at the end wants to read it from where it begins.
  #stay(target) {
    const isOpener = target.closest("summary, [aria-expanded]");
    if (isOpener && !target.closest("[data-status=streaming]")) this.#isAtEnd = false;
  }

  get #edge() {
    return this.#box.getBoundingClientRect().top;
  }

  #row(message) {
    return this.#box.querySelector(`[data-message="${CSS.escape(message)}"]`);
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    const left = scrollHeight - scrollTop - clientHeight;
    this.#isAtEnd = left < NEAR && !this.#goesOn;
    this.#button.hidden = left < clientHeight / 4 && !this.#goesOn;
  }
}

/** The first of these elements, which stand below one another, that ends below this height. */
function firstBelow(elements, height) {
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (elements[middle].getBoundingClientRect().bottom > height) high = middle;
    else low = middle + 1;
  }
  return elements[low] ?? null;
}
