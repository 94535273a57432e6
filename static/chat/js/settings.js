import { Library } from "./library.js";
import { PromptsMenu } from "./prompts-menu.js";
import { text } from "./strings.js";

const LATER = 5_000; // ms after which the dialog is fetched: settings can be made without a line

/**
 * What the page shows of the settings, the prompts that `/` in the composer offers, and the way
 * to the dialog, which is fetched when it is wanted, or once the page has settled.
 */
export class Settings {
  #parts;
  #prompts;
  #dialog = null;

  /** `parts`: `answerSettings`, `models`, `notices`, `pages`, `preferences`; `app`, `form`. */
  constructor(parts) {
    this.#parts = parts;
    const { answerSettings, app, form, pages } = parts;
    this.#prompts = new Library(pages, app.dataset.prompts);
    new PromptsMenu(form, this.#prompts, () => this.open("settings-prompts"));
    answerSettings.addEventListener("changed", () => {
      form.querySelector(".set").toggleAttribute("data-own", answerSettings.areOwn);
    });
    setTimeout(() => this.#fetched.catch(() => {}), LATER);
  }

  /** Show the dialog, with the panel of this id. */
  async open(panel = "settings-chat") {
    try {
      (await this.#fetched).open(panel);
    } catch (error) {
      if (this.#dialog) throw error;
      this.#parts.notices.show(text("request_failed"));
    }
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
