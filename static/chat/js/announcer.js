import { text, textFor } from "./strings.js";

const APART = 7_000; // ms between two words on progress

/** Tells a screen reader that an answer is written, then the answer, never every token. */
export class Announcer {
  #region;
  #timer = null;

  constructor(region) {
    this.#region = region;
  }

  /** `read` gives the answer as it stands. */
  begin(read) {
    this.stop();
    this.say(text("announce_answering"));
    this.#timer = setInterval(() => {
      const count = read().split(/\s+/).filter(Boolean).length;
      this.say(textFor("announce_progress", count));
    }, APART);
  }

  end(sentence) {
    this.stop();
    this.say(sentence);
  }

  stop() {
    clearInterval(this.#timer);
  }

  say(sentence) {
    this.#region.textContent = sentence;
  }
}
