// Content identifiers: CIDv1, dag-cbor, sha2-256, in base32 (multiformats/cid, RFC 4648).
import { compare, concat } from "./bytes.js";
import { sha256 } from "./hashes.js";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const PREFIX = Uint8Array.of(0x01, 0x71, 0x12, 0x20);
const CID_BYTES = 36;
const TEXT_LENGTH = 59;

export const cidOf = (block) => cidOfDigest(sha256(block));

export function cidOfDigest(digest) {
  let text = "b";
  let bits = 0;
  let held = 0;
  for (const byte of concat(PREFIX, digest)) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text + ALPHABET[(held << (5 - bits)) & 31];
}

// The 32-byte digest in a CID, or null where it is none of this kind, or not in its one form.
export function digestIn(text) {
  if (text.length !== TEXT_LENGTH || text[0] !== "b") return null;
  const raw = new Uint8Array(CID_BYTES);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const letter of text.slice(1)) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      raw[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  const isCanonical = held === 0;
  return isCanonical && compare(raw.slice(0, 4), PREFIX) === 0 ? raw.slice(4) : null;
}
