// What no text may do to the page it is shown on. Imports nothing, so that any page can run it.

const TAGS = new Set(
  (
    "P H3 H4 H5 H6 UL OL LI BLOCKQUOTE DIV TABLE THEAD TBODY TR TH TD HR CODE-BLOCK INPUT " +
    "A BR CODE EM S STRONG SPAN BUTTON PRE svg use MATH-TEXT math menclose mfrac mi mn mo mover " +
    "mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr " +
    "munder munderover"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "aria-hidden aria-label checked class dir disabled href open rel role scope start tabindex " +
    "target tex title type " +
    // of formulas
    "accent accentunder columnalign columnspan depth display displaystyle fence form height lspace linethickness mathbackground mathcolor mathvariant maxsize minsize " +
    "movablelimits notation rspace scriptlevel separator stretchy voffset width"
  ).split(" "),
);
const CLASS =
  /^(align-(left|center|right)|math(bb|cal|frak|scr)|(tml|wbk|chr|ff)-[\w-]+|upstrike|downstrike|code-(bar|copy|language|lines)|depth-[1-6]|growing|hl-\w+|image|table|task|tight)$/;

/** What stands under `root` that Markdown must not be able to put there. */
export function breaches(root) {
  return [...root.querySelectorAll("*")].flatMap((element) => [
    ...(TAGS.has(element.tagName) ? [] : [`element ${element.tagName}`]),
    ...[...element.attributes]
      .filter(({ name }) => !ATTRIBUTES.has(name))
      .map(({ name }) => `attribute ${name}`),
    ...[...element.classList].filter((name) => !CLASS.test(name)).map((name) => `class ${name}`),
    ...(element.tagName === "A" ? breachesOfLink(element) : []),
    ...(hasItsPlace(element) ? [] : [`a position for ${element.tagName}`]),
    ...(element.tagName === "use" && !element.getAttribute("href").startsWith("#icon-")
      ? ["a use"]
      : []),
  ]);
}

// The bar of a code block stays in sight, but within its block.
function hasItsPlace(element) {
  const { position } = getComputedStyle(element);
  return position === (element.matches("code-block > .code-bar") ? "sticky" : "static");
}

function breachesOfLink(link) {
  if (!link.hasAttribute("href")) return [];
  const leads = /^(https?|mailto):$/.test(link.protocol) && link.host !== location.host;
  const isApart = link.target === "_blank" && link.rel === "noopener noreferrer nofollow";
  return leads && isApart ? [] : [`link ${link.outerHTML.slice(0, 80)}`];
}
