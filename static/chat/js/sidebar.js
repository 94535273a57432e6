import { openBeside } from "./menus.js";

const LOOK_AGAIN = 15_000; // ms, while some conversation elsewhere is being answered

/**
 * The list of conversations, and the drawer it lies in on a phone.
 *
 * Events: `open` (detail: a conversation's id), `choice` (detail: `{choice, conversation}`,
 * from the menu of a conversation).
 */
export class Sidebar extends EventTarget {
  #app;
  #nav;
  #menu;
  #pages;
  #address;
  #shown = null;
  #list = {}; // stands for the list that is shown, until it is begun anew
  #isExtended = false;
  #isArchive = false;
  #fetching = null;
  #timer = null;

  constructor(app, pages) {
    super();
    this.#app = app;
    this.#nav = app.querySelector("nav.conversations");
    this.#menu = document.getElementById("options");
    this.#pages = pages;
    this.#address = app.dataset.conversations;
    this.#listen();
    this.#tellNews();
    this.#lookLater();
  }

  /** Mark the conversation that the page shows. */
  mark(conversation) {
    this.#shown = conversation;
    for (const link of this.#nav.querySelectorAll("a[aria-current]")) {
      link.removeAttribute("aria-current");
    }
    this.#link(conversation)?.setAttribute("aria-current", "page");
  }

  titleOf(conversation) {
    return this.#link(conversation)?.querySelector(".title").textContent ?? null;
  }

  /** Fetch the list again, and keep the further pages that were loaded, unless `anew`. */
  async refresh({ anew = false } = {}) {
    const fetching = (this.#fetching = {});
    if (anew) this.#begin();
    const page = await this.#pages.fetch(this.#listAddress());
    if (fetching !== this.#fetching) return; // a later one knows more
    this.#merge(page.body, { first: true });
    this.mark(this.#shown);
    this.#lookLater();
  }

  /** Show what is archived in place of the list, or the list again. Raises RequestError. */
  async showArchive(isArchive) {
    this.#setArchive(isArchive);
    this.#nav.scrollTop = 0;
    try {
      await this.refresh({ anew: true });
    } catch (error) {
      if (this.#isArchive === isArchive) this.#setArchive(!isArchive);
      throw error;
    }
  }

  get isArchive() {
    return this.#isArchive;
  }

  rename(conversation, title) {
    const link = this.#link(conversation);
    if (link) link.querySelector(".title").textContent = title;
  }

  /** Show the menu of a conversation that perhaps is not listed, and then `isArchived` or not. */
  openMenu(conversation, button, isArchived = false) {
    const item = this.#item(conversation)?.dataset;
    Object.assign(this.#menu.dataset, {
      conversation,
      pinned: item?.pinned !== undefined,
      archived: item ? item.archived !== undefined : isArchived,
      from: this.#nav.contains(button) ? "list" : "head",
    });
    openBeside(this.#menu, button);
  }

  remove(conversation) {
    const item = this.#item(conversation);
    if (!item) return;
    const links = [...this.#nav.querySelectorAll("a")];
    const next = links.indexOf(item.querySelector("a")) + 1;
    const hadFocus = item.contains(document.activeElement);
    const day = item.closest(".day");
    item.remove();
    if (!day.querySelector("li")) day.remove();
    if (hadFocus) (links[next] ?? this.#nav).focus();
  }

  setAnswering(conversation, isAnswering) {
    this.#item(conversation)?.toggleAttribute("data-answering", isAnswering);
  }

  /** Whether any listed conversation is being answered. */
  get isAnswering() {
    return this.#nav.querySelector("[data-answering]") !== null;
  }

  setUnread(conversation, isUnread) {
    this.#item(conversation)?.toggleAttribute("data-unread", isUnread);
    this.#tellNews();
  }

  isUnread(conversation) {
    return this.#item(conversation)?.dataset.unread !== undefined;
  }

  toggle() {
    if (isDrawer()) this.#setDrawer(this.#app.dataset.drawer !== "open");
    else this.#setShown(document.documentElement.dataset.sidebar === "hidden");
  }

  open() {
    const isHidden = document.documentElement.dataset.sidebar === "hidden";
    if (isDrawer() ? !this.isDrawerOpen : isHidden) this.toggle();
  }

  closeDrawer() {
    if (this.#app.dataset.drawer === "open") this.#setDrawer(false);
  }

  get isDrawerOpen() {
    return this.#app.dataset.drawer === "open";
  }

  #setArchive(isArchive) {
    this.#isArchive = isArchive;
    this.#nav.toggleAttribute("data-archive", isArchive);
    this.#app.querySelector("[data-list=archived]").setAttribute("aria-pressed", isArchive);
  }

  // What is still on its way for the list of before comes too late.
  #begin() {
    this.#list = {};
    this.#isExtended = false;
  }

  #listen() {
    this.#app.addEventListener("click", ({ target }) => {
      if (target.closest("[data-sidebar]")) this.toggle();
    });
    this.#nav.addEventListener("click", (event) => this.#pressed(event));
    this.#menu.addEventListener("click", ({ target }) => this.#chosen(target.closest("button")));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.isDrawerOpen || isCovered()) return;
      event.stopPropagation();
      this.closeDrawer();
    });
  }

