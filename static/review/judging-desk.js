// <judging-desk hold leave draft>: the transcript, the rubric and the keys of one conversation.
//
// While it is open nobody else gets the conversation (`hold`), when it is left the next one may
// (`leave`), and what is answered is kept as it is answered (`draft`).

import { Answers, isCommand, isWriting, readBy } from "./reading-keys.js";

const KEEP_AFTER = 500; // milliseconds without another change
const TRY_AGAIN = 5_000; // milliseconds after what could not be kept
const STILL_HERE = 60_000; // milliseconds between two signs of life

class JudgingDesk extends HTMLElement {
  #form = null;
  #answers = null;
  #hold = null;
  #timer = null;
  #keeping = Promise.resolve();
  #isSent = false;

  connectedCallback() {
    this.#form = this.querySelector("#rubric");
    this.#answers = new Answers();
    this.#answers.onchange = (answer) => this.#showQuestionsOf(answer);
    this.#answers.first();
    if (!this.#answers.current) this.#showQuestionsOf(null);
    this.#goTo(this.querySelector("fieldset.missing"));
    this.addEventListener("change", ({ target }) => this.#chooseNoneOrSome(target));
    addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("click", ({ target }) => this.#fill(target.closest("[data-fill]")));
    this.addEventListener("input", () => this.#keepSoon());
    this.addEventListener("submit", ({ target }) => {
      if (target.id === "take-back") return; // this one is only left for another
      this.#isSent = true;
      clearTimeout(this.#timer);
    });
    if (this.hasAttribute("hold")) this.#holdOn();
    addEventListener("pagehide", () => this.#leave());
  }

  #press(event) {
    const { ctrlKey, metaKey, isComposing, key, target } = event;
    if ((ctrlKey || metaKey) && key === "Enter") this.querySelector(".foot .default").click();
    else if (key === "Escape" && !isComposing && isWriting(target)) target.blur();
    else if (!isCommand(event) || !(this.#judgeBy(event) || readBy(event, this.#answers))) return;
    event.preventDefault();
  }

  #judgeBy({ code }) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
    if (digit) return this.#label(digit) || this.#rate(digit);
    if (code === "KeyC") return this.#write();
    if (code === "KeyS") return this.#click("[form=skip]");
    if (code === "KeyL") return this.#click("[name=needs_lead]");
    return false;
  }

  #click(selector) {
    const button = this.querySelector(selector);
    button?.click();
    return Boolean(button);
  }

  /** Goes to the first text that can be written; Escape leads back to the keys. */
  #write() {
    const text = this.querySelector("fieldset:not([hidden], [disabled]) textarea");
    text?.focus();
    return Boolean(text);
  }

  /** Sets the label of this place, or takes it back, where the labels have the focus. */
  #label(digit) {
    const labels = document.activeElement.closest("fieldset.labels:not([disabled])");
    const box = labels?.querySelectorAll("input")[digit - 1];
    box?.click();
    box?.focus();
    return Boolean(labels);
  }

  /** Answers the scale that has the focus, or else the first that is open, and goes on. */
  #rate(digit) {
    const scales = [...this.querySelectorAll("fieldset.scale:not([hidden], [disabled])")];
    const isOpen = (scale) => !scale.querySelector(":checked");
    const scale =
      scales.find((each) => each.contains(document.activeElement)) ?? scales.find(isOpen);
    const step = scale?.querySelector(`[value="${digit}"]`);
    if (!step) return false;
    step.click();
    const next = scales.slice(scales.indexOf(scale) + 1).find(isOpen) ?? scale;
    (next.querySelector(":checked") ?? next.querySelector("input")).focus();
    return true;
  }

  /** Looks at what still wants an answer, and at the answer it is about. */
  #goTo(asked) {
    if (!asked) return;
    this.#answers.find(asked.dataset.about);
    if (asked.hidden) this.#showQuestionsOf(asked.dataset.about); // an answer of another branch
    asked.querySelector(":checked, input, textarea").focus();
  }

  /** Takes over what a reviewer wrote, to be changed or left. */
  #fill(button) {
    if (!button) return;
    const text = this.#form.elements[button.dataset.fill];
    text.value = button.closest("dd").querySelector(".said").textContent;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    this.#goTo(text.closest("fieldset"));
  }

  /** Takes back "none of these" for a label, and the labels for that. */
  #chooseNoneOrSome(box) {
    const labels = box.checked && box.closest("fieldset.labels");
    if (!labels) return;
    const isNone = (each) => Boolean(each.closest(".none"));
    for (const each of labels.querySelectorAll(":checked")) {
      if (isNone(each) !== isNone(box)) each.checked = false;
    }
  }

  #showQuestionsOf(answer) {
    for (const asked of this.querySelectorAll("[data-about]")) {
      asked.hidden = asked.dataset.about !== answer;
    }
  }

  #keepSoon() {
    if (!this.hasAttribute("draft")) return;
    this.#keepAfter(KEEP_AFTER);
  }

  #keepAfter(pause) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#keeping = this.#keeping.then(() => this.#keep()); // an older one never comes later
    }, pause);
  }

  async #keep() {
    const answer = await fetch(this.getAttribute("draft"), this.#post()).catch(() => null);
    if (this.#isSent) return;
    const isKept = answer?.status === 204; // who is signed out is led to a page that is there
    const told = this.querySelector(".kept");
    told.textContent = isKept ? told.dataset.kept : told.dataset.failed;
    told.classList.toggle("failed", !isKept);
    if (!isKept && !this.#timer) this.#keepAfter(TRY_AGAIN);
  }

  #post() {
    return { method: "POST", body: new FormData(this.#form), keepalive: true };
  }

  #holdOn() {
    this.#hold = crypto.randomUUID?.() ?? String(Math.random());
    const beat = () => document.hidden || this.#tell("hold");
    beat();
    setInterval(beat, STILL_HERE);
    document.addEventListener("visibilitychange", beat);
  }

  #leave() {
    if (this.#isSent) return; // what was sent lets go of it, or takes it along
    if (this.#timer) fetch(this.getAttribute("draft"), this.#post());
    if (this.#hold) this.#tell("leave");
  }

  #tell(what) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.#form.elements.csrfmiddlewaretoken.value);
    body.set("hold", this.#hold);
    return fetch(this.getAttribute(what), { method: "POST", body, keepalive: true }).catch(() => {});
  }
}

customElements.define("judging-desk", JudgingDesk);
