const EVERY = 1000; // milliseconds

/** `<dataset-progress src>`: how far the taking is, until it has ended; then the page is shown anew. */
class DatasetProgress extends HTMLElement {
  #timer;

  connectedCallback() {
    if (this.getAttribute("src")) this.#timer = setInterval(() => this.#look(), EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  async #look() {
    const answer = await fetch(this.getAttribute("src")).catch(() => null);
    if (!answer?.ok) return; // the next look may find it
    const { done, total, is_under_way } = await answer.json();
    if (!is_under_way) {
      clearInterval(this.#timer);
      return location.reload();
    }
    const bar = this.querySelector("progress");
    bar.value = done;
    bar.max = total || 1; // until they are counted
    const words = this.querySelector("span");
    const numbers = [done, total];
    words.textContent = words.textContent.replace(/\d+/g, () => numbers.shift());
  }
}

customElements.define("dataset-progress", DatasetProgress);
