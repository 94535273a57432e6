// Makes a formula that has only half arrived one that can be drawn: a command at its end that
// may go on is left out, and what was opened counts as closed.

const COMMAND_AT_THE_END = /(?<!\\)(?:\\\\)*\\(?:[a-zA-Z]*|(?:begin|end)\{[^}]*)$/;
const WAITS_FOR_MORE = /(?:[\^_&]|\\left)\s*$/;
const MARKS =
  /\\begin\{([a-zA-Z]+\*?)\}|\\end\{[a-zA-Z]+\*?\}|\\(left|right|[dt]?frac|[dt]?binom)(?![a-zA-Z])|\\.|[{}]/gs;
const FIRST_OF_TWO = "}{}"; // what closes the first group of a fraction

/** `tex` with its end mended. */
export function mendedFormula(tex) {
  const firm = tex.replace(COMMAND_AT_THE_END, "").replace(WAITS_FOR_MORE, "");
  const open = [];
  let isFraction = false;
  let second = ""; // the group that a fraction at the end still lacks
  for (const { 0: mark, 1: environment, 2: command, index } of firm.matchAll(MARKS)) {
    if (environment) open.push(`\\end{${environment}}`);
    else if (command === "left") open.push("\\right.");
    else if (mark === "{") open.push(isFraction ? FIRST_OF_TWO : "}");
    else if (command === "right" || mark === "}" || mark.startsWith("\\end")) {
      const isLast = firm.slice(index + mark.length).trim() === "";
      if (open.pop() === FIRST_OF_TWO && isLast) second = "{}";
    }
    isFraction = /(?:frac|binom)$/.test(command ?? "");
  }
  return firm + second + open.reverse().join("");
}
