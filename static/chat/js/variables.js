const VARIABLE = /\{\{\s*([^{}]{1,60}?)\s*\}\}/g;

/** The names of what a prompt's text asks for, each once, in their order. */
export function variablesOf(prompt) {
  return [...new Set([...prompt.matchAll(VARIABLE)].map(([, name]) => name))];
}

/** A prompt's text with these values put in. */
export function filled(prompt, values) {
  return prompt.replace(VARIABLE, (_, name) => values[name] ?? "");
}
