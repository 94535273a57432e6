import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Outbox } from "../../static/chat/js/outbox.js";
import { Shelf } from "../../static/chat/js/shelf.js";
import { Turns } from "../../static/chat/js/turns.js";
import { MemoryStorage } from "./memory-storage.mjs";

const RUN = "run";
const FOLLOW = { type: "follow", run: RUN, after: 3 };
const STOP = { type: "stop", run: RUN };

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** The turns of a page that shows one answer being written. */
function turnsOfAPage({ draft = {} } = {}) {
  const sent = [];
  const told = [];
  const lost = [];
  const turns = new Turns(
    { conversation: "c" },
    {
      answerSettings: { draft },
      models: { chosen: "large" },
      temporary: { isOn: false },
      connection: { isOpen: true, send: (command) => sent.push(command) },
      outbox: new Outbox(new Shelf(new MemoryStorage(), "7")),
      transcript: {
        streaming: { id: "reply", run: RUN },
        expect: () => {},
        row: () => null,
        followOf: () => FOLLOW,
        isBeingWritten: () => true,
        lose: (run) => lost.push(run),
        queue: () => {},
      },
    },
  );
  for (const type of ["held-up", "goes-on", "refused"]) {
    turns.addEventListener(type, ({ detail }) => told.push(detail ?? type));
  }
  return { lost, sent, told, turns };
}

function refused(command, code = "unavailable", more = {}) {
  return { type: "refused", command, id: null, run: RUN, code, detail: "Away.", ...more };
}

test("what holds an answer up is told once, until something of it comes", () => {
  const { sent, told, turns } = turnsOfAPage();
  turns.refused(refused("follow"));
  mock.timers.tick(2_000);
  turns.refused(refused("follow"));
  assert.deepEqual(told, ["Away."]);
  assert.deepEqual(sent, [FOLLOW]);
  turns.goesOn("another");
  assert.deepEqual(told, ["Away."]);
  turns.goesOn(RUN);
  turns.goesOn(RUN);
  assert.deepEqual(told, ["Away.", "goes-on"]);
  turns.refused(refused("follow"));
  assert.deepEqual(told, ["Away.", "goes-on", "Away."]);
});

test("what comes of one answer does not end what holds another up", () => {
  const { told, turns } = turnsOfAPage();
  turns.refused(refused("follow"));
  turns.refused({ ...refused("follow"), run: "other" });
  turns.goesOn("other");
  assert.ok(!told.includes("goes-on"));
});

test("a page that asks for too much at once says nothing of it", () => {
  const { sent, told, turns } = turnsOfAPage();
  turns.refused(refused("follow", "busy"));
  mock.timers.tick(2_000);
  assert.deepEqual(told, []);
  assert.deepEqual(sent, [FOLLOW]);
});

test("an answer that is gone is held up by nothing", () => {
  const { lost, told, turns } = turnsOfAPage();
  turns.refused(refused("follow"));
  turns.refused(refused("follow", "not_found"));
  assert.deepEqual(lost, [RUN]);
  assert.deepEqual(told, ["Away.", "goes-on"]);
});

test("a refused stop is told, and sent again until the answer ends", () => {
  const { sent, told, turns } = turnsOfAPage();
  turns.stop();
  turns.refused(refused("stop", "unavailable", { retry_after: 3 }));
  assert.deepEqual(told, ["Away."]);
  assert.deepEqual(sent, [STOP]);
  mock.timers.tick(3_000);
  assert.deepEqual(sent, [STOP, STOP]);
  turns.refused(refused("stop"));
  turns.ended(RUN);
  mock.timers.tick(60_000);
  assert.deepEqual(sent, [STOP, STOP]);
});

test("what is not there is not stopped again", () => {
  const { sent, told, turns } = turnsOfAPage();
  turns.stop();
  turns.refused(refused("stop", "not_found"));
  mock.timers.tick(60_000);
  assert.deepEqual(sent, [STOP]);
  assert.deepEqual(told, []);
});

test("settings that the server does not have go with whatever asks for an answer", () => {
  const draft = { model: "small", system_prompt: "Be brief.", parameters: { seed: 7 } };
  const { sent, turns } = turnsOfAPage({ draft });
  turns.regenerate({ id: "a" });
  turns.continue({ id: "b" });
  const [again, more] = sent.map(({ model, system_prompt, parameters }) => ({ model, system_prompt, parameters }));
  assert.deepEqual(again, { ...draft, model: "large" });
  assert.deepEqual(more, { ...draft, model: undefined });
});

/** The turns of a page on which something has just been said, and sent. */
function turnsOfSomethingSaid(written = null) {
  const sent = [];
  const restored = [];
  const outbox = new Outbox(new Shelf(new MemoryStorage(), "7"));
  const turns = new Turns(
    { conversation: "c" },
    {
      answerSettings: { draft: {} },
      composer: { restore: (words) => restored.push(words) },
      connection: { isOpen: true, send: (command) => sent.push(command) },
      editing: { giveUp: () => written },
      models: { chosen: "large" },
      outbox,
      temporary: { isOn: false, shelfOf: () => null },
      transcript: {
        expect: () => {},
        isBeingWritten: () => false,
        lastOf: () => null,
        queue: () => {},
        row: () => null,
        withdraw: () => {},
      },
    },
  );
  turns.say({ text: "Hello" });
  const [entry] = outbox.of("c");
  return { entry, outbox, restored, sent, turns };
}

function tooFast({ command }) {
  return { ...refused("say", "too_fast", { retry_after: 3 }), id: command.id, run: null };
}

test("a turn that the server has put off can be taken back, and is not sent again", () => {
  const { entry, restored, sent, turns } = turnsOfSomethingSaid();
  assert.ok(turns.isOnItsWay(entry));
  turns.refused(tooFast(entry));
  assert.ok(!turns.isOnItsWay(entry));
  turns.takeBack(entry);
  mock.timers.tick(60_000);
  assert.deepEqual([sent.length, restored], [1, ["Hello"]]);
});

test("a turn that was put off is on its way again when it is sent again", () => {
  const { entry, sent, turns } = turnsOfSomethingSaid();
  turns.refused(tooFast(entry));
  mock.timers.tick(3_000);
  assert.equal(sent.length, 2);
  assert.ok(turns.isOnItsWay(entry));
});

test("what was being changed in a turn that is refused comes back as it was written last", () => {
  const { entry, restored, turns } = turnsOfSomethingSaid("Hello, everybody");
  turns.refused({ ...tooFast(entry), code: "quota" });
  assert.deepEqual(restored, ["Hello, everybody"]);
});
