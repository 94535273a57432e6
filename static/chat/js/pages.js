/** A request that did not do what it was to do; `detail` is a sentence, or null. */
export class RequestError extends Error {
  constructor(status, detail = null) {
    super(detail ?? `HTTP ${status}`);
    this.status = status;
    this.detail = detail;
  }
}

// Nothing of a parsed page runs or loads: its rows are taken over, its scripts are not.
const policy = globalThis.trustedTypes?.createPolicy("pages", { createHTML: (html) => html });

/** What this server says over HTTP, to a person who is signed in. */
export class Pages {
  #base;
  #signIn;

  /** `base` is the address of the new chat, `signIn` that of the sign-in page. */
  constructor({ base, signIn }) {
    this.#base = base;
    this.#signIn = signIn;
  }

  get newChat() {
    return this.#base;
  }

  /** The address of something else on this site, such as `shares/`. */
  at(path) {
    return `${this.#base}${path}`;
  }

  addressOf(conversation) {
    return `${this.#base}c/${conversation}/`;
  }

  /** The address of a message in its conversation; without one, of the conversation. */
  linkTo(conversation, message) {
    return this.addressOf(conversation) + (message ? `?message=${message}` : "");
  }

  /** The server's sentences come over it in the language of this page. */
  get socket() {
    const { lang } = document.documentElement;
    const address = new URL(`${this.#base}ws/chat/?language=${lang}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    return address.href;
  }

  /** The conversation that an address of this site shows; null for a new chat. */
  conversationAt(path) {
    const rest = path.startsWith(this.#base) ? path.slice(this.#base.length) : "";
    return rest.match(/^c\/([^/]+)\/$/)?.[1] ?? null;
  }

  /** The page or fragment at this address, parsed. Raises RequestError. */
  async fetch(address, { signal } = {}) {
    const response = await this.#ask(address, { signal });
    const html = await response.text();
    return new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
  }

  /** The JSON at this address. Raises RequestError. */
  async json(address) {
    return (await this.#ask(address, { headers: { Accept: "application/json" } })).json();
  }

  /** Do something to a conversation: `rename`, `choose` or `seen`. Raises RequestError. */
  async change(conversation, action, fields = {}) {
    await this.post(`${this.addressOf(conversation)}${action}/`, new URLSearchParams(fields));
  }

  /**
   * Do the same to many conversations: `archive`, `delete`, … Gives a sentence that the person
   * should read besides, or null. Raises RequestError.
   */
  async changeMany(action, conversations) {
    const fields = conversations.map((conversation) => ["conversation", conversation]);
    const address = this.at(`conversations/${action}/`);
    const response = await this.post(address, new URLSearchParams(fields));
    return response.status === 204 ? null : (await response.json()).detail;
  }

  /** Send something to an address of this site; gives the response. Raises RequestError. */
  async post(address, body, { type = null } = {}) {
    const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
    if (type) headers["Content-Type"] = type;
    return this.#ask(address, { method: "POST", headers, body });
  }

  /** Go and sign in, and come back here. */
  leaveToSignIn() {
    const next = encodeURIComponent(location.pathname + location.search);
    location.assign(`${this.#signIn}?next=${next}`);
  }

  async #ask(address, options) {
    const response = await fetch(address, options).catch((error) => {
      throw error.name === "AbortError" ? error : new RequestError(0);
    });
    if (response.redirected && new URL(response.url).pathname === this.#signIn) {
      this.leaveToSignIn();
      throw new RequestError(401);
    }
    if (!response.ok) throw new RequestError(response.status, await detailOf(response));
    return response;
  }
}

async function detailOf(response) {
  try {
    return (await response.json()).detail ?? null;
  } catch {
    return null; // a page, not a sentence
  }
}
