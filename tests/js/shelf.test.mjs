import assert from "node:assert/strict";
import { test } from "node:test";

import { Shelf } from "../../static/chat/js/shelf.js";
import { MemoryStorage } from "./memory-storage.mjs";

test("a value outlives the page", () => {
  const storage = new MemoryStorage();
  new Shelf(storage, "7").set("draft:c", { text: "Привет" });
  assert.deepEqual(new Shelf(storage, "7").get("draft:c"), { text: "Привет" });
});

test("nothing is null", () => assert.equal(new Shelf(new MemoryStorage(), "7").get("x"), null));

test("two people of one browser never meet", () => {
  const storage = new MemoryStorage();
  new Shelf(storage, "7").set("draft:c", "mine");
  const other = new Shelf(storage, "77");
  assert.equal(other.get("draft:c"), null);
  assert.deepEqual(other.names(), []);
  other.clear();
  assert.equal(new Shelf(storage, "7").get("draft:c"), "mine");
});

test("names are found by their beginning", () => {
  const shelf = new Shelf(new MemoryStorage(), "7");
  shelf.set("outbox:1", 1);
  shelf.set("outbox:2", 2);
  shelf.set("draft:c", 3);
  assert.deepEqual(shelf.names("outbox:"), ["outbox:1", "outbox:2"]);
});

test("what does not fit lives as long as the page", () => {
  const shelf = new Shelf(new MemoryStorage(10), "7");
  shelf.set("draft:c", "a long text that does not fit");
  assert.equal(shelf.get("draft:c"), "a long text that does not fit");
  assert.deepEqual(shelf.names("draft:"), ["draft:c"]);
  shelf.remove("draft:c");
  assert.equal(shelf.get("draft:c"), null);
});

test("a blocked storage is no storage", () => {
  const shelf = new Shelf(null, "7");
  shelf.set("draft:c", "kept for now");
  assert.equal(shelf.get("draft:c"), "kept for now");
  shelf.clear();
  assert.deepEqual(shelf.names(), []);
});

test("a value that is no JSON is nothing", () => {
  const storage = new MemoryStorage();
  storage.setItem("chat:7:draft:c", "{half");
  assert.equal(new Shelf(storage, "7").get("draft:c"), null);
});
