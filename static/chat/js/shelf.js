/**
 * What one person leaves in this browser: JSON values in a web storage, under names of
 * their own. Where the storage is blocked or full, a value lives as long as the page.
 */
export class Shelf {
  #storage;
  #prefix;
  #here = new Map();

  constructor(storage, person) {
    this.#storage = storage;
    this.#prefix = `chat:${person}:`;
  }

  get(name) {
    if (this.#here.has(name)) return this.#here.get(name);
    try {
      return JSON.parse(this.#storage.getItem(this.#prefix + name));
    } catch {
      return null;
    }
  }

  set(name, value) {
    this.#here.delete(name);
    try {
      this.#storage.setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      this.#here.set(name, value);
    }
  }

  remove(name) {
    this.#here.delete(name);
    try {
      this.#storage.removeItem(this.#prefix + name);
    } catch {
      // Nothing is stored where nothing can be.
    }
  }

  /** The names that begin with this. */
  names(beginning = "") {
    const stored = this.#keys()
      .filter((key) => key.startsWith(this.#prefix))
      .map((key) => key.slice(this.#prefix.length));
    return [...new Set([...stored, ...this.#here.keys()])].filter((name) =>
      name.startsWith(beginning),
    );
  }

  clear() {
    for (const name of this.names()) this.remove(name);
  }

  #keys() {
    try {
      return Array.from({ length: this.#storage.length }, (_, at) => this.#storage.key(at));
    } catch {
      return [];
    }
  }
}

/** What this browser keeps for this tab alone, or nothing where it is blocked. */
export function passingStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** This browser's lasting storage, or nothing where it is blocked. */
export function lastingStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The name of a conversation's draft on a shelf; null: of a new chat's. */
export function draftOf(conversation) {
  return `draft:${conversation ?? "new"}`;
}
