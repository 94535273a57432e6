/** Sentences above the composer that stay until they are dismissed or another word is sent. */
export class Notices {
  #box;

  constructor(box) {
    this.#box = box;
    box.addEventListener("click", ({ target }) => {
      if (target.closest("button")) target.closest(".notice").remove();
    });
  }

  show(sentence) {
    const template = document.getElementById("notice");
    const notice = document.importNode(template.content, true);
    notice.querySelector(".words").textContent = sentence;
    this.#box.replaceChildren(notice);
  }

  clear() {
    this.#box.replaceChildren();
  }
}
