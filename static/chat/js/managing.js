import { ask } from "./dialogs.js";
import { text, textFor } from "./strings.js";

const AT_ONCE = 200; // conversations of one request

// What undoes what. The rest is undone by the button next to it.
const UNDO = { archive: "bring-back", "bring-back": "archive", delete: "restore" };

/**
 * What a person does with conversations, one or many: rename, pin, archive, delete. What is
 * gone from the list comes with a way back.
 *
 * Events: `renamed` (detail: `{conversation, title}`), `changed` and `undone` (detail:
 * `{action, conversations}`), `failed` (detail: `{error, again}`, what failed and what repeats it).
 */
export class Managing extends EventTarget {
  #pages;
  #notices;
  #deleting = new Set();

  constructor({ pages, notices }) {
    super();
    this.#pages = pages;
    this.#notices = notices;
  }

  async rename(conversation, before) {
    const answer = await ask(document.getElementById("rename"), { title: before });
    const title = answer?.title.trim();
    if (title && title !== before) await this.#rename(conversation, title);
  }

  /**
   * `pin`, `unpin`, `archive`, `bring-back` or `delete` these; `title` names a single one. What
   * has been done `before`, with others, is undone together with it.
   */
  async change(action, conversations, title, before = []) {
    const again = (left, done) => this.change(action, left, title, [...before, ...done]);
    const { done, besides } = await this.#carryOut(action, conversations, again);
    if (!done.length) return;
    this.#tell("changed", { action, conversations: done });
    if (UNDO[action]) this.#offerUndo(action, [...before, ...done], title, besides);
  }

  /** Whether it was this page that had the conversation deleted. */
  hasDeleted(conversation) {
    return this.#deleting.has(conversation);
  }

  async #rename(conversation, title) {
    try {
      await this.#pages.change(conversation, "rename", { title });
      this.#tell("renamed", { conversation, title });
    } catch (error) {
      this.#tell("failed", { error, again: () => this.#rename(conversation, title) });
    }
  }

  #offerUndo(action, conversations, title, besides) {
    const named = { title: title || text("untitled") };
    const done = textFor(`done_${action}`, conversations.length, named);
    this.#notices.offer([done, ...besides].join(" "), () => this.#undo(action, conversations));
  }

  async #undo(action, conversations) {
    const again = (left) => this.#undo(action, left);
    const { done } = await this.#carryOut(UNDO[action], conversations, again);
    if (done.length) this.#tell("undone", { action, conversations: done });
  }

  /**
   * `{done, besides}`: which of them are done, and the sentences that the server has to say of
   * it. Where it fails amid them, `again(left, done)` is to do the rest.
   */
  async #carryOut(action, conversations, again) {
    const besides = new Set();
    let count = 0;
    this.#note(action, conversations);
    try {
      for (; count < conversations.length; count += AT_ONCE) {
        const some = conversations.slice(count, count + AT_ONCE);
        besides.add(await this.#pages.changeMany(action, some));
      }
    } catch (error) {
      const [done, left] = [conversations.slice(0, count), conversations.slice(count)];
      this.#tell("failed", { error, again: () => again(left, done) });
    }
    return { done: conversations.slice(0, count), besides: [...besides].filter(Boolean) };
  }

  #note(action, conversations) {
    for (const each of conversations) {
      if (action === "delete") this.#deleting.add(each);
      else this.#deleting.delete(each);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
