/**
 * How the answers of the shown conversation are made. What a person changes is kept in this
 * browser until the server has it: the first turn of a new chat, and whatever asks for an
 * answer while the connection is away, take it along.
 *
 * Events: `changed`.
 */
export class AnswerSettings extends EventTarget {
  #pages;
  #preferences;
  #shelf;
  #conversation = null;
  #stored = null; // what the server has; null where it has not heard of the conversation
  #last = Promise.resolve(); // settles when the last change has arrived

  constructor({ pages, preferences, shelf }) {
    super();
    this.#pages = pages;
    this.#preferences = preferences;
    this.#shelf = shelf;
    preferences.addEventListener("changed", () => this.#tell());
  }

  /** From now on of this conversation (null: a new one), as the server has it (null: not yet). */
  open(conversation, stored) {
    this.#conversation = conversation;
    this.#stored = stored;
    this.#tell();
  }

  /** `{model, system_prompt, parameters}` as the next answer will have them. */
  get current() {
    return { ...this.#kept, ...this.#draft };
  }

  /** What a turn has to take along; empty where the server knows it all. */
  get draft() {
    return this.#draft;
  }

  /** Whether the server knows this conversation. */
  get isStored() {
    return this.#stored !== null;
  }

  /** Whether the person has set anything for this chat alone. */
  get areOwn() {
    const { system_prompt, parameters } = this.current;
    const usual = this.#preferences.answerSettings;
    const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    return system_prompt !== usual.system_prompt || !isSame(sorted(parameters), sorted(usual.parameters));
  }

  /** Keep these values for this conversation. Raises RequestError where they are refused. */
  async change(values) {
    const name = this.#name;
    this.#shelf.set(name, { ...this.#draft, ...values });
    this.#tell();
    if (this.#stored) await this.#send(this.#conversation, name);
  }

  /** The new chat has got its id, and its draft goes along. */
  begin(conversation) {
    const draft = this.#draft;
    this.#shelf.remove(this.#name);
    this.#conversation = conversation;
    if (Object.keys(draft).length) this.#shelf.set(this.#name, draft);
  }

  /** The first turn was taken back: it is a new chat again. */
  unbegin(conversation) {
    const draft = this.#shelf.get(nameOf(conversation));
    this.#shelf.remove(nameOf(conversation));
    if (draft) this.#shelf.set(nameOf(null), draft);
    if (this.#conversation === conversation) this.open(null, null);
  }

  /** The server has taken a turn of this conversation, and so it knows it now. */
  async settle(conversation) {
    if (conversation === this.#conversation) this.#stored ??= this.current;
    const name = nameOf(conversation);
    if (this.#shelf.get(name)) await this.#send(conversation, name).catch(() => {});
  }

  // One after the other, so that what was set last is what stays.
  #send(conversation, name) {
    const sent = this.#last.then(() => this.#post(conversation, name));
    this.#last = sent.catch(() => {});
    return sent;
  }

  async #post(conversation, name) {
    const sent = this.#shelf.get(name);
    if (!sent) return; // it went along with the change before
    try {
      const address = `${this.#pages.addressOf(conversation)}settings/`;
      await this.#pages.post(address, JSON.stringify(sent));
    } catch (error) {
      if (error.status !== 400) return; // it is kept here, and the next turn takes it along
      this.#forget(name, sent);
      this.#tell();
      throw error;
    }
    if (conversation === this.#conversation) this.#stored = { ...this.#stored, ...sent };
    this.#forget(name, sent);
  }

  // What was changed again while it was on its way stays.
  #forget(name, sent) {
    const entries = Object.entries(this.#shelf.get(name) ?? {});
    const left = entries.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(sent[key]));
    if (left.length) this.#shelf.set(name, Object.fromEntries(left));
    else this.#shelf.remove(name);
  }

  /** Which they are about; null: a new chat. */
  get conversation() {
    return this.#conversation;
  }

  get #kept() {
    return this.#stored ?? this.#preferences.answerSettings;
  }

  get #draft() {
    return this.#shelf.get(this.#name) ?? {};
  }

  get #name() {
    return nameOf(this.#conversation);
  }

  #tell() {
    this.dispatchEvent(new Event("changed"));
  }
}

function nameOf(conversation) {
  return `settings:${conversation ?? "new"}`;
}

function sorted(values) {
  return Object.entries(values).sort();
}
