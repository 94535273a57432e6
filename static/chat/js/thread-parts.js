import { partOf } from "./part.js";

const NEAR = 1.5; // screens from the end of what is there at which more is fetched

/** Brings the parts of a long conversation as the reader comes near them. */
export class ThreadParts {
  #box;
  #parts;
  #fetching = null;

  constructor(box, parts) {
    this.#box = box;
    this.#parts = parts;
    box.addEventListener("scroll", () => this.look(), { passive: true });
  }

  /** Fetch what comes next on the side that the reader is near, if anything does. */
  look() {
    const { transcript } = this.#parts;
    const { clientHeight, scrollHeight, scrollTop } = this.#box;
    const reach = NEAR * clientHeight;
    const isNearEnd = scrollHeight - scrollTop - clientHeight < reach;
    if (transcript.newer && isNearEnd) this.#bring("newer");
    else if (transcript.older && scrollTop < reach) this.#bring("older");
  }

  /** Show the end of the branch that is on the page. Raises RequestError. */
  async toNewest() {
    const { transcript } = this.#parts;
    const { newer } = transcript;
    if (newer) await this.#fetch("newer", { through: newer }, (part) => transcript.replace(part));
  }

  async #bring(side) {
    if (this.#fetching) return;
    const { transcript } = this.#parts;
    const where = { [side === "older" ? "before" : "after"]: transcript[side] };
    try {
      await this.#fetch(side, where, (part) => this.#holding(() => transcript.extend(side, part)));
    } catch {
      return; // the next scroll tries again
    }
    this.look();
  }

  /** One at a time: a later wish takes the place of one that has not come yet. */
  async #fetch(side, where, take) {
    const { navigation, transcript } = this.#parts;
    const at = transcript[side];
    const fetching = (this.#fetching = {});
    try {
      const page = await navigation.fetchPart(where);
      if (fetching === this.#fetching && at === transcript[side]) take(partOf(page));
    } finally {
      if (fetching === this.#fetching) this.#fetching = null;
    }
  }

  // What the reader sees stays where it is, whatever is put above it.
  #holding(change) {
    const { scrolling } = this.#parts;
    const { position } = scrolling;
    this.#box.toggleAttribute("data-held", true); // the browser would do the same once more
    change();
    scrolling.restore(position);
    requestAnimationFrame(() => this.#box.toggleAttribute("data-held", false));
  }
}
