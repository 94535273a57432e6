import { show } from "./dialogs.js";
import { Habits } from "./habits.js";
import { Library } from "./library.js";
import { PresetsPanel } from "./presets.js";
import { PromptsPanel } from "./prompts.js";
import { SettingsForm } from "./settings-form.js";
import { Tabs } from "./tabs.js";

const NOTHING = { model: "", system_prompt: "", parameters: {} };

/** The dialog of all settings. */
export class SettingsDialog {
  #dialog = document.getElementById("settings");
  #tabs;
  #own;
  #usual;
  #parts;
  #presets;
  #prompts;

  /** `parts` as of the Settings; `prompts` is their library. */
  constructor(parts, prompts) {
    this.#parts = parts;
    const { answerSettings, app, pages, preferences } = parts;
    this.#tabs = new Tabs(this.#dialog.querySelector("[role=tablist]"));
    this.#own = new SettingsForm(
      this.#find("[data-settings=chat]"),
      (values) => answerSettings.change(values),
      () => ({ ...preferences.answerSettings, model: answerSettings.current.model }),
    );
    this.#usual = new SettingsForm(
      this.#find("[data-settings=usual]"),
      (values) => preferences.change(values),
      () => NOTHING,
    );
    this.#presets = new Library(pages, app.dataset.presets);
    this.#prompts = prompts;
    new Habits(this.#find(".habits"), preferences);
    new PresetsPanel(this.#dialog, this.#presets, answerSettings);
    new PromptsPanel(this.#find("#settings-prompts"), this.#prompts);
    this.#listen();
    this.#dialog.dataset.ready = "";
  }

  /** Show it, with the panel of this id. */
  open(panel) {
    this.#tabs.show(panel);
    this.#show();
    if (!this.#dialog.open) show(this.#dialog);
    for (const library of [this.#presets, this.#prompts]) library.load().catch(() => {});
  }

  #listen() {
    const { answerSettings, models, preferences } = this.#parts;
    answerSettings.addEventListener("changed", () => this.#show());
    preferences.addEventListener("changed", () => this.#show());
    models.addEventListener("changed", () => this.#offer());
  }

  #show() {
    const { answerSettings, models, preferences } = this.#parts;
    const { current } = answerSettings;
    const shown = { ...current, model: models.chosen ?? current.model };
    this.#own.show(shown, answerSettings.conversation);
    this.#usual.show(preferences.coming);
    this.#offer();
  }

  #offer() {
    for (const each of [this.#own, this.#usual]) each.offer(this.#parts.models.offered);
  }

  #find(selector) {
    return this.#dialog.querySelector(selector);
  }
}
