// The page's sentences. They stand in the page as JSON, so that the server translates them.

let catalogue = null;

/** The sentence of this name, with `{placeholders}` filled. */
export function text(name, values = {}) {
  return fill(find(name), values);
}

/** The sentence for this count, by the plural rules of the page's language. */
export function textFor(name, count, values = {}) {
  const forms = find(name);
  const category = new Intl.PluralRules(language()).select(count);
  return fill(forms[category] ?? forms.other, { count: number(count), ...values });
}

/** A number as the page's language writes it. */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(language(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

function find(name) {
  catalogue ??= JSON.parse(document.getElementById("strings").textContent);
  return catalogue[name];
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function language() {
  return document.documentElement.lang || "en";
}
