// What the tests of rendered Markdown ask of the page.

import { Rendering } from "/static/chat/js/markdown.js";

export { breaches } from "./breaches.mjs";

/** The text in a new <message-text> of the page; given `step`, as it looks while it streams. */
export function shown(text, step = 0) {
  const element = document.createElement("message-text");
  document.querySelector("main").append(element);
  if (step === 0) element.update(text);
  for (let end = step; step > 0 && end < text.length + step; end += step) {
    element.update(text.slice(0, end), { streaming: true });
  }
  return element;
}

/** The markup of `source`, drawn at once. Code off the page is never highlighted. */
export function markup(source, streaming = false) {
  const element = document.createElement("div");
  new Rendering(element).update(source, { streaming });
  return element.innerHTML;
}

/** Positions at which `source`, while it streams, looks other than the same text drawn at once. */
export function differences(source, step) {
  const element = document.createElement("div");
  const rendering = new Rendering(element);
  const found = [];
  for (let end = step; end < source.length; end += step) {
    rendering.update(source.slice(0, end), { streaming: true });
    if (element.innerHTML !== markup(source.slice(0, end), true)) found.push(end);
  }
  rendering.update(source);
  if (element.innerHTML !== markup(source)) found.push("the end");
  return found;
}

/** Texts under `root` that are hard to read, with how far they stand out from their ground. */
export function faint(root, least = 4.5) {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = new Map();
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode;
    if (!data.trim()) continue;
    const ratio = contrast(
      luminance(getComputedStyle(element).color),
      luminance(groundOf(element)),
    );
    if (ratio < least) found.set(`${element.tagName}.${element.className}`, ratio.toFixed(2));
  }
  return Object.fromEntries(found);
}

function groundOf(element) {
  const color = getComputedStyle(element).backgroundColor;
  if (!/^rgba\(.*, 0\)$/.test(color)) return color;
  return element.parentElement ? groundOf(element.parentElement) : "rgb(255, 255, 255)";
}

// WCAG 2.2, "relative luminance" and "contrast ratio".
function luminance(color) {
  const [red, green, blue] = color.match(/[\d.]+/g).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
