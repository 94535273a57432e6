/** `<sent-request src>`: what a model server got, fetched when its folded block is opened. */
class SentRequest extends HTMLElement {
  connectedCallback() {
    const details = this.closest("details");
    details.addEventListener("toggle", () => details.open && this.#show(), { once: true });
  }

  async #show() {
    const answer = await fetch(this.getAttribute("src"));
    if (!answer.ok) return; // the link in here says the same and more
    const block = document.createElement("pre");
    block.textContent = await answer.text();
    block.tabIndex = 0;
    this.replaceChildren(block);
  }
}

customElements.define("sent-request", SentRequest);
