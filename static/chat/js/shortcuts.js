// Letters are told by the key's place, so that they work under every keyboard layout.
const WITH_CTRL_SHIFT = {
  KeyO: "new-chat",
  KeyC: "copy-answer",
  Semicolon: "copy-code",
  KeyS: "sidebar",
  Comma: "settings",
  KeyF: "search",
};

/** Call `actions[name]` for every shortcut that templates/chat/_dialogs.html lists. */
export function listen(actions) {
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open], :popover-open")) return;
    const name = nameOf(event);
    if (!name || actions[name]() === false) return;
    event.preventDefault();
  });
}

function nameOf(event) {
  const { code, key, altKey, shiftKey, target } = event;
  if (event.isComposing || altKey) return null;
  if (event.ctrlKey || event.metaKey) return (shiftKey && WITH_CTRL_SHIFT[code]) || null;
  if (key === "Escape") return shiftKey ? "write" : "stop";
  if (isField(target)) return null;
  if (key === "?") return "help";
  return key.length === 1 && key !== " " ? "type" : null; // words that nothing else takes
}

function isField(element) {
  return element.matches?.("input, textarea, select") || element.isContentEditable;
}
