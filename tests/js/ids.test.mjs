import assert from "node:assert/strict";
import { test } from "node:test";

import { newId } from "../../static/chat/js/ids.js";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const plainHttp = { getRandomValues: (bytes) => crypto.getRandomValues(bytes) };

test("an id is a random uuid", () => assert.match(newId(), UUID));

test("an address without crypto.randomUUID makes ids of the same kind", () => {
  const made = new Set(Array.from({ length: 500 }, () => newId(plainHttp)));
  assert.equal(made.size, 500);
  for (const id of made) assert.match(id, UUID);
});

test("the smallest bytes keep their zeros", () => {
  const zeros = { getRandomValues: (bytes) => bytes };
  assert.equal(newId(zeros), "00000000-0000-4000-8000-000000000000");
});
