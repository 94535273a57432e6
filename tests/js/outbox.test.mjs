import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../static/chat/js/outbox.js";
import { Shelf } from "../../static/chat/js/shelf.js";
import { MemoryStorage } from "./memory-storage.mjs";

const nothingIsWritten = () => false;
const say = (id, parent = null) => ({
  type: "say",
  id,
  conversation: "c",
  parent,
  text: `text of ${id}`,
  reply: `reply-${id}`,
});

function outboxOn(storage = new MemoryStorage()) {
  return new Outbox(new Shelf(storage, "7"));
}

function ids(entries) {
  return entries.map(({ command }) => command.id);
}

test("a turn is sent once on a connection", () => {
  const outbox = outboxOn();
  outbox.add(say("1"), { conversation: "c" });
  assert.deepEqual(ids(outbox.takeReady(nothingIsWritten)), ["1"]);
  assert.deepEqual(outbox.takeReady(nothingIsWritten), []);
});

test("what was not answered is said again on the next connection", () => {
  const outbox = outboxOn();
  outbox.add(say("1"), { conversation: "c" });
  outbox.takeReady(nothingIsWritten);
  outbox.unsendAll();
  assert.deepEqual(ids(outbox.takeReady(nothingIsWritten)), ["1"]);
});

test("a turn waits until the answer it follows has been promised and written", () => {
  const outbox = outboxOn();
  const first = outbox.add(say("1"), { conversation: "c" });
  outbox.add(say("2", "reply-1"), { conversation: "c" });
  assert.deepEqual(ids(outbox.takeReady(nothingIsWritten)), ["1"]);
  outbox.remove(first);
  assert.deepEqual(outbox.takeReady((message) => message === "reply-1"), []);
  assert.deepEqual(ids(outbox.takeReady(nothingIsWritten)), ["2"]);
});

test("turns of two conversations do not wait for each other", () => {
  const outbox = outboxOn();
  outbox.add(say("1"), { conversation: "c" });
  outbox.add({ ...say("2"), conversation: "d" }, { conversation: "d" });
  assert.deepEqual(ids(outbox.takeReady(nothingIsWritten)), ["1", "2"]);
});

test("the queue outlives a reload, in its order", () => {
  const storage = new MemoryStorage();
  const before = outboxOn(storage);
  for (const id of ["1", "2", "3"]) before.add(say(id), { conversation: "c" });
  assert.deepEqual(ids(outboxOn(storage).of("c")), ["1", "2", "3"]);
});

test("what was answered is gone after a reload", () => {
  const storage = new MemoryStorage();
  const before = outboxOn(storage);
  before.remove(before.add(say("1"), { conversation: "c" }));
  assert.deepEqual(outboxOn(storage).of("c"), []);
});

test("one person's turns are never sent by another", () => {
  const storage = new MemoryStorage();
  outboxOn(storage).add(say("1"), { conversation: "c" });
  assert.deepEqual(new Outbox(new Shelf(storage, "8")).of("c"), []);
});

test("a chat that the server has not heard of is found again", () => {
  const outbox = outboxOn();
  outbox.add(say("1"), { conversation: "c", begins: true });
  outbox.add(say("2", "reply-1"), { conversation: "c" });
  assert.equal(outbox.newest, "c");
});

for (const [command, accepted, refused] of [
  [say("1"), { id: "1", reply: "reply-1", run: "r" }, { command: "say", id: "1" }],
  [
    { type: "retry", message: "m", reply: "n" },
    { id: "n", reply: "n", run: "r" },
    { command: "retry", id: "n" },
  ],
  [
    { type: "continue", message: "m", run: "r" },
    { id: "r", reply: "m", run: "r" },
    { command: "continue", id: "r", run: "r" },
  ],
]) {
  test(`the answer to ${command.type} finds its command`, () => {
    const outbox = outboxOn();
    outbox.add({ ...say("other"), id: "x", reply: "y" }, { conversation: "c" });
    const entry = outbox.add(command, { conversation: "c" });
    assert.equal(outbox.answeredBy({ type: "accepted", ...accepted }), entry);
    assert.equal(outbox.answeredBy({ type: "refused", ...refused }), entry);
  });
}

test("a refused follow of the same run answers no continue", () => {
  const outbox = outboxOn();
  outbox.add({ type: "continue", message: "m", run: "r" }, { conversation: "c" });
  const refused = { type: "refused", command: "follow", id: null, run: "r" };
  assert.equal(outbox.answeredBy(refused), undefined);
});

test("the turns that follow a refused one are found", () => {
  const outbox = outboxOn();
  outbox.add(say("1"), { conversation: "c" });
  outbox.add(say("2", "reply-1"), { conversation: "c" });
  assert.deepEqual(ids(outbox.after("reply-1")), ["2"]);
  assert.deepEqual(outbox.after("reply-2"), []);
});
