/** Sentences above the composer that stay until they are dismissed or another word is sent. */
export class Notices {
  #box;

  constructor(box) {
    this.#box = box;
    box.addEventListener("click", ({ target }) => {
      if (target.closest("button")) target.closest(".notice").remove();
    });
  }

  /** Something went wrong. */
  show(sentence) {
    this.#put(sentence);
  }

  /** Something was done that `undo` takes back; stays while the person moves about. */
  offer(sentence, undo) {
    const notice = this.#put(sentence);
    notice.dataset.kind = "done";
    const button = notice.querySelector(".undo");
    button.hidden = false;
    button.addEventListener("click", undo);
  }

  /** The person has gone on to something else. */
  clear() {
    this.#box.replaceChildren();
  }

  /** Another conversation is shown: what is about the one before goes. */
  moved() {
    for (const notice of this.#box.querySelectorAll(".notice:not([data-kind])")) notice.remove();
  }

  #put(sentence) {
    const template = document.getElementById("notice");
    const notice = document.importNode(template.content, true).firstElementChild;
    notice.querySelector(".words").textContent = sentence;
    this.#box.replaceChildren(notice);
    return notice;
  }
}
