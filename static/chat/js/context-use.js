// How much of a model's context a prompt takes. chat/prompts.py is the same rule.

const ANSWER = 1024; // tokens of an answer, where the person has not said how long it may be
const TURN = 8; // tokens that a model's template puts around a turn
const ASCII_CHARACTERS_A_TOKEN = 3.5;

/** How many tokens a turn with this text takes, estimated; 0 for a text of nothing. */
export function turnTokens(words) {
  if (!words.trim()) return 0;
  let others = 0;
  let ascii = 0;
  for (const character of words) {
    if (character.codePointAt(0) > 127) others += 1;
    else ascii += 1;
  }
  return TURN + others + Math.ceil(ascii / ASCII_CHARACTERS_A_TOKEN);
}

/**
 * `{tokens, most, cut}`: what system prompt, turns (oldest first) and draft take, what there
 * is room for beside the answer, and how many of the oldest turns will be left out.
 */
export function contextUse({ system, turns, draft, context, maxTokens }) {
  const all = draft ? [...turns, draft] : turns;
  const most = context - Math.min(maxTokens ?? ANSWER, Math.floor(context / 2));
  const tokens = all.reduce((sum, each) => sum + each, system);
  let left = tokens;
  let cut = 0;
  // They go in pairs: the first turn that stays is the person's.
  while (left > most && cut + 2 < all.length) {
    left -= all[cut] + all[cut + 1];
    cut += 2;
  }
  return { tokens, most, cut };
}
