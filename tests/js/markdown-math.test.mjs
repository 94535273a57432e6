import assert from "node:assert/strict";
import { test } from "node:test";

import { GrowingTree } from "../../static/chat/js/markdown/tree.js";
import { mendedFormula } from "../../static/chat/js/markdown/unfinished-math.js";

// Formulas of a line in double brackets, those apart in double braces, open ones with an ellipsis.
function outline(nodes) {
  return nodes.map(({ attributes, children, html }) => {
    if (attributes.tex !== undefined) return formula("{{", attributes.tex, "}}", attributes.open);
    return children ? outline(children) : shortened(html);
  });
}

function shortened(html) {
  return html.replace(
    /<math-text( display)?( open)?>(.*?)<\/math-text>/gs,
    (_, display, open, tex) => formula(display ? "{{" : "[[", tex, display ? "}}" : "]]", open),
  );
}

function formula(before, tex, after, open) {
  return before + tex + (open === undefined ? "" : "…") + after;
}

function drawn(source, streaming) {
  return outline(new GrowingTree().update(source, { streaming })).join(" / ");
}

const WHOLE = {
  "$x$, \\(y_1\\), $n$th": "[[x]], [[y_1]], [[n]]th",
  "a $$x^2$$ b \\[y\\]": "a {{x^2}} b {{y}}",
  "$a\nb$": "[[a\nb]]",
  "$\\$5$ and \\$5$": "[[\\$5]] and $5$",
  "令$x$为": "令[[x]]为",
  "`$x$` \\\\(a)": "<code>$x$</code> \\(a)",
  "$*a*$ and $b_1$ and $c_2$": "[[*a*]] and [[b_1]] and [[c_2]]",
  "**bold $x$**": "<strong>bold [[x]]</strong>",
  "$<b>$": "[[&lt;b&gt;]]",
  // money and other dollars
  "$5 and $10": "$5 and $10",
  "US$5, US$6": "US$5, US$6",
  "$20k-$30k": "$20k-$30k",
  "It is $5, or 10$ more": "It is $5, or 10$ more",
  "$100 per month (or $90/yr)": "$100 per month (or $90/yr)",
  "$5 (4€), 9$": "$5 (4€), 9$",
  "$HOME/$USER and $PATH": "$HOME/$USER and $PATH",
  "$ a $ $$": "$ a $ $$",
  "$$$ fine": "$$$ fine",
  "$5x$ and $2^n$ and $5$": "[[5x]] and [[2^n]] and [[5]]",
  // apart
  "$$\nx\n$$": "{{x}}",
  "text:\n$$\na\n- b\n$$\nrest": "text: / {{a\n- b}} / rest",
  "$$x$$\n\\[y\\]": "{{x}} / {{y}}",
  "$$x$$.": "{{x}}.",
  "$$a\n\nb": "$$a / b",
  "$$ – cheap\n$$$ – dear": "$$ – cheap<br>\n$$$ – dear",
  "\\begin{align*}\na&=b\n\\end{align*}": "{{\\begin{align*}\na&=b\n\\end{align*}}}",
  "> $$\n> x\n> $$\n\n- a\n  \\[\n  y\n  \\]": "{{x}} / a,{{y}}",
  "    $$\n    x\n    $$": undefined,
};

for (const [source, expected] of Object.entries(WHOLE)) {
  if (expected === undefined) continue;
  test(`${JSON.stringify(source)} is ${expected}`, () => assert.equal(drawn(source), expected));
}

const HALF = {
  "costs $": "costs ",
  "costs $5 an": "costs $5 an",
  $x: "[[x…]]",
  "$x = ": "[[x =…]]",
  "$HOME is": "$HOME is",
  "\\(a": "[[a…]]",
  "\\": "",
  "$$": "",
  "a $$x": "a {{x…}}",
  "$$\nx": "{{x…}}",
  "$$\nx\n$": "{{x…}}",
  "$$\nx\n$$": "{{x…}}",
  "$$\nx\n$$\n": "{{x}}",
  "$$\nx\n\n": "$$<br>\nx",
  "\\[": "",
  "\\[x": "{{x…}}",
};

for (const [source, expected] of Object.entries(HALF)) {
  test(`while it arrives, ${JSON.stringify(source)} is ${expected || "nothing"}`, () => {
    assert.equal(drawn(source, true), expected);
  });
}

test("indented, it is code", () => {
  assert.equal(new GrowingTree().update("    $$\n    x\n    $$")[0].tag, "code-block");
});

const MENDED = {
  "a + \\fra": "a + ",
  "x^": "x",
  "\\frac{a": "\\frac{a}{}",
  "\\frac{\\sqrt{a": "\\frac{\\sqrt{a}}{}",
  "{\\frac{a} ": "{\\frac{a} {}}",
  "\\frac{a}{\\sqrt{b": "\\frac{a}{\\sqrt{b}}",
  "\\left( a": "\\left( a\\right.",
  "\\left": "",
  "\\begin{aligned} a &": "\\begin{aligned} a \\end{aligned}",
  "\\begin{ali": "",
  "\\begin{pmatrix} {1": "\\begin{pmatrix} {1}\\end{pmatrix}",
  "\\{ a \\} {b}": "\\{ a \\} {b}",
  "a \\\\ b": "a \\\\ b",
};

for (const [tex, expected] of Object.entries(MENDED)) {
  test(`${tex} is drawn as ${expected}`, () => assert.equal(mendedFormula(tex), expected));
}
