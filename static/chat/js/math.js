// LaTeX -> MathML. The library for it is fetched when the first formula is to be shown.
//
// MathML, because the browser draws it by itself: KaTeX's HTML is laid out by style attributes,
// which the Content-Security-Policy refuses, and needs 20 fonts. What temml makes passes through
// DOMPurify, last of all, and has no style attribute either: a copy of one would be refused.

import DOMPurify from "../../vendor/purify.js";
import { mendedFormula } from "./markdown/unfinished-math.js";

const LONGEST = 5_000; // characters
const SLICE = 6; // ms of drawing after which others have their turn
// No command may name a class, a style, a link, an image or data; sizes are bounded.
const OPTIONS = {
  throwOnError: true,
  trust: false,
  maxSize: [20, 200],
  maxExpand: 500,
  wrap: "tex",
};
const ALLOWED = {
  ALLOWED_TAGS: (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot " +
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"
  ).split(" "),
  ALLOWED_ATTR: (
    "accent accentunder class columnalign columnlines columnspacing columnspan depth display " +
    "displaystyle fence form height largeop linethickness lspace mathcolor mathbackground " +
    "mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel " +
    "separator stretchy symmetric voffset width"
  ).split(" "),
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  IN_PLACE: true,
};
const SIDES = ["Top", "Right", "Bottom", "Left"];

const waiting = []; // functions that draw
let library = null;
let isPumping = false;
let sliceEnds = 0;

/** Calls `draw` at once if the library is there and the page has time, and else soon. */
export function whenDrawable(draw) {
  if (library && waiting.length === 0 && hasTime()) return draw();
  waiting.push(draw);
  if (!isPumping) pump();
}

// A thread full of formulas is drawn in slices, between which the page answers.
async function pump() {
  isPumping = true;
  try {
    library ??= (await import("../../vendor/temml.js")).default;
    while (waiting.length > 0) {
      await nextTask();
      while (waiting.length > 0 && hasTime()) waiting.shift()();
    }
  } catch {
    waiting.length = 0; // the network's fault: these stay source, the next formula tries again
  }
  isPumping = false;
}

/**
 * `tex` as a <math> element, which has passed the sanitiser; null if it is not LaTeX.
 * `open`: more of it is to come, so what is opened counts as closed. The library must be there.
 */
export function drawn(tex, { display = false, open = false } = {}) {
  if (tex.length > LONGEST) return null;
  const holder = document.createElement("div");
  try {
    const source = open ? mendedFormula(tex) : tex;
    library.render(source, holder, { ...OPTIONS, displayMode: display });
  } catch {
    return null; // not LaTeX, or a command that is not allowed
  }
  return sanitized(holder.firstElementChild);
}

function sanitized(formula) {
  for (const element of [formula, ...formula.querySelectorAll("[style]")]) unstyle(element);
  return DOMPurify.sanitize(formula, { ...ALLOWED, ADD_URI_SAFE_ATTR: ALLOWED.ALLOWED_ATTR });
}

// What the library says by styles is said by classes of math.css and by MathML's own attributes.
function unstyle(element) {
  const { style } = element;
  const lines = SIDES.filter((side) => !["", "none"].includes(style[`border${side}Style`]));
  const flush = SIDES.filter((side) => parseFloat(style[`padding${side}`]) === 0);
  element.classList.add(...lines.map((side) => `tml-line-${side.toLowerCase()}`));
  element.classList.add(...flush.map((side) => `tml-flush-${side.toLowerCase()}`));
  if (style.color) element.setAttribute("mathcolor", style.color);
  if (style.mathDepth) element.setAttribute("scriptlevel", style.mathDepth);
  element.removeAttribute("style");
}

function hasTime() {
  const now = performance.now();
  if (sliceEnds === 0) {
    sliceEnds = now + SLICE;
    setTimeout(() => (sliceEnds = 0));
  }
  return now < sliceEnds;
}

function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
