import { text } from "./strings.js";

const OFFERED_FOR = 10_000; // ms that a way back stands at the least

/**
 * Sentences above the composer: at most one of what went wrong, one of what was done, with
 * the way back, and one of what holds an answer up. Each stays until it is dismissed; the
 * first two also until the person goes on, and the last until the answer does.
 */
export class Notices {
  #box;

  /** `goOn` is called when a button has been pressed and is gone with its sentence. */
  constructor(box, goOn) {
    this.#box = box;
    box.addEventListener("click", ({ target }) => {
      if (!target.closest("button")) return;
      target.closest(".notice").remove();
      goOn();
    });
  }

  /** Something went wrong. */
  show(sentence) {
    this.#put(sentence, "wrong");
  }

  /** A request failed. What the server did not refuse with a sentence, `again` may bring about. */
  failed(error, again) {
    const notice = this.#put(error.detail ?? text("request_failed"), "wrong");
    if (!error.detail) this.#give(notice, ".again", again);
  }

  /** An answer is held up, wherever the person goes meanwhile. */
  hold(sentence) {
    this.#put(sentence, "held-up");
  }

  /** No answer is held up any more. */
  release() {
    this.#of("held-up")?.remove();
  }

  /** Something was done that `undo` takes back; stays while the person moves about. */
  offer(sentence, undo) {
    const notice = this.#put(sentence, "done");
    notice.dataset.since = Date.now();
    this.#give(notice, ".undo", undo);
  }

  /** The person has gone on to something else; who does so at once may still want the way back. */
  clear() {
    this.moved();
    const done = this.#of("done");
    if (Date.now() - done?.dataset.since > OFFERED_FOR) done.remove();
  }

  /** Another conversation is shown: what is about the one before goes. */
  moved() {
    this.#of("wrong")?.remove();
  }

  #put(sentence, kind) {
    this.#of(kind)?.remove();
    const template = document.getElementById("notice");
    const notice = document.importNode(template.content, true).firstElementChild;
    notice.dataset.kind = kind;
    notice.querySelector(".words").textContent = sentence;
    this.#box.append(notice);
    return notice;
  }

  #give(notice, selector, act) {
    const button = notice.querySelector(selector);
    button.hidden = false;
    button.addEventListener("click", () => act());
  }

  #of(kind) {
    return this.#box.querySelector(`[data-kind=${kind}]`);
  }
}
