const REST = 200; // ms without a move after which a place is noted
const KEEP_AT_MOST = 50; // scroll positions

/**
 * Moves between conversations without loading a page: fetch it, take its rows, and write
 * the address. Back and forward do the same.
 *
 * Events: `arrived` (detail: `{conversation, page, scroll, message}`; page is null for a new
 * chat, message is one to be pointed at, or null), `missing` (detail: the conversation), `failed`
 * (detail: `{error, again}`).
 */
export class Navigation extends EventTarget {
  #pages;
  #readScroll;
  #current;
  #scrolls = new Map();
  #going = null;
  #noting = null;

  /** `readScroll` gives the position of the conversation that is left. */
  constructor(pages, readScroll) {
    super();
    this.#pages = pages;
    this.#readScroll = readScroll;
    this.#current = pages.conversationAt(location.pathname);
    history.scrollRestoration = "manual";
    addEventListener("popstate", ({ state }) => this.#back(state));
  }

  /** The conversation in the address, or null. */
  get current() {
    return this.#current;
  }

  /** Whether a page is on its way. */
  get isGoing() {
    return this.#going !== null;
  }

  /** The reader has moved: note where to, for a reload. */
  moved() {
    clearTimeout(this.#noting);
    this.#noting = setTimeout(() => {
      if (!this.isGoing) history.replaceState({ scroll: this.#readScroll() }, "");
    }, REST);
  }

  /** Where the reader was on this page before a reload, or what its address points at. */
  get beginning() {
    return { scroll: history.state?.scroll ?? null, message: messageIn(location) };
  }

  /** Go to a conversation, or to a message of it. */
  async open(conversation, message = null) {
    if (conversation === this.#current && !this.isGoing && !message) return;
    if (message) this.#scrolls.delete(conversation);
    if (await this.#go(conversation, message)) this.#write("pushState", message);
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

  /** The page of a conversation as it is now, or around a message. Raises RequestError. */
  fetch(conversation, { message = null, signal } = {}) {
    return this.#pages.fetch(this.#pages.linkTo(conversation, message), { signal });
  }

  /** A part of this conversation: `{before}`, `{after}` or `{through}` a message. */
  fetchPart(where) {
    const address = `${this.#pages.addressOf(this.#current)}messages/`;
    return this.#pages.fetch(`${address}?${new URLSearchParams(where)}`);
  }

  // What this page does not know, a page before it may have noted.
  #back(state) {
    const conversation = this.#pages.conversationAt(location.pathname);
    const isNoted = state?.scroll && !this.#scrolls.has(conversation);
    if (isNoted) this.#scrolls.set(conversation, state.scroll);
    this.#go(conversation, isNoted ? null : messageIn(location));
  }

  async #go(conversation, message = null) {
    this.#leave();
    if (conversation === null) return this.#arrive(null, null);
    const going = (this.#going = new AbortController());
    const at = message ?? this.#scrolls.get(conversation)?.message;
    try {
      const page = await this.fetch(conversation, { message: at, signal: going.signal });
      if (going !== this.#going) return false;
      this.#going = null;
      return this.#arrive(conversation, page, message);
    } catch (error) {
      if (going === this.#going) this.#fail(conversation, message, error);
      return false;
    }
  }

  #leave() {
    this.#going?.abort();
    this.#going = null;
    this.#scrolls.set(this.#current, this.#readScroll());
    if (this.#scrolls.size > KEEP_AT_MOST) this.#scrolls.delete(this.#scrolls.keys().next().value);
  }

  #arrive(conversation, page, message = null) {
    this.#current = conversation;
    const scroll = this.#scrolls.get(conversation) ?? null;
    this.#tell("arrived", { conversation, page, scroll, message });
    return true;
  }

  #fail(conversation, message, error) {
    this.#going = null;
    if (error.status === 404) this.#tell("missing", conversation);
    else this.#tell("failed", { error, again: () => this.open(conversation, message) });
  }

  #write(how, message = null) {
    const { newChat } = this.#pages;
    const address = this.#current ? this.#pages.linkTo(this.#current, message) : newChat;
    if (location.pathname + location.search !== address) history[how](null, "", address);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** The message that an address points at, or null. */
function messageIn({ search }) {
  return new URLSearchParams(search).get("message");
}
