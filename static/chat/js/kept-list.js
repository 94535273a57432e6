import { text } from "./strings.js";

/**
 * The list of a library in a panel. What is deleted comes with a way back.
 *
 * `draw(row, item)` fills a copy of the template; `acts` are what its buttons do:
 * `{apply: (item) => …}`; `remove` is done here.
 */
export class KeptList {
  #panel;
  #library;
  #template;
  #draw;
  #acts;

  constructor(panel, library, { template, draw, acts }) {
    this.#panel = panel;
    this.#library = library;
    this.#template = document.getElementById(template);
    this.#draw = draw;
    this.#acts = { ...acts, remove: (item) => this.#remove(item) };
    this.#list.addEventListener("click", ({ target }) => this.#pressed(target));
    library.addEventListener("changed", () => this.#show());
  }

  /** Say something under the list. */
  tell(words) {
    this.#panel.querySelector(".told").replaceChildren(words);
  }

  /** Do something that may fail, and say so. */
  async attempt(work) {
    try {
      return await work();
    } catch (error) {
      this.tell(error.detail ?? text("request_failed"));
      return null;
    }
  }

  #show() {
    const { items } = this.#library;
    const focused = this.#focused;
    this.#list.replaceChildren(...items.map((item) => this.#row(item)));
    this.#panel.querySelector(".none").hidden = items.length > 0;
    if (focused) this.#list.querySelector(focused)?.focus();
  }

  get #list() {
    return this.#panel.querySelector(".kept");
  }

  /** What of the list has the focus, and finds it again among new rows; null: nothing has. */
  get #focused() {
    const element = document.activeElement;
    const row = this.#list.contains(element) && element.closest("li");
    if (!row) return null;
    const { do: what } = element.dataset;
    return `[data-id="${row.dataset.id}"] ${what ? `[data-do=${what}]` : ".name"}`;
  }

  #row(item) {
    const row = document.importNode(this.#template.content, true).firstElementChild;
    row.dataset.id = item.id;
    this.#draw(row, item);
    return row;
  }

  #pressed(target) {
    const button = target.closest("button[data-do]");
    if (!button) return;
    const { id } = button.closest("li").dataset;
    this.#acts[button.dataset.do](this.#library.items.find((item) => String(item.id) === id));
  }

  async #remove(item) {
    const done = await this.attempt(async () => {
      await this.#library.remove(item.id);
      return true;
    });
    if (done) this.#offerUndo(item);
  }

  #offerUndo({ id: _, ...values }) {
    const line = document.importNode(document.getElementById("undo-removal").content, true);
    line.querySelector(".words").textContent = text("removed", { name: values.name });
    const undo = line.querySelector(".undo");
    undo.addEventListener("click", () => this.#undo(values));
    this.tell(line);
    undo.focus();
  }

  async #undo(values) {
    const kept = await this.attempt(() => this.#library.add(values));
    if (!kept) return;
    this.tell("");
    this.#list.querySelector(`[data-id="${kept.id}"] button`).focus();
  }
}
