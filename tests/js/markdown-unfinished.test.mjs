import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { GrowingTree } from "../../static/chat/js/markdown/tree.js";

const RICH = readFileSync(new URL("../fixtures/markdown/rich.md", import.meta.url), "utf8");

function streamed(source) {
  return new GrowingTree().update(source, { streaming: true });
}

// The tree in short: tags in brackets around what is in them.
function outline(nodes) {
  return nodes
    .map(
      ({ tag, children, html, code }) =>
        `${tag}(${children ? outline(children) : (html ?? code ?? "")})`,
    )
    .join(" ");
}

function looksLike(source, expected) {
  test(`${JSON.stringify(source)} is drawn as ${expected || "nothing"}`, () => {
    assert.equal(outline(streamed(source)), expected);
  });
}

looksLike("a **b", "p(a <strong>b</strong>)");
looksLike("a **b*", "p(a <strong>b</strong>)");
looksLike("a **b** c *d ~~e", "p(a <strong>b</strong> c <em>d <s>e</s></em>)");
looksLike("***a", "p(<em><strong>a</strong></em>)");
looksLike("a **", "p(a )");
looksLike("2 * 3", "p(2 * 3)");
looksLike("**a\n\nb", "p(**a) p(b)");
looksLike("a `b", "p(a <code>b</code>)");
looksLike("a `b` c", "p(a <code>b</code> c)");
looksLike("a ``b ` c", "p(a <code>b ` c</code>)");
looksLike("a [b", "p(a <a>b</a>)");
looksLike("a [b **c", "p(a <a>b **c</a>)");
looksLike("a [b](https://c", "p(a <a>b</a>)");
looksLike("a ![b](https://c", "p(a <a>b</a>)");
looksLike(
  "a [b](https://c.example) d",
  'p(a <a href="https://c.example" target="_blank" rel="noopener noreferrer nofollow">b</a> d)',
);
looksLike("a [b] c", "p(a [b] c)");
looksLike("a \\", "p(a )");

looksLike("a 👩", "p(a )");
looksLike("a 👩‍", "p(a )");
looksLike("a 👍👩🏽‍🔬", "p(a 👍)");
looksLike("a 👩‍👩‍👧 b", "p(a 👩‍👩‍👧 b)");
looksLike("a 🇫", "p(a )");
looksLike("a \ud83d", "p(a )");

looksLike("- a\n-", "ul(li(p(a)))");
looksLike("- a\n  - ", "ul(li(p(a)))");
looksLike("a\n---", "p(a)");
looksLike("a\n---\n", "h3(a)");
looksLike("1. a\n2", "ol(li(p(a)))");
looksLike("#", "");
looksLike("- [", "");
looksLike("- [x", "");
looksLike("42", "p(42)");

looksLike("``", "");
looksLike("```py", "code-block()");
looksLike("```py\na\n``", "code-block(a)");
looksLike("```py\na\n  b", "code-block(a\n  b)");
looksLike("- a\n\n  ```\n  b", "ul(li(p(a) code-block(b)))");

looksLike("| a", "div(table(thead(tr(th(a)))))");
looksLike("a\n| b | c", "p(a) div(table(thead(tr(th(b) th(c)))))");
looksLike("| a | b |\n", "div(table(thead(tr(th(a) th(b)))))");
looksLike("| a | b |\n|--", "div(table(thead(tr(th(a) th(b)))))");
looksLike("| a\\|b | c |\n|-", "div(table(thead(tr(th(a|b) th(c)))))");
looksLike(
  "| a | b |\n|---|---|\n| c | **d",
  "div(table(thead(tr(th(a) th(b))) tbody(tr(td(c) td(<strong>d</strong>)))))",
);
looksLike("- | a |", "ul(li(div(table(thead(tr(th(a)))))))");
looksLike("> x\n> | a |", "blockquote(p(x) div(table(thead(tr(th(a))))))");
looksLike("| a |\n\n", "p(| a |)");
looksLike("```\n| a |", "code-block(| a |)");

test("the name of a language is shown once it is whole", () => {
  const languages = ["```ja", "```java", "```javascript\n"].map(
    (source) => streamed(source)[0].language,
  );
  assert.deepEqual(languages, ["", "", "javascript"]);
});

test("code is open until its fence is closed or the text ends", () => {
  assert.equal(streamed("```\na\n")[0].open, true);
  assert.equal(streamed("```\na\n```")[0].open, true);
  assert.equal(streamed("```\na\n```\n")[0].open, false);
  assert.equal(streamed("```\na\n```\n\nb")[0].open, false);
  assert.equal(new GrowingTree().update("```\na")[0].open, false);
});

test("the leaf where text is to come is marked, until the text ends", () => {
  const [list] = streamed("- a\n- b");
  const [, last] = list.children;
  assert.equal(last.children[0].attributes.class, "growing");
  assert.equal(outline(new GrowingTree().update("- a\n- b")), "ul(li(p(a)) li(p(b)))");
  assert.equal(JSON.stringify(new GrowingTree().update("- a\n- b")).includes("growing"), false);
});

// What a reader should never see of a document while it arrives.
test("a document that streams shows no marks of tables, fences and emphasis", () => {
  const tree = new GrowingTree();
  for (let end = 1; end < RICH.length; end++) {
    const words = outline(tree.update(RICH.slice(0, end), { streaming: true })).replace(
      /code-block\([^)]*\)*/g,
      "",
    );
    assert.doesNotMatch(
      words,
      /\*\*|```|\|-|\| |~~|\$\$|\$[ax]|\\[()[\]]/,
      JSON.stringify(RICH.slice(0, end).slice(-60)),
    );
  }
});

const COUNT = 50_000;
const LONG = {
  stars: `${"*".repeat(COUNT)} x`,
  "stars between words": "*a **b ".repeat(COUNT / 7),
  spaces: `a\n${" ".repeat(COUNT)}x`,
  "marks in a line": `a\n${"- ".repeat(COUNT / 2)}x`,
  backticks: `${"`".repeat(COUNT)} x`,
  "backticks of all lengths": Array.from({ length: 300 }, (_, n) => "`".repeat(n)).join(" x "),
  brackets: "[".repeat(COUNT),
  "half links": "[a](".repeat(COUNT / 4),
  "empty lines": "\n".repeat(COUNT),
  "quoted empty lines": "> \n".repeat(COUNT / 3),
  bars: `${"|".repeat(COUNT)}a`,
  "a line of cells": `| ${"a | ".repeat(COUNT / 4)}`,
  "a backslash and again": "\\".repeat(COUNT),
  dollars: "$".repeat(COUNT),
  "prices in a row": "$5 ".repeat(COUNT / 3),
  "prices with backslashes": `$x${"\\".repeat(99)}$`.repeat(COUNT / 100),
  "formulas that begin": "\\(a ".repeat(COUNT / 4),
  "formulas apart that begin": "$$ a\n".repeat(COUNT / 5),
};

// Twice as long must not take four times as long: these would take minutes.
for (const [name, source] of Object.entries(LONG)) {
  test(`${name}, ${source.length} characters of them, are soon drawn`, () => {
    const started = performance.now();
    streamed(source);
    assert.ok(performance.now() - started < 5_000);
  });
}
