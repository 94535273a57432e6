import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Connection } from "../../static/chat/js/connection.js";

// The edge: a socket whose network is played by the test. It records what reaches it.
class ScriptedSocket {
  static made = [];
  readyState = 0;
  sent = [];
  isClosedHere = false;

  constructor(address) {
    this.address = address;
    ScriptedSocket.made.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.isClosedHere = true;
    this.readyState = 2;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  tell(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const sockets = () => ScriptedSocket.made;
const last = () => sockets().at(-1);
const alive = () => sockets().filter(({ readyState }) => readyState < 2).length;
const pings = (socket) => socket.sent.filter(({ type }) => type === "ping").length;

// A timer set during a tick counts from the tick's end, so ticks are small.
function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 10) mock.timers.tick(Math.min(10, left));
  if (milliseconds === 0) mock.timers.tick(0);
}

function connectionWith(options = {}) {
  const connection = new Connection("ws://chat.example/ws/chat/", {
    Socket: ScriptedSocket,
    random: () => 1,
    ...options,
  });
  connection.told = [];
  for (const type of ["open", "lost", "signed-out", "forbidden", "frame"]) {
    connection.addEventListener(type, () => connection.told.push(type));
  }
  return connection;
}

function opened(options) {
  const connection = connectionWith(options);
  connection.start();
  last().open();
  return connection;
}

/** Play a network that answers pings, for a while. */
function passAnswered(milliseconds) {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    pass(500);
    last().tell({ type: "pong" });
  }
}

beforeEach(() => {
  ScriptedSocket.made = [];
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
});
afterEach(() => mock.timers.reset());

test("it opens one socket, and tells when it is open", () => {
  const connection = connectionWith();
  connection.start();
  connection.start();
  assert.equal(sockets().length, 1);
  assert.equal(last().address, "ws://chat.example/ws/chat/");
  assert.equal(connection.isOpen, false);
  last().open();
  assert.equal(connection.isOpen, true);
  assert.deepEqual(connection.told, ["open"]);
});

test("nothing is sent before the socket is open", () => {
  const connection = connectionWith();
  connection.start();
  assert.equal(connection.send({ type: "ping" }), false);
  last().open();
  assert.equal(connection.send({ type: "stop", run: "r" }), true);
  assert.deepEqual(last().sent, [{ type: "stop", run: "r" }]);
});

test("frames are told, and pongs are not", () => {
  const connection = opened();
  const frames = [];
  connection.addEventListener("frame", ({ detail }) => frames.push(detail));
  last().tell({ type: "pong" });
  last().tell({ type: "snapshot", run: "r" });
  assert.deepEqual(frames, [{ type: "snapshot", run: "r" }]);
});

test("a watched tab pings every 10 s", () => {
  opened();
  pass(9_999);
  assert.equal(pings(last()), 0);
  pass(1);
  assert.equal(pings(last()), 1);
  last().tell({ type: "pong" });
  pass(10_000);
  assert.equal(pings(last()), 2);
});

test("a tab that nobody watches does not ping", () => {
  opened({ isWatched: () => false });
  pass(60_000);
  assert.equal(pings(last()), 0);
  assert.equal(sockets().length, 1);
});

test("a half-open socket is left within 15 s", () => {
  const connection = opened();
  const first = last();
  pass(14_999);
  assert.equal(connection.isOpen, false);
  assert.equal(first.isClosedHere, true);
  assert.deepEqual(connection.told, ["open", "lost"]);
});

test("any frame is a sign of life", () => {
  const connection = opened();
  for (let second = 0; second < 60; second += 1) {
    pass(1_000);
    last().tell({ type: "text_added", run: "r" });
  }
  assert.equal(connection.isOpen, true);
  assert.equal(sockets().length, 1);
});

test("what a left socket still says is not heard", () => {
  const connection = opened();
  const first = last();
  pass(15_000);
  connection.told.length = 0;
  first.tell({ type: "snapshot", run: "r" });
  first.drop();
  assert.deepEqual(connection.told, []);
  assert.equal(alive(), 1);
});

