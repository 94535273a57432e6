/**
 * Tells the server that the person has seen how the last answer ended, as soon as they look:
 * until then the list marks its conversation, on every page of theirs.
 */
export class Seen {
  #pages;
  #sidebar;
  #conversation = null; // on the page, and perhaps not looked at yet
  #told = null; // the conversation whose last answer the server knows to be seen

  constructor({ pages, sidebar }) {
    this.#pages = pages;
    this.#sidebar = sidebar;
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /** The page shows the end of this conversation's last answer. */
  shows(conversation) {
    this.#conversation = conversation;
    this.#look();
  }

  /** The page shows something else, or another answer begins. */
  forget() {
    this.#conversation = null;
    this.#told = null;
  }

  #look() {
    const conversation = this.#conversation;
    if (conversation === null || document.hidden) return;
    this.#conversation = null;
    this.#sidebar.setUnread(conversation, false);
    if (this.#told === conversation) return; // a list that was on its way did not know it yet
    this.#told = conversation;
    this.#pages.change(conversation, "seen").catch(() => {
      this.#told = null; // the mark comes with the next list
    });
  }
}
