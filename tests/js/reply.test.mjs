import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { apply, countCharacters, empty } from "../../static/chat/js/reply.js";

const directory = new URL("../fixtures/wire/", import.meta.url);
const examples = readdirSync(directory)
  .filter((name) => /^reply-.*\.json$/.test(name))
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, directory), "utf8")));

function fold(reply, events) {
  for (const event of events) {
    reply = apply(reply, event);
    if (reply.type === "gap") break;
  }
  return reply;
}

test("there are examples to be held to", () => assert.ok(examples.length > 20));

for (const { name, reply, events, expected } of examples) {
  test(`the page agrees with the server: ${name}`, () => {
    assert.deepEqual(fold(reply, events), expected);
  });
}

test("an ignored event gives the same reply", () => {
  const reply = { ...empty("a"), seq: 3 };
  assert.equal(apply(reply, { type: "text_added", run: "a", seq: 2, text: "x" }), reply);
});

test("an event that this page does not know changes nothing", () => {
  const reply = { ...empty("a"), seq: 3 };
  assert.equal(apply(reply, { type: "run_praised", run: "a", seq: 4 }), reply);
});

test("characters are counted as the server counts them", () => {
  assert.equal(countCharacters(""), 0);
  assert.equal(countCharacters("aé😀e\u0301"), 5);
  assert.equal(countCharacters("\ud83d"), 1);
});
