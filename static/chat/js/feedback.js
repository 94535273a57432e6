import { text } from "./strings.js";

const NONE = { verdict: "", reasons: [], words: "" };

/** What the person thinks of the answer in this row: `{verdict, reasons, words}`. */
export function feedbackOf(element) {
  return element.dataset.feedback ? JSON.parse(element.dataset.feedback) : NONE;
}

/** Show it on the row's two buttons. */
export function showFeedback(element, feedback) {
  if (feedback.verdict) element.dataset.feedback = JSON.stringify(feedback);
  else delete element.dataset.feedback;
  for (const button of element.querySelectorAll("[data-action=judge]")) {
    button.setAttribute("aria-pressed", button.dataset.verdict === feedback.verdict);
  }
}

/**
 * Judging an answer. The press of a thumb is kept at once; the form that opens under the
 * answer adds reasons and words, or takes it all back.
 *
 * Events: `failed` (detail: `{error, again}`), `said` (detail: a sentence for a screen reader).
 */
export class Judging extends EventTarget {
  #pages;
  #base;
  #form = null;

  constructor(pages) {
    super();
    this.#pages = pages;
    this.#base = pages.newChat;
  }

  /** A thumb of this row was pressed. */
  async press({ element }, button) {
    const { verdict } = button.dataset;
    const before = feedbackOf(element);
    if (before.verdict === verdict && this.#form?.parentElement === element) return this.#close();
    const now = before.verdict === verdict ? before : { ...NONE, verdict };
    this.#open(element, now, button);
    if (now !== before) await this.#keep(element, now);
  }

  #open(element, feedback, button) {
    this.#form?.remove();
    const template = document.getElementById("judging");
    const form = document.importNode(template.content, true).firstElementChild;
    const isGood = feedback.verdict === "good";
    form.querySelector("h3").textContent = text(isGood ? "judging_good" : "judging_bad");
    form.querySelector(`fieldset:not([data-verdict=${feedback.verdict}])`).remove();
    for (const box of form.querySelectorAll("[name=reasons]")) {
      box.checked = feedback.reasons.includes(box.value);
    }
    form.elements.words.value = feedback.words;
    form.addEventListener("submit", (event) => this.#submit(event, element, feedback.verdict));
    form.addEventListener("keydown", (event) => this.#keyed(event));
    form.querySelector("[data-judging]").addEventListener("click", () => this.#takeBack(element));
    element.append(form);
    this.#form = Object.assign(form, { opener: button });
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("h3").focus({ preventScroll: true });
  }

  #close() {
    const { opener } = this.#form;
    this.#form.remove();
    this.#form = null;
    opener.focus({ preventScroll: true });
  }

  #keyed(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.#close();
  }

  async #submit(event, element, verdict) {
    event.preventDefault();
    const given = new FormData(event.target);
    const words = given.get("words").trim();
    const feedback = { verdict, reasons: given.getAll("reasons"), words };
    if (!(await this.#keep(element, feedback))) return;
    this.#close();
    this.#tell("said", text("judged"));
  }

  async #takeBack(element) {
    if (await this.#keep(element, NONE)) this.#close();
  }

  async #keep(element, feedback) {
    const before = feedbackOf(element);
    showFeedback(element, feedback);
    const { verdict, reasons, words } = feedback;
    const named = reasons.map((reason) => ["reasons", reason]);
    const body = new URLSearchParams([["verdict", verdict], ["words", words], ...named]);
    try {
      await this.#pages.post(`${this.#base}messages/${element.dataset.message}/feedback/`, body);
      return true;
    } catch (error) {
      showFeedback(element, before);
      this.#tell("failed", { error, again: () => this.#keep(element, feedback) });
      return false;
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
