import { text } from "./strings.js";

/** The title of the tab: the conversation, and whether its answer is written or done. */
export class TabTitle {
  #name;
  #isAnswering = false;
  #isDone = false; // an answer, and nobody has looked since
  #elsewhere = null; // the title of its conversation, if that is not the one on the page

  constructor(name) {
    this.#name = name;
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  set name(name) {
    this.#name = name;
    this.#show();
  }

  begin() {
    this.#isAnswering = true;
    this.#isDone = false;
    this.#show();
  }

  /** Whoever looks away is told; whoever looks on has seen it. */
  end() {
    this.#isAnswering = false;
    this.#done(null);
  }

  /** The same for the answer in a conversation, of this title, that the page does not show. */
  endElsewhere(title) {
    this.#done(title);
  }

  clear() {
    this.#isAnswering = false;
    this.#isDone = false;
    this.#show();
  }

  #done(elsewhere) {
    this.#isDone = document.hidden;
    this.#elsewhere = elsewhere;
    this.#show();
  }

  #seen() {
    if (document.hidden) return;
    this.#isDone = false;
    this.#show();
  }

  #show() {
    const name = (this.#isDone && this.#elsewhere) || this.#name;
    document.title = `${this.#mark}${name} – H2O Chat`;
  }

  get #mark() {
    if (this.#isDone) return `✓ ${text("title_done")}: `;
    return this.#isAnswering ? `… ${text("title_answering")}: ` : "";
  }
}
