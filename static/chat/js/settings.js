import { Library } from "./library.js";

const LATER = 5_000; // ms after which all is fetched: settings can be made without a line

/**
 * What the page shows of the settings, the prompts that `/` in the composer offers, and the way
 * to the dialog. Dialog and prompts are fetched when they are wanted, or once the page has settled.
 */
export class Settings {
  #parts;
  #prompts;
  #menu = null;
  #dialog = null;

  /** `parts`: `answerSettings`, `models`, `notices`, `pages`, `preferences`; `app`, `form`. */
  constructor(parts) {
    this.#parts = parts;
    const { answerSettings, app, form, pages } = parts;
    this.#prompts = new Library(pages, app.dataset.prompts);
    form.addEventListener("input", ({ target }) => {
      if (target.value?.startsWith("/")) this.#fetchMenu();
    });
    answerSettings.addEventListener("changed", () => {
      form.querySelector(".set").toggleAttribute("data-own", answerSettings.areOwn);
    });
    setTimeout(() => {
      this.#fetchMenu();
      this.#fetched.catch(() => {});
    }, LATER);
  }

  /** Show the dialog, with the panel of this id. */
  async open(panel = "settings-chat") {
    try {
      (await this.#fetched).open(panel);
    } catch (error) {
      if (this.#dialog) throw error;
      this.#parts.notices.failed(error, () => this.open(panel));
    }
  }

  #fetchMenu() {
    this.#menu ??= import("./prompts-menu.js").then(
      ({ PromptsMenu }) =>
        new PromptsMenu(this.#parts.form, this.#prompts, () => this.open("settings-prompts")),
      () => (this.#menu = null),
    );
  }

  /** The dialog; what failed is tried again. */
  get #fetched() {
    this.#dialog ??= import("./settings-dialog.js").then(
      ({ SettingsDialog }) => new SettingsDialog(this.#parts, this.#prompts),
      (error) => {
        this.#dialog = null;
        throw error;
      },
    );
    return this.#dialog;
  }
}
