// Formulas in Markdown: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` apart from it, and
// LaTeX's own environments for equations. A plug-in for markdown-it; pure functions.
//
// A formula that stands alone takes its lines up to the mark that closes it or up to an empty
// line, whichever is first. So, while text arrives, what is above an open formula is over.

const MARKS = { $: "$", $$: "$$", "\\(": "\\)", "\\[": "\\]" };
const OPENING = /^(?:\$\$?|\\[([])/;
const OPENING_APART =
  /^(?:\$\$(?!\$)|\\\[|\\begin\{((?:align|alignat|equation|gather|multline)\*?)\})/;
// Longer than this, an opening mark was most likely meant as itself.
const LONGEST = 5_000;
const LONGEST_TO_COME = 200;

export function math(markdown) {
  const { escapeHtml } = markdown.utils;
  markdown.inline.ruler.before("escape", "math", inLine);
  markdown.block.ruler.before("fence", "math", apart, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  markdown.renderer.rules.math = (tokens, index) => {
    const { content, meta } = tokens[index];
    const names = ["math-text", meta.display && "display", meta.open && "open"];
    return `<${names.filter(Boolean).join(" ")}>${escapeHtml(content)}</math-text>`;
  };
}

// --- in a line

function inLine(state, silent) {
  const { src, pos } = state;
  const [mark] = OPENING.exec(src.slice(pos, pos + 2)) ?? [];
  if (!mark || (mark[0] === "$" && /[\w$]/.test(src[pos - 1] ?? ""))) return false;
  const start = pos + mark.length;
  if (mark[0] === "$" && src[start] === "$") return false;
  const end = endOf(src.slice(start, Math.min(state.posMax, start + LONGEST)), MARKS[mark]);
  const found = end < 0 ? half(state, start, mark) : whole(src, start, start + end, mark);
  if (!found) return false;
  if (!silent) Object.assign(state.push("math", "math-text", 0), found.token);
  state.pos = found.end;
  return true;
}

/** Where in `text` the first `mark` is that no backslash takes its meaning from, or -1. */
function endOf(text, mark) {
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    let backslashes = 0;
    while (text[at - backslashes - 1] === "\\") backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

function whole(src, start, end, mark) {
  const tex = src.slice(start, end);
  const after = src[end + mark.length] ?? "";
  if (!tex.trim() || (mark[0] === "$" && after === "$")) return null;
  if (mark === "$" && !isFormula(tex, after)) return null;
  return { token: tokenOf(tex.trim(), mark), end: end + mark.length };
}

// More text is to come, and what closes the formula may be in it.
function half({ src, posMax, env }, start, mark) {
  const tex = src.slice(start, posMax);
  const isTooLong = tex.length > (mark === "$" ? LONGEST_TO_COME : LONGEST);
  if (!env.unfinished || posMax !== src.length || isTooLong) return null;
  if (mark === "$" && !mayBecomeFormula(tex)) return null;
  return { token: tokenOf(tex.trim(), mark, true), end: posMax };
}

function tokenOf(content, mark, open = false) {
  return { content, meta: { display: mark === "$$" || mark === "\\[", open } };
}

// Two dollars in a line are more often prices than a formula. As in Pandoc, no space stands
// inside of a formula's marks and no digit behind them.
function isFormula(tex, after) {
  if (/^\s|\s$/.test(tex) || /\d/.test(after)) return false;
  if (/[-/(,]$/.test(tex) && /\w/.test(after)) return false; // $HOME/$USER
  return !(/^\d/.test(tex) && isInWords(tex));
}

function mayBecomeFormula(tex) {
  if (/^\s/.test(tex)) return false;
  if (/^\d/.test(tex)) return /[\\^_{}=]/.test(tex);
  return !/\s/.test(tex) || /[\\^_{}=<>+*/-]/.test(tex);
}

function isInWords(tex) {
  return /[a-z]{2}|[€£¥]|,\s*[a-z]/i.test(tex) && !/[\\^_{}=]/.test(tex);
}

// --- apart

function apart(state, startLine, endLine, silent) {
  const first = lineOf(state, startLine);
  const [mark, environment] = OPENING_APART.exec(first) ?? [];
  if (!mark || state.sCount[startLine] - state.blkIndent >= 4) return false;
  const closing = environment ? `\\end{${environment}}` : MARKS[mark];
  const end = first.indexOf(closing, mark.length);
  if (end >= 0 && end + closing.length < first.length) return false; // it stands in a sentence
  if (silent) return true;
  const last = end >= 0 ? startLine : lastLine(state, startLine, endLine, closing);
  const raw = state.getLines(startLine, last + 1, state.blkIndent, false).trim();
  const closed = raw.length > mark.length && raw.endsWith(closing);
  const inner = raw.slice(mark.length, closed ? raw.length - closing.length : raw.length).trim();
  const token = state.push("math_block", "math-text", 0);
  Object.assign(token, { content: environment ? raw : inner, map: [startLine, last + 1] });
  token.meta = { closed, raw };
  state.line = last + 1;
  return true;
}

function lastLine(state, startLine, endLine, closing) {
  for (let line = startLine + 1; line < endLine; line++) {
    if (state.isEmpty(line) || state.sCount[line] < state.blkIndent) return line - 1;
    if (lineOf(state, line).endsWith(closing)) return line;
  }
  return endLine - 1;
}

function lineOf(state, line) {
  return state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]).trimEnd();
}
