// A conversation is on the page in parts: some neighbouring rows of its branch, and where it
// goes on above (`older`) and below (`newer`) them, as templates/chat/_thread.html says it.

const NOTHING = { rows: [], older: null, newer: null };

/** The part that a fetched page or fragment has; nothing of a new chat's. */
export function partOf(page) {
  const thread = page?.querySelector(".thread");
  if (!thread) return NOTHING;
  return { rows: [...thread.querySelectorAll(":scope > [data-message]")], ...extentOf(thread) };
}

/** Where the branch goes on beyond the rows of a thread: a message's id, or null. */
export function extentOf({ dataset }) {
  return { older: dataset.older ?? null, newer: dataset.newer ?? null };
}

/** Say of a thread where its branch goes on. */
export function setExtent({ dataset }, extent) {
  for (const side of ["older", "newer"]) {
    if (extent[side]) dataset[side] = extent[side];
    else delete dataset[side];
  }
}
