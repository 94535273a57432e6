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
    const { navigation, transcript } = this.#parts;
    const { newer } = transcript;
    if (!newer) return;
    const page = await navigation.fetchPart({ through: newer });
    if (newer === transcript.newer) transcript.replace(partOf(page));
  }

  async #bring(side) {
    if (this.#fetching) return;
    const { navigation, transcript } = this.#parts;
    const at = transcript[side];
    const fetching = (this.#fetching = {});
    try {
      const page = await navigation.fetchPart({ [side === "older" ? "before" : "after"]: at });
      if (at === transcript[side]) this.#holding(() => transcript.extend(side, partOf(page)));
    } catch {
      return; // the next scroll tries again
    } finally {
      if (fetching === this.#fetching) this.#fetching = null;
    }
    this.look();
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
