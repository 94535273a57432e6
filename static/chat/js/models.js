import { text } from "./strings.js";

const SOON = 2_000; // ms to the next look while a model gets ready
const LATER = 15_000; // ms while one does not answer
const READY_FOR = 4_000; // ms that "ready" is shown

/** Which model answers, and whether it can. */
export class Models {
  #select;
  #strip;
  #chip;
  #notice;
  #who;
  #load;
  #shelf;
  #models;
  #timer = null;
  #wasReady = true;

  /** `load` fetches the list that GET /models/ gives. */
  constructor(page, models, load, shelf) {
    this.#select = page.querySelector(".picker select");
    this.#strip = page.querySelector(".strip");
    this.#chip = page.querySelector(".chip.model");
    this.#notice = page.querySelector(".model-notice");
    this.#who = page.querySelector(".welcome .who");
    this.#models = models;
    this.#load = load;
    this.#shelf = shelf;
    this.#select.addEventListener("change", () => this.#choose());
  }

  /** The model to ask, or undefined where the server has one to choose from. */
  get chosen() {
    return (this.#models.length > 1 && this.#select.value) || undefined;
  }

  /** Show the models for a conversation that has asked this one ("": the usual one). */
  open(model) {
    const usual = this.#shelf.get("model");
    this.#list(this.#has(model) ? model : usual);
    this.#show();
    this.#lookAgain();
  }

  /** Ask the server now: something went wrong, or the person has come back. */
  async look() {
    clearTimeout(this.#timer);
    try {
      this.#models = (await this.#load()).models;
      this.#list(this.#select.value);
      this.#show();
    } catch {
      // The banner tells about the connection; the next look may succeed.
    }
    this.#lookAgain();
  }

  get #current() {
    return this.#models.find(({ name }) => name === this.#select.value) ?? this.#models[0] ?? null;
  }

  #has(model) {
    return this.#models.some(({ name }) => name === model);
  }

  #choose() {
    this.#shelf.set("model", this.#select.value);
    this.#show();
  }

  #list(chosen) {
    const names = this.#models.map(({ name }) => name).join("\n");
    if (this.#select.dataset.names !== names) {
      this.#select.replaceChildren(...this.#models.map(optionOf));
      this.#select.dataset.names = names;
    }
    if (this.#has(chosen)) this.#select.value = chosen;
    this.#select.disabled = this.#models.length < 2;
    this.#select.hidden = this.#models.length === 0;
  }

  #show() {
    const model = this.#current;
    const state = model?.state ?? "down";
    this.#chip.dataset.state = state;
    this.#chip.querySelector(".name").textContent = labelOf(model);
    this.#chip.hidden = !model;
    this.#notice.textContent = model?.notice ?? "";
    this.#who.textContent = model?.notice ?? "";
    this.#showState(model, state);
  }

  #showState(model, state) {
    const isReady = state === "up";
    if (isReady && this.#wasReady) return this.#hideStrip();
    const sentence = model ? sentenceOf(model) : text("model_none");
    this.#strip.dataset.state = state;
    this.#strip.querySelector(".words").textContent = sentence;
    this.#strip.hidden = false;
    if (isReady) setTimeout(() => this.#hideStrip(), READY_FOR);
    this.#wasReady = isReady;
  }

  #hideStrip() {
    if (this.#current?.state === "up") this.#strip.hidden = true;
  }

  #lookAgain() {
    clearTimeout(this.#timer);
    const states = this.#models.map(({ state }) => state);
    const isLoading = states.length === 0 || states.includes("loading");
    if (isLoading || states.includes("down")) {
      this.#timer = setTimeout(() => this.look(), isLoading ? SOON : LATER);
    }
  }
}

function optionOf(model) {
  const option = document.createElement("option");
  option.value = model.name;
  option.textContent = labelOf(model);
  return option;
}

function labelOf(model) {
  return model?.label || model?.name || "";
}

function sentenceOf(model) {
  if (model.state === "up") return text("model_ready", { model: labelOf(model) });
  return model.detail || text(`model_${model.state}`, { model: labelOf(model) });
}
