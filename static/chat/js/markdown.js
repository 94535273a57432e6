// Markdown on the page: the one renderer, of answers that arrive, of those that are there, and
// of the transcripts in the admin.
//
// Blocks are made with createElement from a fixed list of tags (markdown/nodes.js). Only what
// stands in a line comes as HTML, and it enters the page through DOMPurify, last of all, under
// the Trusted Types policy "dompurify".

import DOMPurify from "../../vendor/purify.js";
import "./elements/code-block.js";
import "./elements/math-text.js";
import { graft } from "./markdown/graft.js";
import { GrowingTree } from "./markdown/tree.js";
import { text } from "./strings.js";

const ALLOWED = {
  ALLOWED_TAGS: ["a", "br", "code", "em", "math-text", "s", "strong"],
  ALLOWED_ATTR: ["class", "display", "href", "open", "rel", "target", "title"],
  ADD_URI_SAFE_ATTR: ["rel", "target"], // they hold no URL
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

const LONG = 100; // blocks from which on those out of sight are not laid out

/** Draws Markdown that may still grow into `element`; what is over is not drawn again. */
export class Rendering {
  #element;
  #tree = new GrowingTree();
  #nodes = [];

  constructor(element) {
    this.#element = element;
    element.replaceChildren();
  }

  /** Shows the whole of `source`; while `streaming`, more of it is to come. */
  update(source, { streaming = false } = {}) {
    const nodes = this.#tree.update(source, { streaming });
    paintChildren(this.#element, this.#nodes, nodes);
    this.#nodes = nodes;
    this.#element.classList.toggle("long", nodes.length >= LONG);
  }
}

function paintChildren(parent, before, nodes) {
  nodes.forEach((node, index) => {
    if (node !== before[index]) paintChild(parent, index, before[index], node);
  });
  for (let extra = before.length - nodes.length; extra > 0; extra--) parent.lastChild.remove();
}

function paintChild(parent, index, before, node) {
  if (before?.tag === node.tag) return paint(parent.children[index], before, node);
  const element = document.createElement(node.tag);
  paint(element, {}, node);
  if (before) parent.children[index].replaceWith(element);
  else parent.append(element);
}

function paint(element, before, node) {
  setAttributes(element, before.attributes, node.attributes);
  if (node.tag === "code-block") element.update(node.code, node);
  else if (node.children) paintChildren(element, before.children ?? [], node.children);
  else if (isChanged(before, node)) graft(element, content(node));
}

function setAttributes(element, before = {}, attributes = {}) {
  for (const name of Object.keys(before)) {
    if (!(name in attributes)) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (before[name] !== value) element.setAttribute(name, value);
  }
}

function isChanged(before, leaf) {
  return before.html !== leaf.html || before.checked !== leaf.checked;
}

function content({ html = "", checked }) {
  const fragment = sanitized(html);
  if (checked !== undefined) fragment.prepend(checkbox(checked), " ");
  return fragment;
}

function sanitized(html) {
  if (/[<&]/.test(html)) return DOMPurify.sanitize(html, ALLOWED);
  const fragment = document.createDocumentFragment();
  if (html) fragment.append(html);
  return fragment;
}

function checkbox(checked) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.disabled = true;
  box.toggleAttribute("checked", checked);
  box.setAttribute("aria-label", text("task_done"));
  return box;
}
