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
 * `{action, conversations}`), `failed` (detail: the error).
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
    if (!title || title === before) return;
    try {
      await this.#pages.change(conversation, "rename", { title });
      this.#tell("renamed", { conversation, title });
    } catch (error) {
      this.#tell("failed", error);
    }
  }

  /** `pin`, `unpin`, `archive`, `bring-back` or `delete` these; `title` names a single one. */
  async change(action, conversations, title) {
    if (!(await this.#carryOut(action, conversations))) return;
    this.#tell("changed", { action, conversations });
    if (UNDO[action]) this.#offerUndo(action, conversations, title);
  }

  /** Whether it was this page that had the conversation deleted. */
  hasDeleted(conversation) {
    return this.#deleting.has(conversation);
  }

  #offerUndo(action, conversations, title) {
    const named = { title: title || text("untitled") };
    const done = textFor(`done_${action}`, conversations.length, named);
    this.#notices.offer(done, () => this.#undo(action, conversations));
  }

  async #undo(action, conversations) {
    if (!(await this.#carryOut(UNDO[action], conversations))) return;
    this.#tell("undone", { action, conversations });
  }

  async #carryOut(action, conversations) {
    for (const each of conversations) {
      if (action === "delete") this.#deleting.add(each);
      else this.#deleting.delete(each);
    }
    try {
      for (let at = 0; at < conversations.length; at += AT_ONCE) {
        await this.#pages.changeMany(action, conversations.slice(at, at + AT_ONCE));
      }
      return true;
    } catch (error) {
      this.#tell("failed", error);
      return false;
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
