const BLOCKS = "p, li, tr, td, th, pre, h1, h2, h3, h4, h5, h6, code-block, math-text[display]";

/** The words of rendered Markdown, which is used up: formulas as their source, no buttons. */
export function plainText(rendered) {
  for (const button of rendered.querySelectorAll("button")) button.remove();
  for (const block of rendered.querySelectorAll(BLOCKS)) block.after("\n");
  for (const formula of rendered.querySelectorAll("math-text")) formula.replaceWith(formula.source);
  return rendered.textContent.trim();
}
