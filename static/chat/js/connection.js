const BEAT = 10_000; // ms from ping to ping
const PATIENCE = 4_500; // ms for a sign of life after a ping: a dead socket is found within 15 s
const OPENING = 10_000; // ms for a socket to open
const FIRST_DELAY = 500; // ms, doubled with each failure
const LONGEST_DELAY = 15_000; // ms
const SETTLED = 10_000; // ms open, after which the next loss counts as the first
const APART = 1_000; // ms between two attempts, whoever asks for them

const SIGNED_OUT = 4401;
const FORBIDDEN = 4403;
const TOO_BUSY = 4413;

/**
 * The one socket of this tab, opened again whenever it is lost.
 *
 * Events: `open`, `frame` (detail: what the server sent), `lost`, and, with no way back,
 * `signed-out` and `forbidden`. Coming back is the same road as arriving: whoever listens
 * to `open` asks for what is missing and says again what was not answered.
 */
export class Connection extends EventTarget {
  #address;
  #Socket;
  #isWatched;
  #random;
  #socket = null;
  #isWanted = false;
  #failures = 0;
  #triedAt = -Infinity;
  #timers = { retry: null, beat: null, deadline: null, settled: null };

  constructor(address, { Socket = globalThis.WebSocket, isWatched = () => true, random } = {}) {
    super();
    this.#address = address;
    this.#Socket = Socket;
    this.#isWatched = isWatched;
    this.#random = random ?? Math.random;
  }

  get isOpen() {
    return this.#socket?.readyState === 1;
  }

  start() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#open();
  }

  stop() {
    this.#isWanted = false;
    const socket = this.#socket;
    if (socket?.readyState === 0) this.#leave(socket);
    this.#drop();
  }

  /** The person or the network is back: find out now whether the line is. */
  wake() {
    if (!this.#isWanted) return;
    if (this.isOpen) this.#ping();
    else if (!this.#socket) this.#retryIn(Math.max(0, this.#triedAt + APART - Date.now()));
  }

  /** True if the command is on its way; nobody knows whether it arrives. */
  send(command) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  #open() {
    this.#triedAt = Date.now();
    const socket = new this.#Socket(this.#address);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
    this.#set("deadline", OPENING, () => this.#abandon());
  }

  #opened() {
    this.#clear("deadline");
    this.#set("settled", SETTLED, () => (this.#failures = 0));
    this.#beat();
    this.dispatchEvent(new Event("open"));
  }

  #beat() {
    this.#set("beat", BEAT, () => {
      if (this.#isWatched()) this.#ping();
      this.#beat();
    });
  }

  #ping() {
    this.send({ type: "ping" });
    if (!this.#timers.deadline) this.#set("deadline", PATIENCE, () => this.#abandon());
  }

  #heard(frame) {
    this.#clear("deadline");
    if (frame.type !== "pong") this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  // A half-open socket may take minutes to close, and nothing that it still says counts.
  #abandon() {
    this.#drop();
    this.#lost(1006);
  }

  // Browsers complain of a socket that is closed before it has opened.
  #leave(socket) {
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    socket.onopen = () => socket.close();
  }

  #drop() {
    for (const name of Object.keys(this.#timers)) this.#clear(name);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lost(code) {
    this.#drop();
    if (code === SIGNED_OUT) return this.#end("signed-out");
    if (code === FORBIDDEN) return this.#end("forbidden");
    if (code === TOO_BUSY) this.#failures = Math.max(this.#failures, 4);
    this.#retryIn(this.#delay());
    this.dispatchEvent(new Event("lost"));
  }

  #end(reason) {
    this.#isWanted = false;
    this.dispatchEvent(new Event(reason));
  }

  // Exponential back-off with jitter: tabs that lost one server do not return as one.
  #delay() {
    const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.#failures);
    this.#failures += 1;
    return longest * (0.5 + this.#random() / 2);
  }

  #retryIn(delay) {
    this.#set("retry", delay, () => this.#open());
  }

  #set(name, delay, action) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(() => {
      this.#timers[name] = null;
      action();
    }, delay);
  }

  #clear(name) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = null;
  }
}
