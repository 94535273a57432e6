import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Shelf } from "../../static/chat/js/shelf.js";
import { MemoryStorage } from "./memory-storage.mjs";

let leave = []; // what each page does when it goes

globalThis.addEventListener = (type, action) => type === "pagehide" && leave.push(action);
globalThis.document = {
  documentElement: { lang: "en", dataset: {} },
  activeElement: null,
  getElementById: () => ({ textContent: "{}" }),
};
globalThis.CSS = { supports: () => true };
globalThis.matchMedia = () => ({ matches: true });

const { Composer } = await import("../../static/chat/js/composer.js");

beforeEach(() => (leave = []));

/** As much of an element as the composer asks of one. */
function element() {
  return {
    addEventListener() {},
    classList: { toggle() {} },
    dataset: { longest: "200000" },
    focus() {},
    setAttribute() {},
    style: {},
    value: "",
  };
}

/** A page with a composer: one tab of a browser. */
function tabOf(shelf, conversation) {
  const parts = Object.fromEntries(
    ["textarea", ".limit", ".send", ".stop"].map((name) => [name, element()]),
  );
  const composer = new Composer({ ...element(), querySelector: (name) => parts[name] }, shelf);
  composer.ready(conversation);
  return {
    composer,
    box: parts.textarea,
    leave: leave.at(-1),
    write(words) {
      parts.textarea.value = words;
      composer.keep();
    },
  };
}

function newShelf() {
  return new Shelf(new MemoryStorage(), "7");
}

/** What somebody finds who comes to a conversation. */
function found(shelf, conversation) {
  return tabOf(shelf, conversation).box.value;
}

test("a tab in which nothing was written leaves the draft of another alone", () => {
  const shelf = newShelf();
  const idle = tabOf(shelf, "c");
  tabOf(shelf, "c").write("half a thought");
  idle.leave();
  assert.equal(found(shelf, "c"), "half a thought");
});

test("what two tabs write in one conversation is all there later, each part once", () => {
  const shelf = newShelf();
  const [one, other] = [tabOf(shelf, "c"), tabOf(shelf, "c")];
  one.write("foo");
  other.write("ba");
  one.write("food");
  other.write("bar");
  for (const tab of [one, other]) tab.leave();
  const words = found(shelf, "c");
  for (const each of ["food", "bar"]) assert.equal(words.split(each).length, 2, words);
});

test("words that happen to be in what another tab writes stay", () => {
  const shelf = newShelf();
  const [one, other] = [tabOf(shelf, "c"), tabOf(shelf, "c")];
  one.write("no");
  other.write("I know it");
  other.composer.submit();
  one.leave();
  assert.equal(found(shelf, "c"), "no");
});

test("who sends takes only their own words from the draft", () => {
  const shelf = newShelf();
  const [one, other] = [tabOf(shelf, "c"), tabOf(shelf, "c")];
  one.write("foo");
  other.write("bar");
  one.composer.submit();
  one.leave();
  assert.equal(found(shelf, "c"), "bar");
  other.composer.submit();
  assert.equal(found(shelf, "c"), "");
});

test("what was sent in another tab is not a draft again when this one goes", () => {
  const shelf = newShelf();
  tabOf(shelf, "c").write("foo");
  const [one, other] = [tabOf(shelf, "c"), tabOf(shelf, "c")];
  other.composer.submit();
  one.leave();
  assert.equal(found(shelf, "c"), "");
});

test("a draft of a new chat goes along with it, and another tab's stays", () => {
  const shelf = newShelf();
  const [one, other] = [tabOf(shelf, null), tabOf(shelf, null)];
  other.write("another question");
  one.write("and then?");
  one.composer.become("c");
  assert.equal(one.box.value, "and then?");
  assert.deepEqual([found(shelf, "c"), found(shelf, null)], ["and then?", "another question"]);
});

test("words that come back to the chat that is open are in its box", () => {
  const shelf = newShelf();
  const { box, composer, leave: goes } = tabOf(shelf, null);
  composer.restoreIn(null, "refused", shelf);
  assert.equal(box.value, "refused");
  goes();
  assert.equal(found(shelf, null), "refused");
});

test("words come back to the shelf that they belong to", () => {
  const [lasting, passing] = [newShelf(), newShelf()];
  const { box, composer } = tabOf(lasting, null);
  composer.restoreIn(null, "whispered", passing);
  assert.equal(box.value, "");
  assert.deepEqual([found(lasting, null), found(passing, null)], ["", "whispered"]);
});

test("a draft that moves to another shelf joins what is there", () => {
  const [lasting, passing] = [newShelf(), newShelf()];
  tabOf(passing, null).write("whispered");
  const tab = tabOf(lasting, null);
  tab.write("said");
  tab.composer.move(passing);
  assert.equal(tab.box.value, "said\n\nwhispered");
  assert.deepEqual([found(lasting, null), found(passing, null)], ["", "said\n\nwhispered"]);
});

test("who signs out leaves nothing behind", () => {
  const shelf = newShelf();
  const tab = tabOf(shelf, "c");
  tab.box.value = "a secret";
  tab.composer.forget();
  shelf.clear();
  tab.leave();
  assert.deepEqual(shelf.names(), []);
});
