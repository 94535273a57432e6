import assert from "node:assert/strict";
import { test } from "node:test";
import { contextUse, turnTokens } from "../../static/chat/js/context-use.js";

test("a turn is estimated as the server does", () => {
  assert.equal(turnTokens(" \n"), 0);
  assert.equal(turnTokens("a".repeat(35)), 18);
  assert.equal(turnTokens("a".repeat(36)), 19);
  assert.equal(turnTokens("приве́т, 😀"), 8 + 8 + 1);
});

test("the oldest pairs go until the rest fits beside the answer", () => {
  const thread = { system: 10, turns: [100, 100, 100, 100], draft: 50, context: 1000 };
  assert.deepEqual(contextUse({ ...thread, maxTokens: 500 }), { tokens: 460, most: 500, cut: 0 });
  assert.deepEqual(contextUse({ ...thread, maxTokens: 600 }), { tokens: 460, most: 500, cut: 0 });
  const narrow = { ...thread, context: 600, maxTokens: 200 };
  assert.deepEqual(contextUse(narrow), { tokens: 460, most: 400, cut: 2 });
  assert.deepEqual(contextUse({ ...narrow, draft: 5000 }), { tokens: 5410, most: 400, cut: 4 });
  assert.deepEqual(contextUse({ ...narrow, draft: 0 }).cut, 2);
});
