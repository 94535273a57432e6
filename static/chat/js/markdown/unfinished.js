// Makes Markdown that has only half arrived look as it will when it is whole: marks that were
// opened count as closed, and marks that may still become anything are not shown yet.

// A last line of nothing but such marks may be a bullet, a rule, an underline or a fence.
const ONLY_MARKS = /^(?:[-+*=_#~`|:$\s]*|\\\[?|(?:[-+*]|\d{1,9}[.)])\s+\[[ xX]?\]?)$/;
const ONLY_A_NUMBER = /^\d{1,9}[.)]?$/;
const MARKS_AT_THE_END = /(?:!?\[|(?<![*_~`$])[*_~`$]+|\\)$/;
// A picture at the end may still be joined to the next one, and half a flag is a letter in a box.
const PICTURE_AT_THE_END =
  /(?:(?:\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?\u200d)*(?:\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?)|\p{Regional_Indicator}+|[\ud800-\udbff])\u200d?$/u;
const LONGEST_PICTURE = 40;
// Longer than this, an opening mark was most likely meant as itself.
const LONGEST = 200;

/** `source` without a last line that cannot be shown before more of it is there. */
export function withoutLooseEnd(source) {
  const start = source.lastIndexOf("\n") + 1;
  const line = source.slice(start).replace(/^[\s>]+/, "");
  const isLoose = ONLY_MARKS.test(line) || (start > 0 && ONLY_A_NUMBER.test(line));
  return isLoose ? source.slice(0, start) : source;
}

/** Whether more text could still become part of the last paragraph, row or code. */
export function endsAmidBlock(source) {
  return !/\n[ \t>]*\n[ \t>]*$/.test(source);
}

/**
 * The source with a line of dashes below where it ends in what looks like the head of a table,
 * so that it is drawn as one before that line arrives. `source` ends with a line's end, and
 * `growing` is its last token with content.
 */
export function withTableBelow(source, growing) {
  const paragraph = growing?.type === "inline" ? growing.content : "";
  const [above = "", line] = ["", ...paragraph.split("\n")].slice(-2);
  if (!line.startsWith("|") || above.startsWith("|") || !endsAmidBlock(source)) return source;
  const head = source.split("\n").at(-2);
  const indent = head.slice(0, head.indexOf("|")).replace(/[^\s>]/g, " ");
  const cells = line.replaceAll("\\|", "").replace(/\|$/, "").split("|").length - 1;
  return `${source}${indent}${"|-".repeat(cells)}|`;
}

/** The text of the last leaf without marks at its end that may open, close or mean themselves. */
export function withoutMarksAtTheEnd(text) {
  const end = text.slice(-LONGEST_PICTURE);
  const shown = text.slice(0, text.length - end.length) + end.replace(PICTURE_AT_THE_END, "");
  return shown.replace(MARKS_AT_THE_END, "");
}

/** A plug-in for markdown-it, in force where `env.unfinished` is set. */
export function mendUnfinished(markdown) {
  markdown.inline.ruler.before("backticks", "open_code", openCode);
  markdown.inline.ruler.after("image", "open_link", openLink);
  markdown.inline.ruler2.after("balance_pairs", "open_emphasis", closeEmphasis);
}

function isMending(state) {
  return state.env.unfinished && state.posMax === state.src.length;
}

function openCode(state, silent) {
  if (state.src[state.pos] !== "`" || !isMending(state)) return false;
  const [marks] = /^`+/.exec(state.src.slice(state.pos));
  const rest = state.src.slice(state.pos + marks.length);
  if (!rest || rest.length > LONGEST || rest.match(/`+/g)?.includes(marks)) return false;
  if (!silent) state.push("code_inline", "code", 0).content = rest.trim();
  state.pos = state.posMax;
  return true;
}

// `[label](https://exam` is drawn as a link that leads nowhere yet; so is `[lab`.
function openLink(state, silent) {
  if (silent || !isMending(state) || state.linkLevel > 0) return false;
  const rest = state.src.slice(state.pos);
  const [start] = /^!?\[/.exec(rest) ?? [];
  if (!start || rest.length > 2 * LONGEST) return false;
  const opening = state.pos + start.length - 1;
  const end = state.md.helpers.parseLinkLabel(state, opening, true);
  const after = state.src.slice(end + 1);
  if (end >= 0 && !/^(?:\([^()\n]*)?$/.test(after)) return false;
  drawLabel(state, opening + 1, end >= 0 ? end : state.posMax);
  return true;
}

function drawLabel(state, start, end) {
  const whole = state.posMax;
  state.push("link_open", "a", 1);
  state.pos = start;
  state.posMax = end;
  state.linkLevel++;
  state.md.inline.tokenize(state);
  state.linkLevel--;
  state.push("link_close", "a", -1);
  state.pos = state.posMax = whole;
}

// Runs when pairs have been found: what still waits for its other half gets one at the end.
function closeEmphasis(state) {
  if (!state.env.unfinished) return;
  for (const opener of waiting(state.delimiters).reverse()) close(state, opener);
}

// An opener within a pair stays as it is: its end would lie outside of that pair.
function waiting(delimiters) {
  let pairedUntil = -1;
  return delimiters.filter(({ open, end }, index) => {
    pairedUntil = Math.max(pairedUntil, end);
    return open && end < 0 && index > pairedUntil;
  });
}

function close(state, opener) {
  state.push("text", "", 0);
  const token = state.tokens.length - 1;
  const { marker, length } = opener;
  opener.end = state.delimiters.length;
  state.delimiters.push({ marker, length, token, end: -1, open: false, close: true });
}
