import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { LANGUAGES, extensionOf, nameOf } from "../../static/chat/js/languages.js";
import highlighter from "../../static/vendor/highlight/core.js";

const copied = readdirSync(new URL("../../static/vendor/highlight/languages/", import.meta.url));

test("every language that was copied can be named, and none else", () => {
  assert.deepEqual(
    Object.keys(LANGUAGES)
      .map((name) => `${name}.js`)
      .sort(),
    copied.sort(),
  );
});

test("every language loads", async () => {
  for (const [name, { load }] of Object.entries(LANGUAGES)) {
    highlighter.registerLanguage(name, (await load()).default);
    assert.equal(highlighter.highlight("a = 1", { language: name }).errorRaised, undefined, name);
  }
});

test("no two languages share a name", () => {
  const others = Object.values(LANGUAGES).flatMap(({ also = "" }) =>
    also.split(" ").filter(Boolean),
  );
  const all = [...Object.keys(LANGUAGES), ...others];
  assert.equal(new Set(all).size, all.length);
});

test("the languages found inside of another are there", () => {
  for (const { holds = "" } of Object.values(LANGUAGES)) {
    for (const inner of holds.split(" ").filter(Boolean)) assert.ok(inner in LANGUAGES, inner);
  }
});

test("a language goes by other names, in any case", () => {
  assert.equal(nameOf("TSX"), "typescript");
  assert.equal(nameOf("C#"), "csharp");
  assert.equal(nameOf("klingon"), undefined);
});

test("a name that objects have is no language", () => {
  for (const name of ["constructor", "__proto__", "toString"])
    assert.equal(nameOf(name), undefined);
});

test("a file has the extension of its language", () => {
  assert.equal(extensionOf("py"), "py");
  assert.equal(extensionOf("Rust"), "rs");
  assert.equal(extensionOf("constructor"), "txt");
  assert.equal(extensionOf(""), "txt");
});