test("waking pings at once, and finds a dead line in seconds", () => {
  const connection = opened();
  pass(3_000);
  connection.wake();
  assert.equal(pings(last()), 1);
  pass(5_000);
  assert.equal(connection.isOpen, false);
});

test("waking without a socket does not wait for the back-off", () => {
  const connection = opened();
  for (let failure = 0; failure < 6; failure += 1) {
    last().drop();
    pass(20_000);
  }
  last().drop();
  pass(1_000);
  const before = sockets().length;
  connection.wake();
  pass(0);
  assert.equal(sockets().length, before + 1);
});

test("however often it is woken, it tries at most once a second", () => {
  const connection = opened();
  last().drop();
  const before = sockets().length;
  for (let moment = 0; moment < 100; moment += 1) {
    connection.wake();
    pass(50);
    if (last().readyState === 0) last().drop();
  }
  assert.ok(sockets().length - before <= 6, `${sockets().length - before} tries in 5 s`);
});

test("it comes back by itself, later each time, and never with two sockets", () => {
  const connection = connectionWith();
  connection.start();
  const waits = [];
  for (let failure = 0; failure < 8; failure += 1) {
    last().drop();
    const before = sockets().length;
    let waited = 0;
    while (sockets().length === before) {
      pass(100);
      waited += 100;
      assert.ok(alive() <= 1);
    }
    waits.push(waited);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("jitter spreads the tabs that lost one server", () => {
  const waited = [0, 0.5, 1].map((chance) => {
    opened({ random: () => chance });
    const before = sockets().length;
    last().drop();
    let milliseconds = 0;
    while (sockets().length === before) {
      pass(10);
      milliseconds += 10;
    }
    return milliseconds;
  });
  assert.deepEqual(waited, [250, 380, 500]);
});

test("a server that drops every socket at once is not asked quickly for ever", () => {
  opened();
  for (let failure = 0; failure < 5; failure += 1) {
    last().drop();
    pass(20_000);
    last().open();
  }
  last().drop();
  const before = sockets().length;
  pass(5_000);
  assert.equal(sockets().length, before);
});

test("after a while without loss the next return is quick again", () => {
  opened();
  for (let failure = 0; failure < 5; failure += 1) {
    last().drop();
    pass(20_000);
  }
  last().open();
  passAnswered(11_000);
  last().drop();
  const before = sockets().length;
  pass(500);
  assert.equal(sockets().length, before + 1);
});

test("a socket that never opens is given up", () => {
  const connection = connectionWith();
  connection.start();
  pass(10_000);
  assert.deepEqual(connection.told, ["lost"]);
  pass(500);
  assert.equal(sockets().length, 2);
  assert.equal(alive(), 1);
});

test("signed out, it does not come back", () => {
  const connection = opened();
  last().drop(4401);
  pass(120_000);
  connection.wake();
  assert.deepEqual(connection.told, ["open", "signed-out"]);
  assert.equal(sockets().length, 1);
});

test("not allowed, it does not come back", () => {
  const connection = opened();
  last().drop(4403);
  pass(120_000);
  assert.deepEqual(connection.told, ["open", "forbidden"]);
  assert.equal(sockets().length, 1);
});

test("a server that is too busy is left in peace for longer", () => {
  opened();
  last().drop(4413);
  pass(7_999);
  assert.equal(sockets().length, 1);
  pass(1);
  assert.equal(sockets().length, 2);
});

test("a restarted server is asked again", () => {
  opened();
  last().drop(1012);
  pass(500);
  assert.equal(sockets().length, 2);
});

test("stopped before it opened, it is closed as soon as it has", () => {
  const connection = connectionWith();
  connection.start();
  connection.stop();
  assert.equal(last().isClosedHere, false);
  last().open();
  assert.equal(last().isClosedHere, true);
  assert.deepEqual(connection.told, []);
  pass(60_000);
  assert.equal(sockets().length, 1);
});

test("stopped, it is silent, and it can be started again", () => {
  const connection = opened();
  connection.stop();
  pass(60_000);
  assert.equal(alive(), 0);
  assert.deepEqual(connection.told, ["open"]);
  connection.start();
  assert.equal(sockets().length, 2);
});
