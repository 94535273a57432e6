import { mayAlert } from "./alerts.js";
import { text } from "./strings.js";

/**
 * How the person uses the page: every field of the form is kept in their preferences under
 * its own name, as soon as it is changed. `true` and `false` are kept as such.
 */
export class Habits {
  #form;
  #preferences;

  constructor(form, preferences) {
    this.#form = form;
    this.#preferences = preferences;
    form.addEventListener("change", ({ target }) => this.#changed(target));
    form.addEventListener("submit", (event) => event.preventDefault());
    preferences.addEventListener("changed", () => this.#show());
    this.#show();
  }

  #show() {
    for (const field of this.#form.elements) {
      const value = this.#preferences.values[field.name];
      if (value === undefined) continue;
      if (field.type === "radio") field.checked = field.value === String(value);
      else if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
  }

  async #changed(field) {
    const value = field.type === "checkbox" ? field.checked : parsed(field.value);
    if (field.name === "notify" && value && !(await mayAlert())) {
      this.#show();
      return this.#say(text("alerts_forbidden"));
    }
    try {
      await this.#preferences.change({ [field.name]: value });
      if (field.name === "language") return location.reload();
      this.#say(text("kept"));
    } catch (error) {
      this.#show();
      this.#say(error.detail ?? text("request_failed"));
    }
  }

  #say(words) {
    this.#form.querySelector(".saved").textContent = words;
  }
}

function parsed(value) {
  return { true: true, false: false }[value] ?? value;
}
