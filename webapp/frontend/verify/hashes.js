// The two hash functions: Keccak-256 for Ethereum, SHA-256 for content identifiers.
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

export { sha256, keccak_256 as keccak };
export const keccakOfText = (text) => keccak_256(utf8ToBytes(text));
