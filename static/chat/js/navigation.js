const KEEP_AT_MOST = 50; // scroll positions

/**
 * Moves between conversations without loading a page: fetch it, take its rows, and write
 * the address. Back and forward do the same.
 *
 * Events: `arrived` (detail: `{conversation, page, scroll}`; page is null for a new chat),
 * `missing` (detail: the conversation), `failed`.
 */
export class Navigation extends EventTarget {
  #pages;
  #readScroll;
  #current;
  #scrolls = new Map();
  #going = null;

  /** `readScroll` gives the position of the conversation that is left. */
  constructor(pages, readScroll) {
    super();
    this.#pages = pages;
    this.#readScroll = readScroll;
    this.#current = pages.conversationAt(location.pathname);
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => this.#go(pages.conversationAt(location.pathname)));
  }

  /** The conversation in the address, or null. */
  get current() {
    return this.#current;
  }

  /** Whether a page is on its way. */
  get isGoing() {
    return this.#going !== null;
  }

  async open(conversation) {
    if (conversation === this.#current && !this.isGoing) return;
    if (await this.#go(conversation)) this.#write("pushState");
  }

  /** An empty page needs nothing from the server, so it is there without a connection too. */
  begin() {
    const isMove = this.#current !== null;
    this.#leave();
    this.#arrive(null, null);
    if (isMove) this.#write("pushState");
  }

  /** The new chat on this page is a conversation now. */
  settle(conversation) {
    this.#current = conversation;
    this.#write("replaceState");
  }

  /** The page of a conversation as it is now; `message` chooses the branch. Raises RequestError. */
  fetch(conversation, { message = null, signal } = {}) {
    const query = message ? `?message=${message}` : "";
    return this.#pages.fetch(this.#pages.addressOf(conversation) + query, { signal });
  }

  async #go(conversation) {
    this.#leave();
    if (conversation === null) return this.#arrive(null, null);
    const going = (this.#going = new AbortController());
    try {
      const page = await this.fetch(conversation, { signal: going.signal });
      if (going !== this.#going) return false;
      this.#going = null;
      return this.#arrive(conversation, page);
    } catch (error) {
      if (going === this.#going) this.#fail(conversation, error);
      return false;
    }
  }

  #leave() {
    this.#going?.abort();
    this.#going = null;
    this.#scrolls.set(this.#current, this.#readScroll());
    if (this.#scrolls.size > KEEP_AT_MOST) this.#scrolls.delete(this.#scrolls.keys().next().value);
  }

  #arrive(conversation, page) {
    this.#current = conversation;
    const scroll = this.#scrolls.get(conversation) ?? null;
    this.#tell("arrived", { conversation, page, scroll });
    return true;
  }

  #fail(conversation, error) {
    this.#going = null;
    if (error.status === 404) this.#tell("missing", conversation);
    else this.#tell("failed", error);
  }

  #write(how) {
    const { newChat } = this.#pages;
    const address = this.#current ? this.#pages.addressOf(this.#current) : newChat;
    if (location.pathname + location.search !== address) history[how](null, "", address);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
