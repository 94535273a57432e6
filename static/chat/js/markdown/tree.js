// Markdown source -> a tree of plain values, again and again while the source grows.
//
// When a block can change no more: CommonMark is read line by line, and a block is over once a
// line begins another one beside it. So after the last whole line all blocks but the last are
// final, with two exceptions. A link definition may find its title in the lines that follow it,
// so it stays with the block it touches. And a definition changes links above it, so each leaf
// knows the labels that it looked up.

import { growingToken, nodesOf, renewed } from "./nodes.js";
import { blockTokens, inlineHtml, normalized } from "./syntax.js";
import {
  endsAmidBlock,
  withoutLooseEnd,
  withoutMarksAtTheEnd,
  withTableBelow,
} from "./unfinished.js";

export class GrowingTree {
  #source = "";
  #seen = 0; // so many characters, whole lines all, were looked through for blocks that are over
  #over = 0; // so many characters make up the blocks that are over
  #nodes = []; // of those blocks
  #headings = []; // in force where they end
  #definitions = Object.create(null); // that stand in them
  #references = Object.create(null); // those, and the ones in open blocks
  #leaves = new LeafCache();

  /**
   * The top-level nodes (see nodes.js) of `source`; while `streaming`, more of it is to come.
   * The nodes of blocks that are over are the very same objects as the last time.
   */
  update(source, { streaming = false } = {}) {
    const text = normalized(source);
    if (!text.startsWith(this.#source.slice(0, this.#seen))) this.#forget();
    this.#source = text;
    const over = this.#takeOver();
    const open = openPart(text.slice(this.#over), streaming);
    this.#refer({ __proto__: null, ...open.definitions, ...this.#definitions });
    const render = (leaf) => this.#leaves.render(leaf, this.#references);
    this.#nodes.push(...nodesOf(over, { headings: this.#headings, render }));
    const headings = [...this.#headings];
    const nodes = this.#nodes.concat(nodesOf(open.tokens, { headings, render, end: open.end }));
    this.#leaves.turn();
    return nodes;
  }

  #forget() {
    this.#seen = this.#over = 0;
    this.#nodes = [];
    this.#headings = [];
    this.#definitions = Object.create(null);
  }

  /** The tokens of the blocks that have come to be over since the last time. */
  #takeOver() {
    const lines = this.#source.lastIndexOf("\n") + 1;
    if (lines === this.#seen) return [];
    this.#seen = lines;
    const whole = this.#source.slice(this.#over, lines);
    const length = lengthOver(whole);
    this.#over += length;
    return blockTokens(whole.slice(0, length), this.#definitions);
  }

  #refer(references) {
    const labels = differing(this.#references, references);
    this.#references = references;
    if (labels.size === 0) return;
    this.#leaves.forget(labels);
    const render = (leaf) => this.#leaves.render(leaf, references);
    this.#nodes = this.#nodes.map((node) => renewed(node, labels, render));
  }
}

/** How many characters of `source`, whole lines all, belong to blocks that are over. */
function lengthOver(source) {
  const blocks = blockTokens(source, Object.create(null)).filter(
    (token) => token.level === 0 && token.nesting >= 0,
  );
  let last = blocks.length - 1;
  while (last > 0 && mayGoOn(blocks[last - 1], blocks[last])) last--;
  return last > 0 ? lineStart(source, blocks[last].map[0]) : 0;
}

function mayGoOn(block, next) {
  return block.type === "reference_definition" && block.map[1] === next.map[0];
}

function lineStart(source, line) {
  let start = 0;
  while (line-- > 0) start = source.indexOf("\n", start) + 1;
  return start;
}

/** {tokens, definitions} of the open blocks; while streaming, mended, and the `end` of nodesOf. */
function openPart(source, streaming) {
  if (!streaming) return parsed(source);
  const firm = withoutLooseEnd(source);
  const plain = parsed(firm.endsWith("\n") ? firm : `${firm}\n`);
  const mended = withTableBelow(plain.source, growingToken(plain.tokens));
  const shown = mended === plain.source ? plain : parsed(mended);
  const line = source.split("\n").length - 1;
  return { ...shown, end: { unfinished: endsAmidBlock(source), line } };
}

function parsed(source) {
  const definitions = Object.create(null);
  return { source, definitions, tokens: blockTokens(source, definitions) };
}

function differing(before, after) {
  const isSame = (label) =>
    before[label]?.href === after[label]?.href && before[label]?.title === after[label]?.title;
  const labels = Object.keys({ ...before, ...after });
  return new Set(labels.filter((label) => !isSame(label)));
}

/** Rendered leaves of the open blocks: between two updates all but the last stay the same. */
class LeafCache {
  #kept = new Map();
  #used = new Map();

  render(leaf, references) {
    const key = `${Boolean(leaf.cell)} ${Boolean(leaf.unfinished)} ${leaf.text}`;
    const known = this.#used.get(key) ?? this.#kept.get(key);
    const rendered = known ?? rendering(leaf, references);
    this.#used.set(key, rendered);
    return rendered;
  }

  /** Forgets the leaves that depend on one of `labels`. */
  forget(labels) {
    for (const [key, { asked }] of this.#kept) {
      if (asked.some((label) => labels.has(label))) this.#kept.delete(key);
    }
  }

  /** Ends an update: forgets the leaves that it did not use. */
  turn() {
    this.#kept = this.#used;
    this.#used = new Map();
  }
}

function rendering({ text, cell, unfinished }, references) {
  const asked = new Set();
  const shown = unfinished ? withoutMarksAtTheEnd(text) : text;
  const html = inlineHtml(shown, { references, asked, unfinished, cell });
  return { html, asked: [...asked] };
}
