/** A new random uuid. Plain-http addresses other than localhost have no crypto.randomUUID. */
export function newId(source = crypto) {
  return source.randomUUID?.() ?? fromBytes(source.getRandomValues(new Uint8Array(16)));
}

// RFC 9562, section 5.4: version 4 in the seventh byte, variant 10 in the ninth.
function fromBytes(bytes) {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
