/** `<sent-request src>`: what a model server got, fetched when its folded block is opened. */
class SentRequest extends HTMLElement {
  connectedCallback() {
    const details = this.closest("details");
    details.addEventListener("toggle", () => details.open && this.#show());
  }

  async #show() {
    if (this.querySelector("pre")) return;
    // A page that is led to, which asks who it is or why, is not what was sent.
    const answer = await fetch(this.getAttribute("src"), { redirect: "manual" }).catch(() => null);
    if (!answer?.ok) {
      this.querySelector("p").hidden = false;
      return;
    }
    const block = document.createElement("pre");
    block.textContent = await answer.text();
    block.tabIndex = 0;
    this.replaceChildren(block);
  }
}

customElements.define("sent-request", SentRequest);
