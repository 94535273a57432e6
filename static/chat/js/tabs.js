/** A row of tabs and their panels, moved through with the arrow keys. */
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
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const count = this.#tabs.length;
    const next = this.#tabs[(this.#tabs.indexOf(document.activeElement) + step + count) % count];
    this.#choose(next);
    next.focus();
  }
}
