const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const ENDS = { Home: 0, End: -1 };

/** A row of tabs and their panels, moved through with the arrow keys, Home and End. */
export class Tabs {
  #tabs;

  constructor(list) {
    this.#tabs = [...list.querySelectorAll("[role=tab]")];
    list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=tab]")));
    list.addEventListener("keydown", (event) => this.#keyed(event));
  }

  /** Show the panel of this id. */
  show(panel) {
    this.#choose(this.#tabs.find((tab) => tab.getAttribute("aria-controls") === panel));
  }

  #choose(chosen) {
    if (!chosen) return;
    for (const tab of this.#tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  }

  #keyed(event) {
    const { key } = event;
    const step = STEPS[key];
    if (!step && !(key in ENDS)) return;
    event.preventDefault();
    const count = this.#tabs.length;
    const place = step ? this.#tabs.indexOf(document.activeElement) + step + count : ENDS[key];
    const next = this.#tabs.at(place % count);
    this.#choose(next);
    next.focus();
  }
}
