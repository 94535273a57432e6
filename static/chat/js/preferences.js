const CHANNEL = "preferences";

/**
 * What the person wants of every new chat and of the page, as the server keeps it; tabs of
 * one browser tell each other.
 *
 * Events: `changed`.
 */
export class Preferences extends EventTarget {
  #pages;
  #address;
  #values;
  #channel = new BroadcastChannel(CHANNEL);

  /** `values` came with the page; `address` takes changes. */
  constructor(pages, address, values) {
    super();
    this.#pages = pages;
    this.#address = address;
    this.#values = values;
    this.#channel.addEventListener("message", ({ data }) => this.#take(data));
  }

  get values() {
    return this.#values;
  }

  /** The settings that a new chat begins with: model, system_prompt, parameters. */
  get answerSettings() {
    const { model, system_prompt, parameters } = this.#values;
    return { model, system_prompt, parameters };
  }

  /** Keep these values. Raises RequestError. */
  async change(values) {
    const response = await this.#pages.post(this.#address, JSON.stringify(values));
    const kept = await response.json();
    this.#channel.postMessage(kept);
    this.#take(kept);
  }

  #take(values) {
    this.#values = values;
    this.dispatchEvent(new Event("changed"));
  }
}
