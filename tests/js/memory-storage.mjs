/** A web storage that lives in memory; `capacity` counts its characters. */
export class MemoryStorage {
  #items = new Map();
  #capacity;

  constructor(capacity = Infinity) {
    this.#capacity = capacity;
  }

  get length() {
    return this.#items.size;
  }

  key(at) {
    return [...this.#items.keys()][at] ?? null;
  }

  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  setItem(key, value) {
    if (value.length > this.#capacity) throw new DOMException("full", "QuotaExceededError");
    this.#items.set(key, value);
  }

  removeItem(key) {
    this.#items.delete(key);
  }
}
