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
  #coming = []; // changes on their way, the oldest first
  #last = Promise.resolve(); // settles when the last of them has arrived

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

  /** The values as they will be when all that is on its way is kept. */
  get coming() {
    return Object.assign({}, this.#values, ...this.#coming);
  }

  /** The settings that a new chat begins with: model, system_prompt, parameters. */
  get answerSettings() {
    const { model, system_prompt, parameters } = this.#values;
    return { model, system_prompt, parameters };
  }

  /** Keep these values, after those that were to be kept before. Raises RequestError. */
  change(values) {
    this.#coming.push(values);
    const kept = this.#last.then(() => this.#keep(values));
    this.#last = kept.catch(() => {});
    return kept;
  }

  async #keep(values) {
    const kept = await this.#send(values).finally(() => {
      this.#coming = this.#coming.filter((each) => each !== values);
    });
    this.#channel.postMessage(kept);
    this.#take(kept);
  }

  async #send(values) {
    const response = await this.#pages.post(this.#address, JSON.stringify(values));
    return response.json();
  }

  #take(values) {
    this.#values = values;
    this.dispatchEvent(new Event("changed"));
  }
}
