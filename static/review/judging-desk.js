// <judging-desk hold leave draft>: the transcript, the rubric and the keys of one conversation.
//
// While it is open nobody else gets the conversation (`hold`), when it is left the next one may
// (`leave`), and what is answered is kept as it is answered (`draft`).

import { Answers, isCommand, readBy } from "./reading-keys.js";

const KEEP_AFTER = 500; // milliseconds without another change
const STILL_HERE = 60_000; // milliseconds between two signs of life

class JudgingDesk extends HTMLElement {
  #form = null;
  #answers = null;
  #hold = null;
  #timer = null;
  #isSent = false;

  connectedCallback() {
    this.#form = this.querySelector("#rubric");
    this.#answers = new Answers();
    this.#answers.onchange = (answer) => this.#showQuestionsOf(answer);
    this.#answers.first();
    if (!this.#answers.current) this.#showQuestionsOf(null);
    addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("input", () => this.#keepSoon());
    this.addEventListener("submit", () => {
      this.#isSent = true;
      clearTimeout(this.#timer);
    });
    if (this.hasAttribute("hold")) this.#holdOn();
    addEventListener("pagehide", () => this.#leave());
  }

  #press(event) {
    if (event.ctrlKey && event.key === "Enter") this.querySelector(".foot .default").click();
    else if (!isCommand(event) || !(this.#judgeBy(event) || readBy(event, this.#answers))) return;
    event.preventDefault();
  }

  #judgeBy({ code }) {
    const digit = /^(?:Digit|Numpad)([1-5])$/.exec(code)?.[1];
    if (digit) return this.#rate(digit);
    if (code === "KeyS") return this.#click("[form=skip]");
    if (code === "KeyL") return this.#click("[name=needs_lead]");
    return false;
  }

  #click(selector) {
    const button = this.querySelector(selector);
    button?.click();
    return Boolean(button);
  }

  /** Answers the scale that has the focus, or else the first that is open, and goes on. */
  #rate(digit) {
    const scales = [...this.querySelectorAll("fieldset.scale:not([hidden], [disabled])")];
    const isOpen = (scale) => !scale.querySelector(":checked");
    const scale =
      scales.find((each) => each.contains(document.activeElement)) ?? scales.find(isOpen);
    if (!scale) return false;
    scale.querySelector(`[value="${digit}"]`).click();
    const next = scales.slice(scales.indexOf(scale) + 1).find(isOpen) ?? scale;
    (next.querySelector(":checked") ?? next.querySelector("input")).focus();
    return true;
  }

  #showQuestionsOf(answer) {
    for (const asked of this.querySelectorAll("[data-about]")) {
      asked.hidden = asked.dataset.about !== answer;
    }
  }

  #keepSoon() {
    if (!this.hasAttribute("draft")) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), KEEP_AFTER);
  }

  async #keep() {
    this.#timer = null;
    const answer = await fetch(this.getAttribute("draft"), this.#post()).catch(() => null);
    this.dataset.kept = answer?.ok ? "yes" : "no";
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
