import { text } from "./strings.js";

/** The title of the tab: the conversation, and whether its answer is written or done. */
export class TabTitle {
  #name;
  #mark = "";

  constructor(name) {
    this.#name = name;
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  set name(name) {
    this.#name = name;
    this.#show();
  }

  begin() {
    this.#mark = `… ${text("title_answering")}: `;
    this.#show();
  }

  /** Whoever looks away is told; whoever looks on has seen it. */
  end() {
    this.#mark = document.hidden ? `✓ ${text("title_done")}: ` : "";
    this.#show();
  }

  clear() {
    this.#mark = "";
    this.#show();
  }

  #seen() {
    if (!document.hidden && this.#mark.startsWith("✓")) this.clear();
  }

  #show() {
    document.title = `${this.#mark}${this.#name} – H2O Chat`;
  }
}
