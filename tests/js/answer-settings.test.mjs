import assert from "node:assert/strict";
import { test } from "node:test";

import { AnswerSettings } from "../../static/chat/js/answer-settings.js";
import { Shelf } from "../../static/chat/js/shelf.js";
import { MemoryStorage } from "./memory-storage.mjs";

const USUAL = { model: "", system_prompt: "", parameters: {} };

/** The settings of a chat, and the requests that have come to a server that has them. */
function settingsOfAChat() {
  const asked = [];
  const post = (_, body) =>
    new Promise((resolve, reject) => {
      const refuse = (status) => reject(Object.assign(new Error("no"), { status }));
      asked.push({ values: JSON.parse(body), answer: resolve, refuse });
    });
  const preferences = Object.assign(new EventTarget(), { answerSettings: USUAL });
  const pages = { post, addressOf: () => "/c/" };
  const shelf = new Shelf(new MemoryStorage(), "7");
  const settings = new AnswerSettings({ pages, preferences, shelf });
  settings.open("c", USUAL);
  return { asked, settings };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what was set last is what the server is told last", async () => {
  const { asked, settings } = settingsOfAChat();
  const first = settings.change({ parameters: { seed: 7 } });
  await settled();
  const second = settings.change({ parameters: { seed: 7, top_p: 0.5 } });
  await settled();
  assert.equal(asked.length, 1);
  assert.deepEqual(settings.draft.parameters, { seed: 7, top_p: 0.5 });
  asked[0].answer();
  await first;
  await settled();
  assert.deepEqual(asked[1].values, { parameters: { seed: 7, top_p: 0.5 } });
  asked[1].answer();
  await second;
  assert.deepEqual(settings.draft, {});
  assert.deepEqual(settings.current.parameters, { seed: 7, top_p: 0.5 });
});

test("what is refused takes nothing along that was set after it", async () => {
  const { asked, settings } = settingsOfAChat();
  const first = settings.change({ system_prompt: "too long" });
  await settled();
  const second = settings.change({ system_prompt: "short" });
  asked[0].refuse(400);
  await assert.rejects(first);
  await settled();
  assert.deepEqual(asked[1].values, { system_prompt: "short" });
  asked[1].answer();
  await second;
  assert.equal(settings.current.system_prompt, "short");
});

test("what cannot be sent goes with the next turn", async () => {
  const { asked, settings } = settingsOfAChat();
  const change = settings.change({ parameters: { seed: 7 } });
  await settled();
  asked[0].refuse(0);
  await change;
  assert.deepEqual(settings.draft, { parameters: { seed: 7 } });
});
