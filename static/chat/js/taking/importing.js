import { number, text, textFor } from "../strings.js";
import { Unreadable, batches, itemsOf } from "./items.js";

const MOST_PROBLEMS = 50; // are shown

/** Brings conversations in from files, some at a time, and says how far it is. */
export class Importing {
  #pages;
  #box;
  #input;
  #tally;

  constructor(pages, box) {
    this.#pages = pages;
    this.#box = box;
    this.#input = box.querySelector("input[type=file]");
    this.#input.addEventListener("change", () => this.#bring([...this.#input.files]));
  }

  async #bring(files) {
    if (!files.length) return;
    this.#tally = { imported: 0, extended: 0, known: 0, refused: 0, left_out: {}, problems: [] };
    const hadFocus = document.activeElement === this.#input;
    this.#input.disabled = true;
    this.#show(text("import_reading"));
    for (const file of files) await this.#bringFile(file);
    this.#input.disabled = false;
    if (hadFocus) this.#input.focus();
    this.#input.value = "";
    this.#box.querySelector("progress").hidden = true;
    this.#show(this.#summary());
  }

  async #bringFile(file) {
    try {
      const items = await itemsOf(file);
      let done = 0;
      for (const batch of batches(items)) {
        await this.#send(batch);
        done += batch.length;
        this.#showProgress(done, items.length);
      }
      if (!items.length) this.#problem(file.name, text("import_nothing"));
    } catch (error) {
      const reason = error instanceof Unreadable ? error.message : error.detail;
      this.#problem(file.name, reason ?? text("request_failed"));
    }
  }

  async #send(batch) {
    let results;
    try {
      const response = await this.#pages.post(this.#pages.at("import/"), `[${batch.join(",")}]`, {
        type: "application/json",
      });
      results = await response.json();
    } catch (error) {
      if (error.status !== 413) throw error;
      results = batch.map((item) => tooLarge(item));
    }
    for (const result of results) this.#count(result);
  }

  #count({ outcome, title, detail, left_out }) {
    this.#tally[outcome] += 1;
    for (const [kind, count] of Object.entries(left_out)) {
      this.#tally.left_out[kind] = (this.#tally.left_out[kind] ?? 0) + count;
    }
    if (outcome === "refused") this.#problem(title || text("untitled"), detail);
  }

  #problem(what, why) {
    this.#tally.problems.push(`${what}: ${why}`);
  }

  #summary() {
    const { imported, extended, known, refused, left_out } = this.#tally;
    const parts = [textFor("import_imported", imported)];
    if (extended) parts.push(textFor("import_extended", extended));
    if (known) parts.push(textFor("import_known", known));
    if (refused) parts.push(textFor("import_refused", refused));
    if (left_out.file) parts.push(textFor("import_files", left_out.file));
    if (left_out.tool) parts.push(textFor("import_tools", left_out.tool));
    return parts.join(" ");
  }

  #showProgress(done, all) {
    const bar = this.#box.querySelector("progress");
    Object.assign(bar, { hidden: false, max: all, value: done });
    this.#show(text("import_progress", { done: number(done), all: number(all) }));
  }

  #show(words) {
    this.#box.querySelector("[role=status]").textContent = words;
    const { problems } = this.#tally;
    const list = this.#box.querySelector(".problems");
    list.hidden = problems.length === 0;
    list.replaceChildren(
      ...problems.slice(0, MOST_PROBLEMS).map((problem) => {
        const item = document.createElement("li");
        item.textContent = problem;
        return item;
      }),
    );
  }
}

function tooLarge(item) {
  const { title } = JSON.parse(item);
  return { outcome: "refused", title, detail: text("import_too_large"), left_out: {} };
}
