/**
 * What a person keeps under names on the server: presets, or prompts. It is fetched when it
 * is first needed.
 *
 * Events: `changed`.
 */
export class Library extends EventTarget {
  #pages;
  #address;
  #items = null;

  constructor(pages, address) {
    super();
    this.#pages = pages;
    this.#address = address;
  }

  /** Those that are known, by name. */
  get items() {
    return this.#items ?? [];
  }

  get isLoaded() {
    return this.#items !== null;
  }

  /** Fetch them anew. Raises RequestError. */
  async load() {
    this.#items = (await this.#pages.json(this.#address)).items;
    this.#tell();
  }

  /** Keep a new one; gives it. Raises RequestError. */
  add(values) {
    return this.#keep(this.#address, values);
  }

  /** Change one; gives it. Raises RequestError. */
  change(id, values) {
    return this.#keep(`${this.#address}${id}/`, values);
  }

  /** Let go of one. Raises RequestError. */
  async remove(id) {
    await this.#pages.post(`${this.#address}${id}/delete/`);
    this.#items = this.items.filter((item) => item.id !== id);
    this.#tell();
  }

  async #keep(address, values) {
    const kept = await (await this.#pages.post(address, JSON.stringify(values))).json();
    const others = this.items.filter(({ id }) => id !== kept.id);
    this.#items = [...others, kept].sort((one, other) => one.name.localeCompare(other.name));
    this.#tell();
    return kept;
  }

  #tell() {
    this.dispatchEvent(new Event("changed"));
  }
}