  #pressed(event) {
    const button = event.target.closest("button");
    const item = button?.closest("[data-conversation]");
    if (button?.matches(".more")) this.openMenu(item.dataset.conversation, button);
    else if (button?.matches(".show-more")) this.#showMore(button);
    else if (isPlainClick(event)) this.#follow(event);
  }

  #follow(event) {
    const item = event.target.closest("a")?.closest("[data-conversation]");
    if (!item) return;
    event.preventDefault();
    this.#tell("open", item.dataset.conversation);
  }

  #chosen(button) {
    if (!button) return;
    this.#menu.hidePopover();
    const { conversation } = this.#menu.dataset;
    this.#tell("choice", { choice: button.dataset.choice, conversation });
  }

  async #showMore(button) {
    const list = this.#list;
    button.disabled = true;
    try {
      const page = await this.#pages.fetch(this.#listAddress({ after: button.dataset.after }));
      if (list !== this.#list) return; // of another one
      const first = page.querySelector("[data-conversation]")?.dataset.conversation;
      button.remove();
      this.#isExtended = true;
      this.#merge(page.body, { first: false });
      this.#link(first)?.focus();
    } catch {
      // The button is there to be pressed again.
    } finally {
      button.disabled = false;
    }
  }

  #listAddress(query = {}) {
    const parameters = new URLSearchParams(this.#isArchive ? { archived: "1", ...query } : query);
    return `${this.#address}?${parameters}`;
  }

  // A first page goes above what further pages brought; a further one goes below.
  #merge(page, { first }) {
    const more = page.querySelector(".show-more");
    const keepsFurther = first && this.#isExtended && more;
    const button = keepsFurther ? this.#nav.querySelector(".show-more") : more;
    const fresh = daysOf(page);
    const focused = this.#focused;
    const here = first && !keepsFurther ? [] : this.#daysWithout(page);
    this.#nav.replaceChildren(...joined(first ? [...fresh, ...here] : [...here, ...fresh]));
    if (button) this.#nav.append(button);
    if (focused) this.#nav.querySelector(focused)?.focus({ preventScroll: true });
    this.#tellNews();
  }

  // Where the list is hidden, the button that shows it has the mark.
  #tellNews() {
    const hasNews = this.#nav.querySelector("[data-unread]:not([data-answering])") !== null;
    this.#app.toggleAttribute("data-news", hasNews);
  }

  /** What of the list has the focus, and finds it again among new rows; null: nothing has. */
  get #focused() {
    const element = this.#nav.contains(document.activeElement) ? document.activeElement : null;
    const item = element?.closest("[data-conversation]");
    return item && `[data-conversation="${item.dataset.conversation}"] ${element.localName}`;
  }

  #daysWithout(page) {
    for (const { dataset } of page.querySelectorAll("[data-conversation]")) {
      this.#item(dataset.conversation)?.remove();
    }
    return daysOf(this.#nav);
  }

  // A conversation answered in another tab says nothing here when it is done.
  #lookLater() {
    clearTimeout(this.#timer);
    if (!this.isAnswering) return;
    this.#timer = setTimeout(() => {
      if (document.hidden) this.#lookLater();
      else this.refresh().catch(() => this.#lookLater());
    }, LOOK_AGAIN);
  }

  #item(conversation) {
    return conversation
      ? this.#nav.querySelector(`[data-conversation="${CSS.escape(conversation)}"]`)
      : null;
  }

  #link(conversation) {
    return this.#item(conversation)?.querySelector("a") ?? null;
  }

  #setDrawer(isOpen) {
    this.#app.dataset.drawer = isOpen ? "open" : "closed";
    this.#app.querySelector("main").inert = isOpen;
    const next = isOpen ? "[data-sidebar=hide]" : "[data-sidebar=show]";
    this.#app.querySelector(`button${next}`).focus();
  }

  #setShown(isShown) {
    const { dataset } = document.documentElement;
    if (isShown) delete dataset.sidebar;
    else dataset.sidebar = "hidden";
    try {
      localStorage.setItem("sidebar", isShown ? "shown" : "hidden");
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
    this.#app.querySelector(`button[data-sidebar=${isShown ? "hide" : "show"}]`).focus();
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Whether something lies over the page, which a key closes first. */
function isCovered() {
  return document.querySelector(":popover-open, dialog[open]") !== null;
}

function isDrawer() {
  return matchMedia("(max-width: 760px)").matches;
}

// Other clicks open a tab or a window, and that is the browser's business.
function isPlainClick({ button, ctrlKey, metaKey, shiftKey, altKey }) {
  return button === 0 && !ctrlKey && !metaKey && !shiftKey && !altKey;
}

function daysOf(list) {
  return [...list.querySelectorAll(".day")];
}

/** Groups with something in them, those of one name made one. */
function joined(days) {
  const byName = new Map();
  for (const day of days.filter((each) => each.querySelector("li"))) {
    const name = day.querySelector("h2").textContent;
    const before = byName.get(name);
    if (before) before.querySelector("ul").append(...day.querySelectorAll("li"));
    else byName.set(name, day);
  }
  return byName.values();
}
