import assert from "node:assert/strict";
import { test } from "node:test";

import { Replies } from "../../static/chat/js/replies.js";

const started = { type: "run_started", run: "a", seq: 1, reply: "m", model: "x", started_at: "" };
const added = (seq, text) => ({ type: "text_added", run: "a", seq, text, kind: "text" });
const finished = (seq, text_length) => ({
  type: "run_finished",
  run: "a",
  seq,
  outcome: "complete",
  error: null,
  usage: null,
  timing: null,
  text_length,
});

function reading() {
  const replies = new Replies();
  replies.begin("a", "m");
  return replies;
}

test("events of a run that nobody reads are left alone", () => {
  assert.deepEqual(new Replies().receive(started), {});
});

test("an event that changes the reply gives the reply", () => {
  const replies = reading();
  replies.receive(started);
  assert.equal(replies.receive(added(2, "Hel")).reply.text, "Hel");
  assert.equal(replies.receive(added(3, "lo")).reply.text, "Hello");
});

test("an event told twice gives nothing to paint", () => {
  const replies = reading();
  replies.receive(started);
  assert.deepEqual(replies.receive(started), {});
});

test("a gap is asked for once, however many events come behind it", () => {
  const replies = reading();
  replies.receive(started);
  assert.deepEqual(replies.receive(added(3, "lo")).follow, { type: "follow", run: "a", after: 1 });
  assert.deepEqual(replies.receive(added(4, "!")), {});
  assert.equal(replies.receive(added(2, "Hel")).reply.text, "Hel");
});

test("a second gap is asked for too", () => {
  const replies = reading();
  replies.receive(started);
  replies.receive(added(3, "lo"));
  replies.receive(added(2, "Hel"));
  assert.equal(replies.receive(added(4, "!")).follow.after, 2);
});

test("after any absence everything unfinished is asked for from where it stands", () => {
  const replies = reading();
  replies.begin("b", "n");
  replies.receive(started);
  replies.receive(added(2, "Hel"));
  assert.deepEqual(replies.follows(), [
    { type: "follow", run: "a", after: 2 },
    { type: "follow", run: "b", after: 0 },
  ]);
});

test("beginning a run again keeps what is there", () => {
  const replies = reading();
  replies.receive(started);
  replies.begin("a", "m");
  assert.equal(replies.get("a").seq, 1);
});

test("a text that is not as long as the server's is read anew, once", () => {
  const replies = reading();
  replies.receive(started);
  replies.receive(added(2, "Hel"));
  const damaged = replies.receive(finished(3, 5));
  assert.deepEqual(damaged, { follow: { type: "follow", run: "a", after: 0 } });
  replies.receive(started);
  replies.receive(added(2, "Hel"));
  const reply = replies.receive(finished(3, 5)).reply;
  assert.equal(reply.whole, false);
  assert.equal(reply.outcome, "complete");
});

test("it is known which messages are being written", () => {
  const replies = reading();
  assert.equal(replies.writes("m"), true);
  assert.equal(replies.writes("n"), false);
  replies.forget("a");
  assert.equal(replies.writes("m"), false);
  assert.equal(replies.size, 0);
});

const reasoned = (seq, text) => ({ ...added(seq, text), kind: "reasoning" });

test("the time from the first thought to the first word is what was thought", (context) => {
  context.mock.method(performance, "now", () => clock);
  let clock = 1_000;
  const replies = reading();
  replies.receive(started);
  assert.deepEqual(replies.thinking("a"), { since: null, until: null });
  replies.receive(reasoned(2, "Hm"));
  clock = 3_000;
  replies.receive(reasoned(3, "m."));
  clock = 8_000;
  replies.receive(added(4, "Yes"));
  clock = 9_000;
  replies.receive(added(5, "."));
  assert.deepEqual(replies.thinking("a"), { since: 1_000, until: 8_000 });
});

test("an answer without a thought has taken no time for one", () => {
  const replies = reading();
  replies.receive(started);
  replies.receive(added(2, "Yes."));
  assert.deepEqual(replies.thinking("a"), { since: null, until: null });
});

test("what is sent again tells no times", () => {
  const replies = reading();
  replies.receive(started);
  replies.receive(reasoned(2, "Hm."));
  replies.follows();
  replies.receive(added(3, "Yes."));
  assert.equal(replies.thinking("a"), null);
});

test("a page that comes amid a thought and knows since when tells how long it was", (context) => {
  context.mock.method(performance, "now", () => 8_000);
  const replies = new Replies();
  replies.begin("a", "m", { again: true, since: 1_000 });
  replies.follows();
  replies.receive(started);
  replies.receive(reasoned(2, "Hm."));
  assert.deepEqual(replies.thinking("a"), { since: 1_000, until: null });
  replies.receive(added(3, "Yes."));
  assert.deepEqual(replies.thinking("a"), { since: 1_000, until: 8_000 });
});

test("a page that comes amid a thought and is away for its end tells no time", () => {
  const replies = new Replies();
  replies.begin("a", "m", { again: true, since: 1_000 });
  replies.follows();
  replies.receive(started);
  replies.receive(reasoned(2, "Hm."));
  replies.follows();
  replies.receive(added(3, "Yes."));
  assert.equal(replies.thinking("a"), null);
});
