import { ask } from "./dialogs.js";
import { filled, variablesOf } from "./variables.js";
import { text } from "./strings.js";

const MOST = 50; // prompts shown at once
const WHILE_OPEN = ["aria-autocomplete", "aria-controls", "aria-haspopup", "aria-activedescendant"];
const MANAGE = "prompt-manage"; // id of the option that opens the library

/**
 * `/` at the beginning of an empty message offers the person's prompts. While the list is
 * open the keys of the textbox move in it, and the focus stays: `aria-activedescendant`
 * tells which one is meant. (HTML lets no textarea be a combobox.)
 */
export class PromptsMenu {
  #area;
  #library;
  #list;
  #manage;
  #active = 0;
  #isDismissed = false; // by Escape, until the message is empty again

  /** `manage()` opens the library. */
  constructor(form, library, manage) {
    this.#area = form.querySelector("textarea");
    this.#list = form.querySelector(".prompts-list");
    this.#library = library;
    this.#manage = manage;
    this.#area.addEventListener("input", () => this.#look());
    this.#area.addEventListener("blur", () => this.#close());
    form.addEventListener("keydown", (event) => this.#keyed(event), { capture: true });
    form.addEventListener("submit", () => this.#close());
    // The focus stays in the text, so that a press is no blur.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => this.#choose(target.closest("[role=option]")));
    library.addEventListener("changed", () => this.#isOpen && this.#look());
    if (document.activeElement === this.#area) this.#look(); // a key asked for this before it came
  }

  get #isOpen() {
    return !this.#list.hidden;
  }

  get #options() {
    return [...this.#list.children];
  }

  #look() {
    const { value } = this.#area;
    if (value === "") this.#isDismissed = false;
    const isAsked = /^\/[^\n/]{0,80}$/.test(value) && !this.#isDismissed;
    if (!isAsked) return this.#close();
    if (!this.#library.isLoaded) this.#load();
    this.#show(value.slice(1).trim().toLowerCase());
  }

  #load() {
    this.#library.load().then(() => this.#look()).catch(() => {});
  }

  #show(words) {
    const fitting = this.#library.items.filter(({ name }) => name.toLowerCase().includes(words));
    const options = fitting.slice(0, MOST).map(optionOf);
    if (!words) options.push(manageOption());
    if (!options.length) return this.#close();
    this.#list.replaceChildren(...options);
    this.#open();
    this.#mark(0);
  }

  #open() {
    this.#list.hidden = false;
    const attributes = { "aria-autocomplete": "list", "aria-controls": this.#list.id, "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries(attributes)) this.#area.setAttribute(name, value);
  }

  #close() {
    if (!this.#isOpen) return;
    this.#list.hidden = true;
    for (const name of WHILE_OPEN) this.#area.removeAttribute(name);
  }

  #mark(at) {
    const options = this.#options;
    this.#active = (at + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", index === this.#active));
    const active = options[this.#active];
    this.#area.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }

  // It hears the keys before the composer does.
  #keyed(event) {
    if (!this.#isOpen || event.target !== this.#area || event.isComposing) return;
    const acts = {
      ArrowDown: () => this.#mark(this.#active + 1),
      ArrowUp: () => this.#mark(this.#active - 1),
      Enter: () => this.#choose(this.#options[this.#active]),
      Tab: () => this.#choose(this.#options[this.#active]),
      Escape: () => this.#dismiss(),
    };
    if (!acts[event.key] || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  #dismiss() {
    this.#isDismissed = true;
    this.#close();
  }

  #choose(option) {
    if (!option) return;
    this.#close();
    if (option.id === MANAGE) {
      this.#put("");
      this.#manage();
    } else {
      this.#use(this.#library.items.find(({ id }) => String(id) === option.dataset.id));
    }
  }

  async #use(prompt) {
    const names = variablesOf(prompt.text);
    const values = names.length ? await askFor(prompt.name, names) : {};
    this.#area.focus();
    if (values) this.#put(filled(prompt.text, values));
  }

  // The composer hears of it as of any typing.
  #put(words) {
    this.#area.value = words;
    this.#isDismissed = words.startsWith("/");
    this.#area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function optionOf({ id, name, text: words }) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.id = `prompt-${id}`;
  option.dataset.id = id;
  const about = document.createElement("span");
  about.textContent = words.slice(0, 120);
  option.append(Object.assign(document.createElement("strong"), { textContent: name, dir: "auto" }), " ", about);
  return option;
}

function manageOption() {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.id = MANAGE;
  option.textContent = text("prompts_manage");
  return option;
}

/** What is to be put in for each of these names, or null. */
async function askFor(title, names) {
  const dialog = document.getElementById("variables");
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector(".fields").replaceChildren(...names.map(fieldFor));
  const answers = ask(dialog);
  dialog.querySelector("textarea").focus();
  const given = await answers;
  return given && Object.fromEntries(names.map((name, at) => [name, given[`variable-${at}`]]));
}

function fieldFor(name, at) {
  const label = document.createElement("label");
  label.className = "field";
  const area = document.createElement("textarea");
  Object.assign(area, { name: `variable-${at}`, rows: 1, dir: "auto" });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    area.form.requestSubmit(area.form.querySelector("[value=go]"));
  });
  label.append(Object.assign(document.createElement("span"), { textContent: name }), area);
  return label;
}
