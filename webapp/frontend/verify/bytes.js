// Bytes as the ledger writes them: 0x and lower-case hexadecimal.
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";

export const concat = concatBytes;
export const toHex = (bytes) => "0x" + bytesToHex(bytes);
export const fromHex = (text) => hexToBytes(text.slice(2));

export const ZERO_WORD = new Uint8Array(32);

export function compare(left, right) {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    if (left[at] !== right[at]) return left[at] - right[at];
  }
  return left.length - right.length;
}

export const equal = (left, right) => left.length === right.length && compare(left, right) === 0;

export function toBigInt(bytes) {
  return bytes.length ? BigInt(toHex(bytes)) : 0n;
}

// A number (or bytes) as a word of the ABI: 32 bytes, filled up on the left.
export function word(value) {
  if (typeof value === "number" || typeof value === "bigint") {
    return fromHex("0x" + BigInt(value).toString(16).padStart(64, "0"));
  }
  const padded = new Uint8Array(32);
  padded.set(value, 32 - value.length);
  return padded;
}
