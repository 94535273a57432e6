import { text, textFor } from "./strings.js";

const PAUSE = 120; // ms without a key after which what is typed is looked for
const HARDLY = 1; // characters; nothing is looked for with fewer

/**
 * The search in the sidebar: what is found takes the place of the list while words stand in
 * the box.
 *
 * Events: `open` (detail: `{conversation, message}`; message is null for a title), and `left`
 * (by Escape, from an empty box).
 */
export class Searching extends EventTarget {
  #box;
  #found;
  #status;
  #list;
  #pages;
  #address;
  #timer = null;
  #asking = null;
  #shownFor = "";

  constructor(sidebar, pages) {
    super();
    this.#box = sidebar.querySelector("[type=search]");
    this.#found = sidebar.querySelector(".found");
    this.#status = this.#found.querySelector("[role=status]");
    this.#list = this.#found.querySelector(".found-list");
    this.#pages = pages;
    this.#address = this.#box.form.action;
    this.#listen();
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }

  #listen() {
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#openFirst();
    });
    this.#box.form.addEventListener("keydown", (event) => this.#step(event, -1));
    this.#list.addEventListener("keydown", (event) => {
      this.#step(event, this.#links.indexOf(document.activeElement));
    });
    this.#list.addEventListener("click", (event) => this.#pressed(event));
    this.#again.addEventListener("click", () => {
      this.#box.focus(); // the button goes away
      this.#look();
    });
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (this.#words.length < HARDLY) return this.#show([]);
    this.#timer = setTimeout(() => this.#look(), PAUSE);
  }

  // What is shown may still be of fewer letters.
  async #openFirst() {
    if (this.#shownFor !== this.#words) await this.#look();
    this.#links[0]?.click();
  }

  async #look() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const page = await this.#ask("", () => this.#failed());
    if (!page) return;
    this.#show(page.body.children);
    this.#found.scrollTop = 0;
  }

  async #more(button) {
    button.disabled = true;
    const page = await this.#ask(button.dataset.after, () => {
      button.disabled = false;
      this.#status.textContent = text("request_failed");
    });
    if (!page) return;
    const next = page.querySelector(".results a");
    button.replaceWith(...page.body.children);
    this.#count();
    next?.focus();
  }

  /** A page of what is found; null where it comes too late or, which `failed()` is told, not. */
  async #ask(after, failed) {
    const { signal } = (this.#asking = new AbortController());
    const query = new URLSearchParams({ q: this.#box.value, after });
    try {
      return await this.#pages.fetch(`${this.#address}?${query}`, { signal });
    } catch {
      if (!signal.aborted) failed();
      return null;
    }
  }

  #show(results) {
    this.#found.hidden = this.#words.length < HARDLY;
    this.#again.hidden = true;
    this.#list.replaceChildren(...results);
    this.#shownFor = this.#words;
    this.#count();
  }

  #count() {
    const count = this.#links.length;
    const hasMore = this.#list.querySelector(".show-more") !== null;
    const some = hasMore ? textFor("found_more", count) : textFor("found", count);
    const none = this.#words.length < HARDLY ? "" : text("found_none", { words: this.#words });
    this.#status.textContent = count ? some : none;
  }

  #failed() {
    this.#show([]);
    this.#shownFor = null; // Enter looks for it again
    this.#again.hidden = false;
    this.#status.textContent = text("request_failed");
  }

  // The arrows go through what is found, and up into the box again.
  #step(event, at) {
    if (event.key === "Escape") return this.#leave(event);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    const next = at + step;
    if (next < -1 || next >= this.#links.length) return;
    event.preventDefault();
    (this.#links[next] ?? this.#box).focus();
  }

  #leave(event) {
    event.preventDefault();
    event.stopPropagation(); // it closes neither the drawer nor an answer
    if (!this.#box.value) return this.dispatchEvent(new CustomEvent("left"));
    this.#box.value = "";
    this.#typed();
    this.#box.focus();
  }

  #pressed(event) {
    const more = event.target.closest(".show-more");
    if (more) this.#more(more);
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const { conversation, message = null } = link.dataset;
    this.dispatchEvent(new CustomEvent("open", { detail: { conversation, message } }));
  }

  get #again() {
    return this.#found.querySelector(".again");
  }

  get #links() {
    return [...this.#list.querySelectorAll(".results a")];
  }

  get #words() {
    return this.#box.value.trim();
  }
}
