// Merkle paths and leaves as OpenZeppelin's StandardMerkleTree has them.
//
// A leaf is hashed twice, so that no inner node can pass for one; a pair is sorted before it is
// hashed, so that a path needs no directions.
import { compare, concat, equal, word } from "./bytes.js";
import { keccak } from "./hashes.js";

export const MAX_PATH = 64;

export function leadsTo(root, leaf, path) {
  return path.length <= MAX_PATH && equal(path.reduce(pairHash, leaf), root);
}

export const recordLeaf = (digest) => keccak(keccak(digest));

export const submissionLeaf = (root, contributor, count) =>
  keccak(keccak(concat(root, word(contributor), word(count))));

export const verdictLeaf = (digest, accepted, reason) =>
  keccak(keccak(concat(digest, word(accepted ? 1 : 0), word(reason))));

// Of ("string", "bytes32", "bytes"), as the ABI encodes them.
export const disclosureLeaf = (field, salt, value) => {
  const name = tail(new TextEncoder().encode(field));
  return keccak(keccak(concat(word(96), salt, word(96 + name.length), name, tail(value))));
};

// What the ABI writes of bytes of any length: how many, then they, filled up on the right.
function tail(bytes) {
  const padded = new Uint8Array(Math.ceil(bytes.length / 32) * 32);
  padded.set(bytes);
  return concat(word(bytes.length), padded);
}

function pairHash(left, right) {
  return keccak(compare(left, right) < 0 ? concat(left, right) : concat(right, left));
}
