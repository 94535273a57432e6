// Code -> a fragment with its keywords, strings, comments and so on in spans. The highlighter and
// each language are fetched when a code block first needs them.

import { LANGUAGES, nameOf } from "./languages.js";

// It goes through about 2,000 characters in a millisecond, and nothing else moves meanwhile.
const LONGEST = 20_000;

const languages = new Map(); // name -> promise of its being registered
let highlighter; // promise of it

/** Whether `code`, in what someone called `language`, can be highlighted. */
export function isHighlightable(code, language) {
  return nameOf(language) !== undefined && code.length <= LONGEST;
}

/**
 * A fragment that has the text of `code`, which must be highlightable, in spans `.hl-...`.
 * Fails where the language cannot be fetched or its grammar breaks.
 */
export async function highlighted(code, language) {
  highlighter ??= fetchHighlighter();
  const core = await highlighter;
  await fetchLanguage(core, nameOf(language));
  await nextTask(); // one for each block: whoever types or scrolls comes in between
  const options = { language: nameOf(language), ignoreIllegals: true };
  const { errorRaised, _emitter: builder } = core.highlight(code, options);
  if (errorRaised) throw errorRaised;
  return builder.root;
}

async function fetchHighlighter() {
  const { default: core } = await import("../../vendor/highlight/core.js");
  core.configure({ __emitter: FragmentBuilder });
  return core;
}

function fetchLanguage(core, name) {
  if (!languages.has(name)) {
    // Registered later, but noted now: JavaScript holds XML, which holds JavaScript.
    languages.set(
      name,
      Promise.resolve().then(() => register(core, name)),
    );
  }
  return languages.get(name);
}

async function register(core, name) {
  const { load, holds = "" } = LANGUAGES[name];
  const inner = holds.split(" ").filter((other) => other && !languages.has(other));
  const loads = [load(), ...inner.map((other) => fetchLanguage(core, other))];
  const [{ default: grammar }] = await Promise.all(loads);
  core.registerLanguage(name, grammar);
}

function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}

// What highlight.js drives instead of its own writer of HTML, so that no HTML is ever parsed.
class FragmentBuilder {
  root = document.createDocumentFragment();
  #path = [this.root];

  addText(text) {
    if (text) this.#path.at(-1).append(text);
  }

  startScope(scope) {
    const span = document.createElement("span");
    span.className = scope
      .split(".")
      .map((part) => `hl-${part}`)
      .join(" ");
    this.#path.at(-1).append(span);
    this.#path.push(span);
  }

  endScope() {
    if (this.#path.length > 1) this.#path.pop();
  }

  openNode(scope) {
    this.startScope(scope);
  }

  closeNode() {
    this.endScope();
  }

  __addSublanguage(inner) {
    this.#path.at(-1).append(inner.root);
  }

  finalize() {}

  toHTML() {
    return "";
  }
}
