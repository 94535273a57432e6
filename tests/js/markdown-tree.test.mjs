import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { nodesOf } from "../../static/chat/js/markdown/nodes.js";
import { blockTokens, inlineHtml, normalized } from "../../static/chat/js/markdown/syntax.js";
import { GrowingTree } from "../../static/chat/js/markdown/tree.js";

const fixture = (name) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
const RICH = fixture("markdown/rich.md");
const HOSTILE = JSON.parse(fixture("hostile.json"));

// Parsed in one go, without a thought for what is over.
function whole(source) {
  const references = Object.create(null);
  const tokens = blockTokens(normalized(source), references);
  const render = ({ text, cell }) => {
    const asked = new Set();
    return { html: inlineHtml(text, { references, asked, cell }), asked: [...asked] };
  };
  return nodesOf(tokens, { headings: [], render });
}

function* prefixes(source, step = () => 1) {
  for (let end = 0; end < source.length;) {
    end = Math.min(source.length, end + step());
    yield source.slice(0, end);
  }
}

function assertGrowsLikeWhole(source, step) {
  const tree = new GrowingTree();
  const streaming = new GrowingTree();
  for (const prefix of prefixes(source, step)) {
    assert.deepEqual(tree.update(prefix), whole(prefix), JSON.stringify(prefix));
    const atOnce = new GrowingTree().update(prefix, { streaming: true });
    assert.deepEqual(streaming.update(prefix, { streaming: true }), atOnce, JSON.stringify(prefix));
  }
  assert.deepEqual(streaming.update(source), whole(source));
}

const URL_ = "https://example.com";
const TRICKY = {
  "a definition after its use": `[a] and [b]\n\ntext\n\n[a]: ${URL_}\n\n[b]: ${URL_}/b 'B'\n\n[c]`,
  "a title found lines below": `[a]\n\n[a]: ${URL_}\n"one\ntwo\nthree"\n\n[a]`,
  "a title that never ends": `[a]: ${URL_}\n"one\ntwo\n\nthree"`,
  "definitions in a row": `[a]: ${URL_}/a\n[b]: ${URL_}/b\n[a]: ${URL_}/c\ntext [a][b]\n\n[a]`,
  "a definition in a quote in a list": `- > [a]: ${URL_}\n\n[a]\n`,
  "a definition that is not one": `[a]: ${URL_} x\n[b]:\n\n[a] [b]`,
  "a heading found a line below": "one\ntwo\n---\n\nthree\n===\nfour\n-",
  "a table found a line below": "text\n| a | b |\n|---|---|\n| 1 |\ntext\n\n| c |\n|---|--|\n",
  "a tight list that becomes loose": "- a\n- b\n  - c\n\n- d\n\n\n1. e\n2) f\n",
  "lazy lines": "> a\nb\n- c\nd\n\n    e\n> - f\ng\n",
  "fences in fences": "````md\n```\na\n```\n````\n~~~\n```\n~~~\n\n- ```\n  a\nb\n```\n",
  "a fence in a quote that ends early": "> ```\n> a\nb\n> ```\n",
  "indented code": "    a\n\n\n    b\n\nc\n    d\n\t e\n",
  "raw HTML": "<div>\n\n*a*\n</div>\n<!-- b\n\nc -->\n<script>\n\nd</script>\n",
  "headings that nest": "### a\n# b\n### c\n###### d\n## e\n- # f\n> ## g\n#\n#h\n",
  "line ends of all kinds": "a\rb\r\nc\n\r\n\rd\u2028e\n\0f",
  tasks: "- [ ] a\n- [x] b\n- [X]c\n- [ ]\n1. [x] d\n\n   [ ] e\n",
  "only marks": "- \n-\n* * *\n***\n+\n1.\n\n#\n>\n>\n",
  "formulas of all kinds": "a $x$ $$y\nz$$ b\n$$\na\n- b\n$$\nc\n\\[\nd\n\n\\[e\\]\n$$ f\n",
  "environments in lists": "- \\begin{align}\n  a\n  \\end{align}\n  $$\n\n  b\n> $$\n> c\nd\n",
  "characters of two parts": "😀 **é** a\u0301 👩‍👩‍👧\n\n- 🏴",
};

for (const [name, source] of Object.entries(TRICKY)) {
  test(`grows character by character as if parsed at once: ${name}`, () => {
    assertGrowsLikeWhole(source);
  });
}

test("a rich document grows as if parsed at once", () => assertGrowsLikeWhole(RICH, () => 7));

test("hostile texts grow as if parsed at once", () => {
  for (const { text } of HOSTILE.filter(({ text }) => text.length < 2_000)) {
    assertGrowsLikeWhole(text, () => 11);
  }
});

// Documents thrown together from what matters to the parser. The seed makes them the same always.
const PIECES = [
  ..."\n\n\n\n\t*_`[]()|:>#-=~+<\\!&",
  ..."\n\n|- |* |> |1. |2) |  |    |```|~~~|```py\n|---|===|***|**|~~|[a]|[ ] |[x] |# |## h\n".split(
    "|",
  ),
  ..."a|b c|word |text\n|😀|<b>|<!-- |--> |<div>\n|</div>\n|&amp;|\r\n|\r|\0|  \n|10. |\u2028".split(
    "|",
  ),
  "| a | b |",
  ..."$|$$|$$\n|\\[|\\]\n|\\(|\\)|$x$|\\begin{align}\n|\\end{align}\n".split("|"),
  "|---|---|\n",
  `[a]: ${URL_}\n`,
  `[a]: ${URL_} "ti\n`,
  '"ti\n',
  'tle"\n',
  `[c](${URL_})`,
  `![i](${URL_})`,
];

function generator(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

test("documents made at random grow as if parsed at once", () => {
  const random = generator(7);
  for (let count = 0; count < 250; count++) {
    const length = 3 + random(24);
    const source = Array.from({ length }, () => PIECES[random(PIECES.length)]).join("");
    assertGrowsLikeWhole(source, () => 1 + random(4));
  }
});

test("blocks that are over are the very same objects the next time", () => {
  const tree = new GrowingTree();
  const before = tree.update(`${RICH}\n\nmore\n`, { streaming: true });
  const after = tree.update(`${RICH}\n\nmore\nand\n\n# more`, { streaming: true });
  assert.equal(before.length, 24);
  before.slice(0, -1).forEach((node, index) => assert.equal(node, after[index]));
});

test("a definition changes the blocks that asked for it, and no other", () => {
  const tree = new GrowingTree();
  const before = tree.update("[a]\n\n[b]\n\n- [a] c\n\nend");
  const after = tree.update(`[a]\n\n[b]\n\n- [a] c\n\nend\n\n[a]: ${URL_}`);
  assert.deepEqual(
    before.map((node, index) => node === after[index]),
    [false, true, false, false],
  );
  assert.match(after[0].html, /^<a href="https:\/\/example.com"/);
});

test("a text that is not the last one grown is parsed anew", () => {
  const tree = new GrowingTree();
  tree.update(`# a\n\n[b]\n\n[b]: ${URL_}\n\nc\n\nd`);
  assert.deepEqual(tree.update("# x\n\n[b]\n\nc"), whole("# x\n\n[b]\n\nc"));
  assert.deepEqual(tree.update(""), []);
});

test("levels of headings leave none out", () => {
  const nodes = new GrowingTree().update("### a\n\n##### b\n\n### c\n\n# d\n\n## e\n\n###### f");
  assert.deepEqual(
    nodes.map(({ tag }) => tag),
    ["h3", "h4", "h3", "h3", "h4", "h5"],
  );
  assert.equal(nodes[1].attributes.class, "depth-5");
});
