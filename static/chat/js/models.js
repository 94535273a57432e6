import { text } from "./strings.js";

const SOON = 2_000; // ms to the next look while a model gets ready
const LATER = 15_000; // ms while one does not answer
const MUCH_LATER = 60_000; // ms while all is well: one may die unnoticed
const READY_FOR = 4_000; // ms that "ready" is shown

/**
 * Which model answers, and whether it can.
 *
 * Events: `chosen` (detail: the name of the model that the person picked), `changed`.
 */
export class Models extends EventTarget {
  #page;
  #select;
  #strip;
  #notice;
  #who;
  #load;
  #shelf;
  #models;
  #timer = null;
  #isChosen = false; // by the person or their conversation, not as the usual one
  #wasReady = true;

  /** `load` fetches the list that GET /models/ gives. */
  constructor(page, models, load, shelf) {
    super();
    this.#page = page;
    this.#select = page.querySelector(".picker select");
    this.#strip = page.querySelector(".strip");
    this.#notice = page.querySelector(".model-notice");
    this.#who = page.querySelector(".welcome .who");
    this.#models = models;
    this.#load = load;
    this.#shelf = shelf;
    this.#select.addEventListener("change", () => this.#choose());
    this.#strip.querySelector("button").addEventListener("click", () => this.#offer());
  }

  /** The model to ask, or undefined where the server has one to choose from. */
  get chosen() {
    return (this.#models.length > 1 && this.#select.value) || undefined;
  }

  /** Show the models for a conversation that has asked this one ("": the usual one). */
  open(model) {
    const wanted = [model, this.#shelf.get("model")].find((name) => this.#has(name));
    this.#isChosen = wanted !== undefined;
    this.#list(wanted);
    this.#show();
    this.#lookAgain();
  }

  /** Ask the server now: something went wrong, or the person has come back. */
  async look() {
    clearTimeout(this.#timer);
    try {
      this.#models = (await this.#load()).models;
      this.#list(this.#kept);
      this.#show();
    } catch {
      // The banner tells about the connection; the next look may succeed.
    }
    this.#lookAgain();
  }

  /** All there are: `{name, label, state, context, …}`. */
  get offered() {
    return this.#models;
  }

  /** Those that can be asked by name. */
  get named() {
    return this.#models.filter(({ name }) => name);
  }

  /** The one that is asked next, or null. */
  get shown() {
    return this.#current;
  }

  get #current() {
    return this.#models.find(({ name }) => name === this.#select.value) ?? this.#models[0] ?? null;
  }

  /** What stays selected after a look: a choice, or whatever can answer. */
  get #kept() {
    const selected = this.#select.value;
    const isUp = this.#models.some(({ name, state }) => name === selected && state === "up");
    return this.#isChosen || isUp ? selected : undefined;
  }

  /** What is asked where nobody chose: the first model that is up, else the first. */
  get #usual() {
    const { named } = this;
    return (named.find(({ state }) => state === "up") ?? named[0])?.name ?? "";
  }

  #has(model) {
    return this.#models.some(({ name }) => name && name === model);
  }

  #choose() {
    this.#isChosen = true;
    this.#shelf.set("model", this.#select.value);
    this.#show();
    this.dispatchEvent(new CustomEvent("chosen", { detail: this.#select.value }));
  }

  #offer() {
    this.#select.focus();
    this.#select.showPicker?.();
  }

  #list(chosen) {
    const names = this.#models.map(({ name }) => name).join("\n");
    if (this.#select.dataset.names !== names) {
      const areNamed = this.#models.some(({ name }) => name);
      this.#select.replaceChildren(...this.#models.map((model) => optionOf(model, areNamed)));
      this.#select.dataset.names = names;
    }
    this.#select.value = this.#has(chosen) ? chosen : this.#usual;
    this.#select.disabled = this.#models.length < 2;
    this.#select.hidden = this.#models.length === 0;
    this.#page.toggleAttribute("data-models", this.named.length > 1);
  }

  #show() {
    const model = this.#current;
    const state = model?.state ?? "down";
    this.#select.parentElement.dataset.state = state;
    this.#select.title = labelOf(model);
    this.#notice.textContent = this.#who.textContent = model?.notice ?? "";
    this.#notice.title = this.#notice.textContent;
    this.#showState(model, state);
    this.dispatchEvent(new Event("changed"));
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
    if (states.length === 0 || states.includes("loading")) this.#lookAfter(SOON);
    else if (states.includes("down")) this.#lookAfter(LATER);
    else this.#timer = setTimeout(() => this.#lookIfSeen(), MUCH_LATER);
  }

  #lookAfter(wait) {
    this.#timer = setTimeout(() => this.look(), wait);
  }

  #lookIfSeen() {
    if (document.hidden) this.#lookAgain();
    else this.look();
  }
}

/** A server that has not told its models shows its state; beside real ones nobody can choose it. */
function optionOf(model, areNamed) {
  const option = document.createElement("option");
  option.value = model.name;
  option.textContent = labelOf(model);
  option.disabled = areNamed && !model.name;
  return option;
}

function labelOf(model) {
  return model?.label || model?.name || "";
}

function sentenceOf(model) {
  if (model.state === "up") return text("model_ready", { model: labelOf(model) });
  return model.detail || text(`model_${model.state}`, { model: labelOf(model) });
}
