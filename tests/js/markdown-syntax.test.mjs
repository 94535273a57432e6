import assert from "node:assert/strict";
import { test } from "node:test";

import { inlineHtml } from "../../static/chat/js/markdown/syntax.js";
import { GrowingTree } from "../../static/chat/js/markdown/tree.js";

const APART = 'target="_blank" rel="noopener noreferrer nofollow"';

function html(text, context = {}) {
  return inlineHtml(text, { references: Object.create(null), asked: new Set(), ...context });
}

function node(source) {
  return new GrowingTree().update(source)[0];
}

test("raw HTML is text", () => {
  assert.equal(html("<b>a</b> <!-- c -->"), "&lt;b&gt;a&lt;/b&gt; &lt;!-- c --&gt;");
});

test("links open apart", () => {
  assert.equal(html("[a](https://b.example)"), `<a href="https://b.example" ${APART}>a</a>`);
  assert.equal(
    html("https://b.example"),
    `<a href="https://b.example" ${APART}>https://b.example</a>`,
  );
  assert.match(html("[a](mailto:b@c.example)"), /^<a href="mailto:b@c.example"/);
});

for (const url of [
  "javascript:x",
  "data:text/html,x",
  "/sign-out/",
  "a.html",
  "//c.example",
  "ftp://c",
  "#a",
]) {
  test(`a link to ${url} is text`, () => assert.equal(html(`[a](${url})`), `[a](${url})`));
}

test("a link to nowhere does not lead to this page", () => assert.equal(html("[a]()"), "<a>a</a>"));

test("names of files are no links", () => {
  assert.equal(
    html("README.md main.rs b.example a@b.example"),
    "README.md main.rs b.example a@b.example",
  );
});

test("an image is a link to it", () => {
  const expected = `<a class="image" href="https://b.example/c.png" target="_blank" rel="noopener noreferrer nofollow">a</a>`;
  assert.equal(html("![a](https://b.example/c.png)"), expected);
  assert.match(html("![](https://b.example/c.png)"), />https:\/\/b\.example\/c\.png<\/a>$/);
});

test("an image in a link is the link's text", () => {
  const linked = html("[x ![a](https://b.example/c.png)](https://d.example)");
  assert.equal(linked, `<a href="https://d.example" ${APART}>x a</a>`);
});

test("a line break is a line break", () => assert.equal(html("a\nb"), "a<br>\nb"));

test("a cell can break its line, and nothing else can", () => {
  assert.equal(html("a<br>b<BR />c", { cell: true }), "a<br>\nb<br>\nc");
  assert.equal(html("a<br onclick=x>b", { cell: true }), "a&lt;br onclick=x&gt;b");
  assert.equal(html("a<br>b"), "a&lt;br&gt;b");
});

test("strikethrough, strong, emphasis and code", () => {
  assert.equal(
    html("~~a~~ **b** *c* `d`"),
    "<s>a</s> <strong>b</strong> <em>c</em> <code>d</code>",
  );
});

test("a fence is a code block with the first word of its info as language", () => {
  const { attributes, ...code } = node('```py title="x"\na\n\nb\n```');
  assert.deepEqual(code, { tag: "code-block", code: "a\n\nb", language: "py", open: false });
});

test("columns keep their side", () => {
  const [{ children }] = node("| a | b | c |\n|:-|:-:|-:|").children[0].children;
  const classes = children[0].children.map(({ attributes }) => attributes.class);
  assert.deepEqual(classes, ["align-left", "align-center", "align-right"]);
});

test("a task is done or not, and its mark is no text", () => {
  const items = node("- [x] a\n- [ ] b\n- c").children.map((item) => item.children[0]);
  assert.deepEqual(
    items.map(({ checked, text }) => [checked, text]),
    [
      [true, "a"],
      [false, "b"],
      [undefined, "c"],
    ],
  );
});

test("a list starts where it says", () => assert.equal(node("7. a").attributes.start, "7"));
