import assert from "node:assert/strict";
import { test } from "node:test";

import { Preferences } from "../../static/chat/js/preferences.js";

globalThis.BroadcastChannel = class extends EventTarget {
  postMessage() {}
};

/** Preferences, and the requests that have come to a server that answers when it is told to. */
function preferencesOf(values) {
  const asked = [];
  const kept = { ...values };
  const post = (_, body) =>
    new Promise((resolve, reject) => {
      const answer = () => resolve({ json: async () => ({ ...Object.assign(kept, JSON.parse(body)) }) });
      asked.push({ values: JSON.parse(body), answer, refuse: () => reject(new Error("no")) });
    });
  return { asked, preferences: new Preferences({ post }, "/preferences/", values) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("changes are sent one after the other, and seen before they are kept", async () => {
  const { asked, preferences } = preferencesOf({ parameters: {}, system_prompt: "" });
  const first = preferences.change({ parameters: { seed: 7 } });
  assert.deepEqual(preferences.coming.parameters, { seed: 7 });
  assert.deepEqual(preferences.values.parameters, {});
  const second = preferences.change({ parameters: { seed: 7, top_p: 0.5 } });
  await settled();
  assert.equal(asked.length, 1);
  asked[0].answer();
  await first;
  assert.deepEqual(preferences.values.parameters, { seed: 7 });
  assert.deepEqual(preferences.coming.parameters, { seed: 7, top_p: 0.5 });
  await settled();
  asked[1].answer();
  await second;
  assert.deepEqual(preferences.values.parameters, { seed: 7, top_p: 0.5 });
});

test("what is refused holds up nothing and does not come", async () => {
  const { asked, preferences } = preferencesOf({ system_prompt: "", enter_sends: true });
  const first = preferences.change({ system_prompt: "too long" });
  const second = preferences.change({ enter_sends: false });
  await settled();
  asked[0].refuse();
  await assert.rejects(first);
  await settled();
  asked[1].answer();
  await second;
  assert.deepEqual(preferences.coming, { system_prompt: "", enter_sends: false });
});
