// Ethereum addresses in their one form, with the checksum of EIP-55.
import { fromHex, toHex } from "./bytes.js";
import { keccakOfText } from "./hashes.js";

const DIGITS = /^0x[0-9a-fA-F]{40}$/;
const known = new Map(); // files name the same few addresses

export function addressOf(bytes) {
  const digits = toHex(bytes).slice(2);
  if (!known.has(digits)) known.set(digits, checksummed(digits));
  return known.get(digits);
}

export const isChecksummed = (text) => DIGITS.test(text) && addressOf(bytesOf(text)) === text;

// The checksummed form of what somebody typed, or null: not an address, or a wrong checksum.
export function typedAddress(text) {
  if (!DIGITS.test(text)) return null;
  const digits = text.slice(2);
  const address = addressOf(bytesOf(text));
  const unmixed = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  return unmixed || address === text ? address : null;
}

export const bytesOf = (address) => fromHex(address.toLowerCase());

function checksummed(digits) {
  const hash = toHex(keccakOfText(digits)).slice(2);
  const cased = [...digits].map((digit, at) => (hash[at] >= "8" ? digit.toUpperCase() : digit));
  return "0x" + cased.join("");
}
