import { contextUse, turnTokens } from "./context-use.js";
import { openBeside } from "./menus.js";
import { countCharacters } from "./reply.js";
import { number, text, textFor } from "./strings.js";

const SOON = 400; // ms: what changes together is asked for once
const TYPING = 150; // ms without typing
const NOTHING = { system: 0, turns: [] };

/**
 * The meter beside the composer: how full the model's context will be, what the message
 * counts, and whether old turns will be left out. The server counts what is stored, this
 * page what is being written.
 */
export class ContextMeter {
  #area;
  #button;
  #note;
  #lines;
  #parts;
  #use = NOTHING;
  #asking = null;
  #drawing = null;

  /**
   * `parts`: `answerSettings`, `models`, `pages`; `conversation()` gives the one to ask about, and
   * `isOnLine()` says whether that can be done now.
   */
  constructor(form, parts) {
    this.#parts = parts;
    this.#area = form.querySelector("textarea");
    this.#button = form.querySelector(".meter");
    this.#note = form.querySelector(".cut-note");
    this.#lines = document.getElementById("context-use");
    form.addEventListener("input", () => this.drawSoon());
    this.#button.addEventListener("click", () => openBeside(this.#lines, this.#button));
    parts.answerSettings.addEventListener("changed", () => this.refresh());
    parts.models.addEventListener("changed", () => this.drawSoon());
  }

  /** The conversation, or what is stored of it, has changed, or the line is there. */
  refresh() {
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), SOON);
  }

  async #ask() {
    const { conversation, isOnLine, pages } = this.#parts;
    const asked = conversation();
    if (asked && !isOnLine()) return this.#draw();
    try {
      const use = asked ? await pages.json(`${pages.addressOf(asked)}context/`) : NOTHING;
      if (asked === conversation()) this.#use = use;
    } catch {
      // It stays as it was; the next answer asks again.
    }
    this.#draw();
  }

  /** What is written may have changed. */
  drawSoon() {
    clearTimeout(this.#drawing);
    this.#drawing = setTimeout(() => this.#draw(), TYPING);
  }

  #draw() {
    const { answerSettings, models } = this.#parts;
    const context = models.shown?.context;
    const words = this.#area.value;
    this.#button.hidden = !context;
    if (!context) return this.#showCut(0);
    const { parameters, system_prompt } = answerSettings.current;
    const use = contextUse({
      system: turnTokens(system_prompt),
      turns: this.#use.turns,
      draft: turnTokens(words),
      context,
      maxTokens: parameters.max_tokens,
    });
    this.#show(use, words);
  }

  #show({ tokens, most, cut }, words) {
    const full = Math.min(1, tokens / most);
    this.#button.style.setProperty("--full", full);
    this.#button.toggleAttribute("data-full", full > 0.85);
    const label = text("context_full", { percent: number(Math.round(100 * full)) });
    this.#button.setAttribute("aria-label", label);
    this.#button.title = label;
    const values = { tokens: number(tokens), most: number(most) };
    const length = { count: number(countCharacters(words)), most: number(this.#area.dataset.longest) };
    const lines = [text("context_tokens", values), text("context_characters", length)];
    this.#lines.replaceChildren(...lines.map(paragraph));
    this.#showCut(cut);
  }

  #showCut(cut) {
    const words = cut ? textFor("context_cut", cut) : "";
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.hidden = !cut;
  }
}

function paragraph(words) {
  return Object.assign(document.createElement("p"), { textContent: words });
}
