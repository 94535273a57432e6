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

  /** `pin`, `unpin`, `archive`, `bring-back` or `delete` these; `title` names a single one. */
  async change(action, conversations, title) {
    const again = () => this.change(action, conversations, title);
    const besides = await this.#carryOut(action, conversations, again);
    if (!besides) return;
    this.#tell("changed", { action, conversations });
    if (UNDO[action]) this.#offerUndo(action, conversations, title, besides);
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
    const again = () => this.#undo(action, conversations);
    if (!(await this.#carryOut(UNDO[action], conversations, again))) return;
    this.#tell("undone", { action, conversations });
  }

  /** The sentences that the server has to say of it; null if it failed. */
  async #carryOut(action, conversations, again) {
    const besides = new Set();
    for (const each of conversations) {
      if (action === "delete") this.#deleting.add(each);
      else this.#deleting.delete(each);
    }
    try {
      for (let at = 0; at < conversations.length; at += AT_ONCE) {
        const some = conversations.slice(at, at + AT_ONCE);
        besides.add(await this.#pages.changeMany(action, some));
      }
      return [...besides].filter(Boolean);
    } catch (error) {
      this.#tell("failed", { error, again });
      return null;
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
