import { ask } from "./dialogs.js";
import { text } from "./strings.js";

/**
 * Renaming and deleting conversations, each after a question.
 *
 * Events: `renamed` (detail: `{conversation, title}`), `deleted` (detail: the
 * conversation), `failed` (detail: the error).
 */
export class Managing extends EventTarget {
  #pages;
  #deleting = new Set();

  constructor(pages) {
    super();
    this.#pages = pages;
  }

  async rename(conversation, before) {
    const answer = await ask(document.getElementById("rename"), { title: before });
    const title = answer?.title.trim();
    if (!title || title === before) return;
    await this.#change(conversation, "rename", { title }, () =>
      this.#tell("renamed", { conversation, title }),
    );
  }

  async delete(conversation, title) {
    const dialog = document.getElementById("delete");
    const named = { title: title || text("untitled") };
    dialog.querySelector(".question").textContent = text("delete_question", named);
    if (!(await ask(dialog))) return;
    this.#deleting.add(conversation);
    await this.#change(conversation, "delete", {}, () => this.#tell("deleted", conversation));
  }

  /** Whether it was this page that had the conversation deleted. */
  hasDeleted(conversation) {
    return this.#deleting.has(conversation);
  }

  async #change(conversation, action, fields, done) {
    try {
      await this.#pages.change(conversation, action, fields);
      done();
    } catch (error) {
      this.#tell("failed", error);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
