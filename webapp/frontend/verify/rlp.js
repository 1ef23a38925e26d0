// RLP as nested arrays of bytes; strict, so that one value has one encoding (yellow paper, app. B).
export class RLPError extends Error {}

const MAX_DEPTH = 256; // nodes stand inside each other at most 64 deep, everything else four

export function decodeRLP(encoded) {
  const [item, end] = itemAt(encoded, 0, encoded.length, 0);
  require(end === encoded.length, "bytes after the end");
  return item;
}

// The RLP of a place in a block: the key of its transaction and receipt.
export function encodeIndex(index) {
  if (index === 0) return Uint8Array.of(0x80);
  const bytes = [];
  for (let rest = index; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes.length === 1 && index < 0x80
    ? Uint8Array.from(bytes)
    : Uint8Array.of(0x80 + bytes.length, ...bytes);
}

function itemAt(raw, at, end, depth) {
  require(at < end, "it ends early");
  require(depth <= MAX_DEPTH, "nested too deeply");
  const first = raw[at];
  if (first < 0x80) return [raw.subarray(at, at + 1), at + 1];
  const isList = first >= 0xc0;
  const base = isList ? 0xc0 : 0x80;
  const [start, length] = payload(raw, at, end, first - base);
  const stop = start + length;
  require(stop <= end, "it ends early");
  if (isList) return [itemsIn(raw, start, stop, depth + 1), stop];
  require(length !== 1 || raw[start] >= 0x80, "a byte that needs no prefix has one");
  return [raw.subarray(start, stop), stop];
}

function itemsIn(raw, start, stop, depth) {
  const items = [];
  for (let at = start; at < stop; ) {
    const [item, next] = itemAt(raw, at, stop, depth);
    items.push(item);
    at = next;
  }
  return items;
}

function payload(raw, at, end, size) {
  if (size <= 55) return [at + 1, size];
  const width = size - 55;
  require(at + 1 + width <= end, "it ends early");
  require(raw[at + 1] !== 0, "a length with a leading zero");
  let length = 0;
  for (let place = at + 1; place <= at + width; place++) length = length * 256 + raw[place];
  require(length > 55, "a short length in the long form");
  return [at + 1 + width, length];
}

function require(condition, fault) {
  if (!condition) throw new RLPError(fault);
}
