// Letters are told by the key's place, so that they work under every keyboard layout.
const WITH_CTRL_SHIFT = {
  KeyO: "new-chat",
  KeyC: "copy-answer",
  Semicolon: "copy-code",
  KeyS: "sidebar",
  Comma: "settings",
  KeyF: "search",
};
const WITH_CTRL = { KeyK: "search" };
const IS_MAC = /^(Mac|iP)/.test(navigator.platform);

/** Name the keys that are shown as this machine's keyboard does. */
export function nameKeys() {
  if (!IS_MAC) return;
  for (const key of document.querySelectorAll("kbd")) {
    key.textContent = key.textContent.replace("Ctrl", "⌘");
  }
}

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
  if (event.ctrlKey || event.metaKey) {
    if (shiftKey) return WITH_CTRL_SHIFT[code] ?? null;
    // A Mac's own Ctrl+K deletes to the end of the line.
    return IS_MAC === event.metaKey ? (WITH_CTRL[code] ?? null) : null;
  }
  if (key === "Escape") return shiftKey ? "write" : "stop";
  if (isField(target)) return null;
  if (key === "?") return "help";
  return key.length === 1 && key !== " " ? "type" : null; // words that nothing else takes
}

function isField(element) {
  return element.matches?.("input, textarea, select") || element.isContentEditable;
}
