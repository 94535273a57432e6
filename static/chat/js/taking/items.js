// From a file that a person chose to the conversations in it, as parsed JSON. Files stay in
// the browser: what is opened here, zips among it, can harm nobody but this page.

import { text } from "../strings.js";

const LARGEST = 1_500_000_000; // bytes of one file, packed or not: more fits in no string
const BATCH_SIZE = 1_000_000; // characters of one request, unless one item is longer
const BATCH_ITEMS = 50;

/** A file that is not taken; its message is a sentence that says why. */
export class Unreadable extends Error {}

/** The conversations in a file. Raises Unreadable. */
export async function itemsOf(file) {
  if (file.size > LARGEST) throw new Unreadable(text("import_too_large"));
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  return isZip ? itemsOfZip(file) : listed(parsed(await read(() => file.text())));
}

/** Items in groups of a size that one request may have, each already written as JSON. */
export function* batches(items) {
  let batch = [];
  let size = 0;
  for (const item of items) {
    const json = JSON.stringify(item);
    if (batch.length && (size + json.length > BATCH_SIZE || batch.length === BATCH_ITEMS)) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(json);
    size += json.length;
  }
  if (batch.length) yield batch;
}

// A zip of ChatGPT's has other files too, which are no conversations and nobody misses.
async function itemsOfZip(file) {
  const { unzipSync, strFromU8 } = await import("../../../vendor/fflate.js");
  const packed = new Uint8Array(await read(() => file.arrayBuffer()));
  const names = [];
  const look = ({ name, originalSize }) => {
    if (originalSize > LARGEST) throw new Unreadable(text("import_too_large"));
    if (/\.json$/i.test(name)) names.push(name);
    return false;
  };
  await read(() => unzipSync(packed, { filter: look }));
  const items = [];
  for (const wanted of names) {
    const only = unzipSync(packed, { filter: ({ name }) => name === wanted });
    items.push(...listed(parsed(strFromU8(only[wanted]))).filter(isConversation));
  }
  return items;
}

function isConversation(item) {
  return Boolean(item?.mapping) || typeof item?.format === "string";
}

function listed(value) {
  return Array.isArray(value) ? value : [value];
}

function parsed(json) {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch {
    throw new Unreadable(text("import_no_json"));
  }
}

async function read(reading) {
  try {
    return await reading();
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable(text("import_unreadable"));
  }
}
