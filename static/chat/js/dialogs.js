/**
 * Show a dialog. The focus is given back by hand: Chromium gives it to a text field, but
 * what is typed then does not arrive.
 */
export function show(dialog) {
  const before = document.activeElement;
  before?.blur();
  dialog.showModal();
  dialog.addEventListener("close", () => before?.focus({ preventScroll: true }), { once: true });
}

/** Show a dialog; gives the values of its fields, or null if the person changed their mind. */
export function ask(dialog, values = {}) {
  const form = dialog.querySelector("form");
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  dialog.returnValue = "";
  show(dialog);
  form.querySelector("input")?.select();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "go" ? Object.fromEntries(new FormData(form)) : null),
      { once: true },
    );
  });
}

/** Cancel, and a press beside the dialog, close it without an answer. */
export function prepare(dialog) {
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[value=cancel]")) dialog.close("");
  });
}
