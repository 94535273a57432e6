// Block tokens of the parser -> nodes, plain values that say what stands in the DOM:
//
//   {tag, attributes, children}                 a list, a quote, a table, ...
//   {tag, attributes, text, html, asked}        a leaf: its Markdown, its HTML, and the labels
//                                               that the HTML depends on
//   {tag: "code-block", code, language, open}   `open` while more code may come
//   {tag: "math-text", attributes}              a formula, which is the attribute `tex`
//
// A leaf may also be a `cell` of a table, or `checked` (true or false: a task, done or not).

const FIRST_HEADING = 3; // the page has the first level, each message the second
const TASK = /^\[([ xX])\](?:\s+|$)/;

/**
 * The top-level nodes of `tokens`.
 *
 * `headings` are the depths of the headings in force; it is brought up to date. `render` makes
 * {html, asked} of a leaf. `end`, while the text grows, is {unfinished, line}: whether the last
 * leaf may still grow, and the number of the last line.
 */
export function nodesOf(tokens, { headings, render, end = null }) {
  const growing = end && growingToken(tokens);
  const root = { children: [] };
  const path = [root];
  for (const token of tokens) {
    const context = { headings, render, end: token === growing ? end : null };
    if (token.nesting < 0) path.pop();
    else if (token.type === "inline") fill(path, token.content, context);
    else place(path, token, context);
  }
  return root.children;
}

/** The token that the next text is likely to be added to: the last one with content. */
export function growingToken(tokens) {
  const hasContent = (token) => token.type !== "inline" || token.content !== "";
  return tokens.findLast((token) => token.nesting === 0 && hasContent(token));
}

/** `node` with each leaf rendered again that depends on one of `labels`; itself if none does. */
export function renewed(node, labels, render) {
  if (node.asked?.some((label) => labels.has(label))) return { ...node, ...render(node) };
  if (!node.children) return node;
  const children = node.children.map((child) => renewed(child, labels, render));
  const isSame = children.every((child, index) => child === node.children[index]);
  return isSame ? node : { ...node, children };
}

const NODES = {
  paragraph_open: () => ({ tag: "p", attributes: {} }),
  heading_open: heading,
  blockquote_open: container("blockquote"),
  bullet_list_open: container("ul"),
  ordered_list_open: orderedList,
  list_item_open: container("li"),
  table_open: container("table"),
  thead_open: container("thead"),
  tbody_open: container("tbody"),
  tr_open: container("tr"),
  th_open: (token) => cell("th", token, { scope: "col" }),
  td_open: (token) => cell("td", token, {}),
  hr: () => ({ tag: "hr", attributes: {} }),
  fence,
  code_block: (token, { end }) => code(token, "", end !== null),
  math_block: formula,
};

function place(path, token, context) {
  if (token.type === "reference_definition") return;
  const node = NODES[token.type](token, context);
  const outer = token.type === "table_open" ? scrolling(node) : node;
  // The first strong letter of a block decides its direction, a list's that of all its items.
  if (path.length === 1 && outer.attributes) outer.attributes.dir ??= "auto";
  path.at(-1).children.push(outer);
  if (token.hidden) path.at(-2).attributes.class = "tight";
  if (token.nesting > 0) path.push(node);
}

function fill(path, content, { render, end }) {
  const [item, leaf] = path.slice(-2);
  const isFirst = item.tag === "li" && item.children[0] === leaf;
  const [marks, mark] = (isFirst && TASK.exec(content)) || [""];
  if (mark) {
    leaf.checked = mark !== " ";
    addClass(item, "task");
  }
  leaf.text = content.slice(marks.length);
  Object.assign(leaf, render({ ...leaf, unfinished: Boolean(end?.unfinished) }));
  if (end) addClass(leaf, "growing");
}

function addClass({ attributes }, name) {
  attributes.class = attributes.class ? `${attributes.class} ${name}` : name;
}

function container(tag) {
  return () => ({ tag, attributes: {}, children: [] });
}

// Reached by the keyboard, which is how a wide table is scrolled without a mouse.
function scrolling(table) {
  const attributes = { class: "table", role: "group", "aria-label": "Table", tabindex: "0" };
  return { tag: "div", attributes, children: [table] };
}

// Levels follow how headings nest, not their number of marks, so that none is left out.
function heading(token, { headings }) {
  const depth = Number(token.tag.slice(1));
  while (headings.at(-1) >= depth) headings.pop();
  headings.push(depth);
  const level = Math.min(6, FIRST_HEADING - 1 + headings.length);
  return { tag: `h${level}`, attributes: { class: `depth-${depth}` } };
}

function orderedList(token) {
  const start = token.attrGet("start");
  return { tag: "ol", attributes: start === null ? {} : { start: String(start) }, children: [] };
}

function cell(tag, token, attributes) {
  const [, side] = /text-align:(\w+)/.exec(token.attrGet("style") ?? "") ?? [];
  if (side) attributes.class = `align-${side}`;
  return { tag, attributes, cell: true };
}

function fence(token, { end }) {
  const [language] = token.info.trim().split(/\s+/);
  // While a fence stays open, each line after the first is content.
  const lines = token.map[1] - token.map[0] - 1;
  const open = end !== null && token.content.split("\n").length - 1 === lines;
  const isNameWhole = end === null || token.map[0] < end.line;
  return code(token, isNameWhole ? language : "", open);
}

// What nothing closed was no formula, unless that is still to come.
function formula({ content: tex, meta }, { end, render }) {
  const open = !meta.closed && Boolean(end?.unfinished);
  const attributes = { display: "", dir: "ltr", tex };
  if (open) Object.assign(attributes, { class: "growing", open: "" });
  if (meta.closed || open) return { tag: "math-text", attributes };
  return { tag: "p", attributes: {}, text: meta.raw, ...render({ text: meta.raw }) };
}

function code({ content }, language, open) {
  const text = content.endsWith("\n") ? content.slice(0, -1) : content;
  return { tag: "code-block", code: text, language, open };
}
