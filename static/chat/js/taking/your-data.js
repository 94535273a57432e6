import { show } from "../dialogs.js";
import { text } from "../strings.js";
import { Importing } from "./importing.js";

/** The dialog with all that a person takes along, brings in, and shows to others. */
export class YourData {
  #pages;
  #dialog;
  #shares;

  constructor(pages, exporting) {
    this.#pages = pages;
    this.#dialog = document.getElementById("your-data");
    this.#shares = this.#dialog.querySelector(".share-list");
    new Importing(pages, this.#dialog.querySelector(".import"));
    this.#dialog.querySelector("[data-export=all]").addEventListener("click", () => exporting.all());
    this.#shares.addEventListener("click", ({ target }) => this.#end(target.closest("button")));
  }

  open() {
    show(this.#dialog);
    return this.#listShares();
  }

  async #listShares() {
    try {
      const page = await this.#pages.fetch(this.#pages.at("shares/"));
      this.#shares.replaceChildren(...page.body.children);
    } catch {
      this.#shares.textContent = text("request_failed");
    }
  }

  async #end(button) {
    if (!button?.dataset.revoke) return;
    button.disabled = true;
    try {
      await this.#pages.post(button.dataset.revoke, null);
    } catch {
      // It may have ended by itself: the list says what is there.
    }
    await this.#listShares();
    (this.#shares.querySelector("button") ?? this.#shares).focus();
  }
}
