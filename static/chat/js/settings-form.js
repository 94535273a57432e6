import { countCharacters } from "./reply.js";
import { text } from "./strings.js";

/**
 * A form of answer settings: templates/chat/_answer_settings.html. It shows values, and
 * hands over each that the person changes; what is out of bounds stays in the form, with the
 * reason.
 */
export class SettingsForm {
  #form;
  #values = { model: "", system_prompt: "", parameters: {} };
  #change;
  #usual;
  #about = null;

  /** `change(values)` keeps them; what it raises is shown. `usual()` gives what reset keeps. */
  constructor(form, change, usual) {
    this.#form = form;
    this.#change = change;
    this.#usual = usual;
    form.addEventListener("change", ({ target }) => this.#changed(target));
    form.addEventListener("reset", (event) => this.#reset(event));
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /**
   * Show these values, of this conversation, but for the one under the person's hands. What is
   * out of bounds stays while the conversation does.
   */
  show(values, about = null) {
    this.#values = values;
    if (about !== this.#about) for (const field of this.#fields) this.#showProblem(field, "");
    this.#about = about;
    for (const field of this.#fields) {
      if (field === document.activeElement || field.hasAttribute("aria-invalid")) continue;
      field.value = this.#valueOf(field) ?? "";
    }
  }

  /** The models to choose from: `[{name, label}]`; the first option stays. */
  offer(models) {
    const select = this.#form.elements.model;
    const { value } = select;
    const options = models.filter(({ name }) => name).map(({ name, label }) => new Option(label, name));
    select.replaceChildren(select.options[0], ...options);
    select.value = value;
    select.value = this.#values.model;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }

  get #fields() {
    return [...this.#form.elements].filter(({ name }) => name);
  }

  #valueOf({ name, dataset }) {
    return "parameter" in dataset ? this.#values.parameters[name] : this.#values[name];
  }

  async #changed(field) {
    const problem = problemOf(field);
    this.#showProblem(field, problem);
    if (problem) return;
    await this.#keep(this.#with(field), field);
  }

  #with(field) {
    if (!("parameter" in field.dataset)) return { [field.name]: field.value };
    const { [field.name]: _, ...others } = this.#values.parameters;
    const given = field.value === "" ? {} : { [field.name]: Number(field.value) };
    return { parameters: { ...others, ...given } };
  }

  async #keep(values, field = null) {
    this.#values = { ...this.#values, ...values };
    try {
      await this.#change(values);
      this.#say(text("kept"));
    } catch (error) {
      const detail = error.detail ?? text("request_failed");
      if (field && error.detail) this.#showProblem(field, detail);
      this.#say(field && error.detail ? "" : detail);
    }
  }

  #reset(event) {
    event.preventDefault();
    for (const field of this.#fields) this.#showProblem(field, "");
    this.#keep(this.#usual());
  }

  #showProblem(field, problem) {
    const place = field.closest(".field").querySelector(".problem");
    place.textContent = problem;
    place.hidden = !problem;
    if (problem) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  #say(words) {
    this.#form.querySelector(".saved").textContent = words;
  }
}

function problemOf({ validity, dataset, value }) {
  if ("longest" in dataset) return countCharacters(value) > Number(dataset.longest) ? dataset.problem : "";
  const { badInput, rangeOverflow, rangeUnderflow, stepMismatch } = validity;
  const isWrong = badInput || rangeOverflow || rangeUnderflow || ("whole" in dataset && stepMismatch);
  return isWrong ? dataset.problem : "";
}
