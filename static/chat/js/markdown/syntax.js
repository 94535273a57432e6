// The Markdown that is understood here: CommonMark with tables, strikethrough and bare URLs as
// GitHub writes them, and with formulas. Pure functions, text in and values out; no DOM.
//
// Raw HTML is text, and only http, https and mailto lead anywhere. A line break in the source is
// a line break on the page (CommonMark 0.31, section 6.8, allows it): models do not wrap their
// lines, so where one breaks, in a poem or an address, it is meant.

import MarkdownIt from "../../../vendor/markdown-it.js";
import { math } from "./math.js";
import { mendUnfinished } from "./unfinished.js";

const LEADS_SOMEWHERE = /^(?:https?:\/\/|mailto:)/i;
const APART = { target: "_blank", rel: "noopener noreferrer nofollow" };

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true });
markdown.validateLink = (url) => LEADS_SOMEWHERE.test(url) && URL.canParse(url);
// Without this README.md would lead to a web site in Moldova.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
markdown.use(mendUnfinished);
markdown.use(math);
const { escapeHtml } = markdown.utils;
markdown.inline.ruler.before("autolink", "break_in_cell", breakInCell);
markdown.renderer.rules.link_open = openLink;
markdown.renderer.rules.image = linkToImage;

/** Line ends as the parser wants them. What extends a text also extends what this makes of it. */
export function normalized(source) {
  return /[\r\0]/.test(source) ? source.replace(/\r\n?/g, "\n").replaceAll("\0", "\uFFFD") : source;
}

/**
 * The block tokens of `source`, which must be normalized, with their inline content unparsed.
 * Link definitions are added to `references`, label to {href, title}; the first of a name counts.
 */
export function blockTokens(source, references) {
  const tokens = [];
  markdown.block.parse(source, markdown, { references }, tokens);
  return tokens;
}

/**
 * The HTML of one leaf: a paragraph, a heading or a cell.
 *
 * `references` resolves labels; every label looked up is added to the set `asked`, so that the
 * caller knows what the HTML depends on. `unfinished` says that more text is coming, `cell` that
 * it stands in a table.
 */
export function inlineHtml(text, { references, asked, unfinished = false, cell = false }) {
  return markdown.renderInline(text, { references: noting(references, asked), unfinished, cell });
}

function noting(references, asked) {
  return new Proxy(references, {
    get(target, label) {
      asked.add(label);
      return target[label];
    },
  });
}

function openLink(tokens, index, options, env, renderer) {
  const token = tokens[index];
  // An empty href would lead to this very page.
  const attributes = token.attrGet("href") ? Object.entries(APART) : [];
  token.attrs = attributes.length ? [...token.attrs, ...attributes] : null;
  return renderer.renderToken(tokens, index, options);
}

// An image would be fetched without a click, and its URL can carry what was said here.
function linkToImage(tokens, index, options, env, renderer) {
  const url = tokens[index].attrGet("src");
  const words = renderer.renderInlineAsText(tokens[index].children, options, env);
  const label = escapeHtml(words || url);
  if (!url || isInLink(tokens, index)) return label;
  const attributes = Object.entries({ class: "image", href: url, ...APART })
    .map(([name, value]) => `${name}="${escapeHtml(value)}"`)
    .join(" ");
  return `<a ${attributes}>${label}</a>`;
}

function isInLink(tokens, index) {
  const before = tokens.slice(0, index).map((token) => token.type);
  return before.lastIndexOf("link_open") > before.lastIndexOf("link_close");
}

// A row is one line, so HTML is the only way to break one in a cell, and models use it.
function breakInCell(state, silent) {
  if (!state.env.cell) return false;
  const [tag] = /^<br\s*\/?>/i.exec(state.src.slice(state.pos, state.pos + 8)) ?? [];
  if (!tag) return false;
  if (!silent) state.push("hardbreak", "br", 0);
  state.pos += tag.length;
  return true;
}
