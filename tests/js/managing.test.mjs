import assert from "node:assert/strict";
import { test } from "node:test";

const SENTENCES = { done_delete: { one: "{count} is deleted.", other: "{count} are deleted." }, untitled: "Untitled" };
globalThis.document = {
  documentElement: { lang: "en" },
  getElementById: () => ({ textContent: JSON.stringify(SENTENCES) }),
};
const { Managing } = await import("../../static/chat/js/managing.js");

const MANY = Array.from({ length: 450 }, (_, number) => `c${number}`);

/** Managing, over a server that fails at some of its requests, counted from 0. */
function managingOver({ failing }) {
  const asked = [];
  const offered = [];
  const told = [];
  const changeMany = async (action, conversations) => {
    asked.push([action, conversations.length]);
    if (failing.includes(asked.length - 1)) throw new Error("no");
    return null;
  };
  const offer = (sentence, undo) => offered.push({ sentence, undo });
  const managing = new Managing({ pages: { changeMany }, notices: { offer } });
  for (const type of ["changed", "undone", "failed"]) {
    managing.addEventListener(type, ({ detail }) => told.push({ type, ...detail }));
  }
  return { asked, managing, offered, told };
}

test("what was done before a request failed has its way back, and the rest is done again", async () => {
  const { asked, managing, offered, told } = managingOver({ failing: [1] });
  await managing.change("delete", MANY);
  const [failed, changed] = told;
  assert.equal(failed.type, "failed");
  assert.deepEqual(changed.conversations, MANY.slice(0, 200));
  assert.equal(offered[0].sentence, "200 are deleted.");
  await failed.again();
  assert.deepEqual(asked.slice(2), [["delete", 200], ["delete", 50]]);
  assert.deepEqual(told.at(-1).conversations, MANY.slice(200));
  assert.equal(offered[1].sentence, "450 are deleted.");
  await offered[1].undo();
  assert.deepEqual(asked.slice(4).map(([, count]) => count), [200, 200, 50]);
});

test("what failed at once has no way back", async () => {
  const { managing, offered, told } = managingOver({ failing: [0] });
  await managing.change("delete", MANY);
  assert.deepEqual(told.map(({ type }) => type), ["failed"]);
  assert.deepEqual(offered, []);
});

test("an undo that failed amid many goes on where it was", async () => {
  const { asked, managing, offered, told } = managingOver({ failing: [4] });
  await managing.change("delete", MANY);
  await offered[0].undo();
  assert.deepEqual(told.at(-1).conversations, MANY.slice(0, 200));
  await told.find(({ type }) => type === "failed").again();
  assert.deepEqual(asked.slice(5), [["restore", 200], ["restore", 50]]);
});
