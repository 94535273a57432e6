// An answer as its events tell it. chat/wire/reply.py is the same rule, and both are
// held to the same examples in tests/fixtures/wire/reply-*.json.

/** What a reader of this run has before the first event. */
export function empty(run) {
  return {
    run,
    seq: 0,
    text: "",
    reasoning: "",
    outcome: null,
    error: null,
    usage: null,
    timing: null,
    whole: true,
  };
}

/**
 * The reply after this event; the same reply where the event is old or of another run;
 * `{type: "gap", run, after}` where it came too early.
 *
 * A snapshot may stand for many events, so it alone may jump ahead. The end may be told
 * again at the reader's own position, because a snapshot carries no error or timing.
 */
export function apply(reply, event) {
  if (event.run !== reply.run || event.seq < reply.seq) return reply;
  if (event.seq === reply.seq && event.type !== "run_finished") return reply;
  if (event.seq > reply.seq + 1 && event.type !== "snapshot") {
    return { type: "gap", run: reply.run, after: reply.seq };
  }
  return changes[event.type]?.(reply, event) ?? reply;
}

/** How many characters (code points, as the server counts) a text has. */
export function countCharacters(text) {
  let count = 0;
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) count += 1;
  return count;
}

const changes = {
  run_started: (reply, { seq }) => ({ ...reply, seq }),

  text_added: (reply, { seq, text, kind }) =>
    kind === "reasoning"
      ? { ...reply, seq, reasoning: reply.reasoning + text }
      : { ...reply, seq, text: reply.text + text },

  snapshot: (reply, { seq, text, reasoning, outcome }) => ({
    ...reply,
    seq,
    text,
    reasoning,
    outcome: outcome ?? null,
  }),

  run_finished: (reply, { seq, outcome, error, usage, timing, text_length }) => ({
    ...reply,
    seq,
    outcome,
    error,
    usage,
    timing,
    whole: countCharacters(reply.text) === text_length,
  }),
};
