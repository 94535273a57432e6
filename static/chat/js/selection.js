import { textFor } from "./strings.js";

/**
 * Choosing several conversations of the list, to do one thing with all of them.
 *
 * Events: `choice` (detail: `{choice, conversations}`).
 */
export class Selection extends EventTarget {
  #sidebar;
  #nav;
  #bar;
  #tools;
  #chosen = new Set();

  constructor(sidebar) {
    super();
    this.#sidebar = sidebar;
    this.#nav = sidebar.querySelector("nav.conversations");
    this.#bar = sidebar.querySelector(".selection");
    this.#tools = sidebar.querySelector(".list-tools");
    this.#nav.addEventListener("change", ({ target }) => this.#picked(target));
    this.#nav.addEventListener("click", (event) => this.#clicked(event), { capture: true });
    this.#bar.addEventListener("click", ({ target }) => this.#pressed(target.closest("button")));
    sidebar.addEventListener("keydown", (event) => this.#keyed(event));
    // The list is fetched again now and then, and its boxes come empty.
    new MutationObserver(() => this.#show()).observe(this.#nav, { childList: true, subtree: true });
  }

  get isOn() {
    return "selecting" in this.#sidebar.dataset;
  }

  start(conversation = null) {
    this.#sidebar.dataset.selecting = "";
    if (conversation) this.#chosen.add(conversation);
    this.#show();
    const first = conversation ? this.#boxes.find((box) => box.checked) : this.#boxes[0];
    (first ?? this.#bar.querySelector("button")).focus();
  }

  end() {
    if (!this.isOn) return;
    const hadFocus = this.#sidebar.contains(document.activeElement);
    delete this.#sidebar.dataset.selecting;
    this.#chosen.clear();
    this.#show();
    if (hadFocus) this.#tools.querySelector("[data-list=select]").focus();
  }

  get #boxes() {
    return [...this.#nav.querySelectorAll(".pick input")];
  }

  #picked(box) {
    if (!box.matches(".pick input")) return;
    const { conversation } = box.closest("[data-conversation]").dataset;
    if (box.checked) this.#chosen.add(conversation);
    else this.#chosen.delete(conversation);
    this.#show();
  }

  // While selecting, a row is its box.
  #clicked(event) {
    const link = this.isOn && event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    link.closest("li").querySelector(".pick input").click();
  }

  #pressed(button) {
    const choice = button?.dataset.selection;
    if (choice === "all") this.#chooseAll();
    else if (choice === "end") this.end();
    else if (choice) this.#tell(choice);
  }

  #tell(choice) {
    const conversations = [...this.#chosen];
    this.end();
    this.dispatchEvent(new CustomEvent("choice", { detail: { choice, conversations } }));
  }

  // All that are loaded; a second press lets go of them.
  #chooseAll() {
    const boxes = this.#boxes;
    const areAll = boxes.every((box) => box.checked);
    for (const box of boxes) {
      const { conversation } = box.closest("[data-conversation]").dataset;
      if (areAll) this.#chosen.delete(conversation);
      else this.#chosen.add(conversation);
    }
    this.#show();
  }

  #keyed(event) {
    if (event.key !== "Escape" || !this.isOn) return;
    event.stopPropagation();
    this.end();
  }

  #show() {
    const { isOn } = this;
    for (const box of this.#boxes) {
      box.checked = this.#chosen.has(box.closest("[data-conversation]").dataset.conversation);
    }
    this.#tools.hidden = isOn;
    this.#bar.hidden = !isOn;
    const words = isOn ? textFor("selected", this.#chosen.size) : "";
    const status = this.#bar.querySelector("[role=status]");
    if (status.textContent !== words) status.textContent = words;
    for (const button of this.#bar.querySelectorAll("[data-selection]")) {
      if (!["all", "end"].includes(button.dataset.selection)) button.disabled = !this.#chosen.size;
    }
  }
}
