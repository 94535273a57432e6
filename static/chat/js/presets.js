import { KeptList } from "./kept-list.js";
import { number, text } from "./strings.js";

/** The panel of presets, and the list of them in the form of a chat's settings. */
export class PresetsPanel {
  #library;
  #list;
  #select;
  #settings;

  constructor(dialog, library, settings) {
    this.#library = library;
    this.#settings = settings;
    this.#select = dialog.querySelector("[data-preset]");
    const panel = dialog.querySelector("#settings-presets");
    const acts = { apply: (item) => this.#apply(item) };
    this.#list = new KeptList(panel, library, { template: "kept-preset", draw, acts });
    panel.querySelector(".add-preset").addEventListener("submit", (event) => this.#add(event));
    panel.querySelector(".kept").addEventListener("change", ({ target }) => this.#rename(target));
    library.addEventListener("changed", () => this.#show());
    this.#select.addEventListener("change", (event) => this.#chosen(event));
    this.#show();
  }

  #show() {
    const options = this.#library.items.map(({ id, name }) => new Option(name, id));
    this.#select.replaceChildren(this.#select.options[0], ...options);
    this.#select.closest(".field").hidden = options.length === 0;
  }

  #chosen(event) {
    event.stopPropagation(); // it is no setting itself
    const chosen = this.#library.items.find(({ id }) => String(id) === this.#select.value);
    this.#select.selectedIndex = 0;
    if (chosen) this.#apply(chosen);
  }

  async #apply({ name, model, system_prompt, parameters }) {
    const values = { system_prompt, parameters, ...(model && { model }) };
    await this.#list.attempt(async () => {
      await this.#settings.change(values);
      this.#list.tell(text("preset_applied", { name }));
    });
  }

  async #add(event) {
    event.preventDefault();
    const field = event.target.elements.name;
    const values = { ...this.#settings.current, name: field.value };
    const kept = await this.#list.attempt(() => this.#library.add(values));
    if (!kept) return;
    field.value = "";
    this.#list.tell(text("kept"));
  }

  async #rename(field) {
    const { id } = field.closest("li").dataset;
    const kept = await this.#list.attempt(() => this.#library.change(id, { name: field.value }));
    if (kept) this.#list.tell(text("kept"));
    else field.value = field.defaultValue;
  }
}

function draw(row, { name, model, system_prompt, parameters }) {
  const field = row.querySelector(".name");
  field.defaultValue = field.value = name;
  field.setAttribute("aria-label", text("preset_name", { name }));
  const values = Object.entries(parameters).map(([key, value]) => `${labelOf(key)} ${number(value, 2)}`);
  row.querySelector(".about").textContent = [model, ...values, system_prompt].filter(Boolean).join(" · ");
  row.querySelector("[data-do=apply]").textContent = text("apply");
  row.querySelector("[data-do=apply]").setAttribute("aria-label", text("apply_to", { name }));
  row.querySelector("[data-do=remove]").setAttribute("aria-label", text("remove", { name }));
}

// The form has every parameter's name in the page's language.
function labelOf(parameter) {
  return document.querySelector(`label[for="chat-${parameter}"]`)?.textContent ?? parameter;
}
