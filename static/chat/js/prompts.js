import { KeptList } from "./kept-list.js";
import { text } from "./strings.js";

/** The panel of the prompt library: add, edit, delete. */
export class PromptsPanel {
  #panel;
  #library;
  #list;
  #form;
  #editing = null; // the prompt's id; null: a new one

  constructor(panel, library) {
    this.#panel = panel;
    this.#library = library;
    this.#form = panel.querySelector(".edit-prompt");
    const acts = { edit: (item) => this.#edit(item) };
    this.#list = new KeptList(panel, library, { template: "kept-prompt", draw, acts });
    this.#button("add").addEventListener("click", () => this.#edit({ id: null, name: "", text: "" }));
    this.#button("leave").addEventListener("click", () => this.#leave());
    this.#form.addEventListener("submit", (event) => this.#save(event));
    this.#form.addEventListener("keydown", (event) => this.#keyed(event));
  }

  #button(name) {
    return this.#panel.querySelector(`[data-prompt=${name}]`);
  }

  #edit({ id, name, text: words }) {
    this.#editing = id;
    const { elements } = this.#form;
    elements.name.value = name;
    elements.text.value = words;
    this.#showProblem("");
    this.#list.tell("");
    this.#form.hidden = false;
    this.#button("add").hidden = true;
    elements.name.focus();
  }

  #leave() {
    this.#form.hidden = true;
    this.#button("add").hidden = false;
    this.#button("add").focus();
  }

  async #save(event) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(this.#form));
    try {
      if (this.#editing === null) await this.#library.add(values);
      else await this.#library.change(this.#editing, values);
    } catch (error) {
      return this.#showProblem(error.detail ?? text("request_failed"));
    }
    this.#leave();
    this.#list.tell(text("kept"));
  }

  // Escape leaves the form, not the whole dialog.
  #keyed(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#leave();
  }

  #showProblem(words) {
    const problem = this.#form.querySelector(".problem");
    problem.textContent = words;
    problem.hidden = !words;
  }
}

function draw(row, { name, text: words }) {
  row.querySelector(".name").textContent = name;
  row.querySelector(".about").textContent = words;
  row.querySelector("[data-do=edit]").setAttribute("aria-label", text("edit_named", { name }));
  row.querySelector("[data-do=remove]").setAttribute("aria-label", text("remove", { name }));
}
