import { partOf } from "./part.js";

const ROWS = ["turn", "settings", "feedback"]; // changes that a conversation's own page shows
const TOGETHER = 300; // ms: hints that come together are one fetch
const FRESH = 2_000; // ms in which nothing but an answer's end is likely to change behind a page
const AGAIN = 3_000; // ms after which what could not be fetched is tried again: no hint comes twice

/**
 * Keeps this page in step with what other tabs, other devices and the server itself do:
 * the rows of its conversation, the list, the title.
 *
 * Events: `merged` (detail: the page that was fetched), `listed`, and `gone` (detail: a
 * conversation that is not there any more).
 */
export class InStep extends EventTarget {
  #place;
  #parts;
  #timer = null;
  #listTimer = null;
  #hasBeenOpen = false;

  constructor(place, parts) {
    super();
    this.#place = place;
    this.#parts = parts;
  }

  /** What changed while there was no line, or not yet, nobody has told. */
  connected() {
    const isFresh = !this.#hasBeenOpen && performance.now() < FRESH;
    if (!isFresh || this.#parts.sidebar.isAnswering) this.list();
    if (this.#hasBeenOpen) this.rowsSoon();
    this.#hasBeenOpen = true;
  }

  /** The server's hint that a conversation has changed. */
  changed({ conversation, changed }) {
    if (changed === "deleted") return this.#tell("gone", conversation);
    if (changed === "seen") return this.#parts.sidebar.setUnread(conversation, false);
    const isShown = conversation === this.#place.conversation;
    if (changed === "answered") return isShown ? undefined : this.listSoon();
    const isOfRows = ROWS.includes(changed);
    if (isOfRows && isShown) this.rowsSoon();
    if (changed === "turn" || !isOfRows) this.list({ anew: changed === "listed" });
  }

  /** Fetch the list again; `anew`, from its beginning. */
  async list(how) {
    try {
      await this.#parts.sidebar.refresh(how);
    } catch (error) {
      if (mayPass(error)) this.listSoon(AGAIN, how);
      return;
    }
    this.#tell("listed");
  }

  /** Fetch the list again, in a moment. */
  listSoon(moment = TOGETHER, how = {}) {
    clearTimeout(this.#listTimer);
    this.#listTimer = setTimeout(() => this.list(how), moment);
  }

  /** Fetch the rows again, in a moment. */
  rowsSoon(moment = TOGETHER) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rows(), moment);
  }

  /** Fetch the rows around a message of the chosen branch now. Raises RequestError. */
  async rowsAround(message) {
    const { conversation } = this.#place;
    const page = await this.#parts.navigation.fetch(conversation, { message });
    if (conversation === this.#place.conversation) this.#merge(page);
  }

  async #rows() {
    const { navigation, outbox, transcript } = this.#parts;
    const { conversation } = this.#place;
    if (conversation === null || transcript.newer) return; // what comes, comes below
    if (outbox.of(conversation).length) return this.rowsSoon();
    const { edition } = transcript;
    try {
      const page = await navigation.fetch(conversation, { message: this.#branch });
      if (conversation !== this.#place.conversation) return;
      if (edition === transcript.edition) this.#merge(page);
      else this.rowsSoon(); // the page is older than what is shown
    } catch (error) {
      if (error.status === 404) this.#tell("gone", conversation);
      else if (mayPass(error)) this.rowsSoon(AGAIN);
    }
  }

  // Idle, this tab goes where the conversation goes; busy, it stays on its own branch.
  get #branch() {
    const { editing, transcript } = this.#parts;
    const isBusy = transcript.streaming !== null || editing.isOn;
    return isBusy ? (transcript.last?.id ?? null) : null;
  }

  #merge(page) {
    const { outbox, transcript } = this.#parts;
    const unsent = outbox.of(this.#place.conversation).map(({ command }) => command);
    const isUnsent = (id) => unsent.some((command) => command.id === id || command.reply === id);
    transcript.merge(partOf(page), isUnsent);
    this.#tell("merged", page);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Whether the server, or the way to it, was not there just now. */
function mayPass({ status }) {
  return status === undefined || status >= 500;
}
