import { number, text } from "./strings.js";

const MOST = 1_000_000; // bytes of a file: its words would be more than can be sent

/**
 * Files that are dropped on the page, or pasted into the message: the words of text files are
 * written into it, each under its name, and of others it is said that they cannot be sent.
 */
export class Bringing {
  #main;
  #composer;
  #editing;
  #notices;

  constructor({ main, composer, editing, notices }) {
    this.#main = main;
    this.#composer = composer;
    this.#editing = editing;
    this.#notices = notices;
    addEventListener("dragover", (event) => this.#over(event));
    addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? this.#mark(false));
    addEventListener("drop", (event) => this.#dropped(event));
    main.addEventListener("paste", (event) => this.#pasted(event));
  }

  // A file that nobody takes would be opened in place of the page.
  #over(event) {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    this.#mark(!document.querySelector("dialog[open]"));
  }

  #dropped(event) {
    this.#mark(false);
    if (!bringsFiles(event)) return;
    event.preventDefault();
    if (document.querySelector("dialog[open]")) return;
    this.#take([...event.dataTransfer.files], this.#editing.isOn ? this.#editing : this.#composer);
  }

  #pasted(event) {
    const { files, types } = event.clipboardData;
    const form = event.target.closest(".composer, .edit-here");
    if (!form || !files.length || types.includes("text/plain")) return;
    event.preventDefault();
    this.#take([...files], form.matches(".composer") ? this.#composer : this.#editing);
  }

  async #take(files, writer) {
    this.#notices.moved();
    for (const file of files) {
      const words = file.size > MOST ? null : await wordsOf(file);
      if (words === null) this.#refuse(file);
      else writer.insert(`${file.name}\n${fenced(words, file.name)}\n`);
    }
  }

  #refuse({ name, size }) {
    const tooLarge = () => text("file_too_large", { name, most: number(MOST / 1_000_000) });
    this.#notices.show(size > MOST ? tooLarge() : text("file_not_text", { name }));
  }

  #mark(isOver) {
    this.#main.toggleAttribute("data-dropping", isOver);
  }
}

function bringsFiles({ dataTransfer, target }) {
  const isField = target instanceof Element && target.closest("input[type=file]");
  return !isField && dataTransfer.types.includes("Files");
}

/** The text of a file; null if it is something else. */
async function wordsOf(file) {
  try {
    const words = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return words.includes("\0") ? null : words;
  } catch {
    return null;
  }
}

/** As a block of code, which keeps its lines and marks, in the language that the name tells. */
function fenced(words, name) {
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([marks]) => marks.length));
  const fence = "`".repeat(longest + 1);
  const [, language] = /\.(\w+)$/.exec(name) ?? ["", ""];
  return `${fence}${language}\n${words.replace(/\n$/, "")}\n${fence}`;
}
