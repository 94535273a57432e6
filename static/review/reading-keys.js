// Keys of a transcript: J and K go from answer to answer, B to the next branch.
// Letters are told by the key's place, so that they work under every keyboard layout.

/** Whether the keys that a person types here are words. */
export function isWriting(target) {
  return target.matches?.("textarea, select, input:not([type=radio], [type=checkbox])");
}

/** The answers of a page, one of which is the one that is looked at. */
export class Answers {
  #all = [...document.querySelectorAll(".message[data-role=assistant]")];
  #at = -1;

  /** Called with the answer's id whenever another is looked at. */
  onchange = () => {};

  get current() {
    return this.#all[this.#at]?.dataset.message;
  }

  /** Looks at the answer `step` further on, without running off the end. */
  move(step) {
    this.go(Math.min(Math.max(this.#at + step, 0), this.#all.length - 1));
  }

  /** Looks at the first one, which a new page shows. */
  first() {
    this.go(0, { scroll: false });
  }

  /** Looks at the answer with this id, if the page shows it. */
  find(message) {
    this.go(this.#all.findIndex((each) => each.dataset.message === message));
  }

  go(at, { scroll = true } = {}) {
    if (!this.#all[at]) return;
    this.#all[this.#at]?.classList.remove("now");
    this.#at = at;
    this.#all[at].classList.add("now");
    if (scroll) this.#all[at].scrollIntoView({ block: "center" });
    this.onchange(this.current);
  }
}

/** What a key does on every page that shows a transcript; false if nothing. */
export function readBy(event, answers) {
  if (event.code === "KeyJ") answers.move(1);
  else if (event.code === "KeyK") answers.move(-1);
  else {
    const link = document.querySelector(`[data-key="${CSS.escape(event.code)}"]`);
    if (!link) return false;
    link.click();
  }
  return true;
}

/** Whether a key press is a command rather than a word or the browser's own. */
export function isCommand(event) {
  const { altKey, ctrlKey, metaKey, isComposing, target } = event;
  return !altKey && !ctrlKey && !metaKey && !isComposing && !isWriting(target);
}

if (!document.querySelector("judging-desk")) {
  const answers = new Answers();
  addEventListener("keydown", (event) => {
    if (isCommand(event) && readBy(event, answers)) event.preventDefault();
  });
}
