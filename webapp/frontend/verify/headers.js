// Headers that lead, parent by parent, to blocks that the reader trusts.
import { equal, toHex } from "./bytes.js";
import { decodeHeader, HeaderError } from "./header.js";
import { Fault } from "./results.js";

// Headers in ascending order; where numbers are consecutive, hashes link them.
export function linked(encoded) {
  let chain;
  try {
    chain = encoded.map(decodeHeader);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    throw new Fault("broken-headers", error.message);
  }
  chain.slice(1).forEach((after, at) => {
    const before = chain[at];
    if (after.number <= before.number) {
      throw new Fault("broken-headers", "the headers are not in ascending order");
    }
    if (after.number === before.number + 1n && !equal(after.parentHash, before.hash)) {
      throw new Fault("broken-headers", `block ${after.number} is not the child of the one before`);
    }
  });
  return chain;
}

// The last header of every run of linked ones: to trust these is to trust all of them.
export const headsOf = (chain) =>
  chain.filter((header, at) => chain[at + 1]?.number !== header.number + 1n);

export function trustedHeads(chain, trusted) {
  const heads = headsOf(chain);
  if (!heads.length) throw new Fault("broken-headers", "the file has no headers");
  for (const head of heads) {
    const hash = toHex(head.hash);
    if (!trusted.has(hash)) {
      throw new Fault("untrusted-block", `block ${head.number} is not among the trusted blocks`, {
        block: head.number,
        hash,
        trusted: [...trusted].sort(),
      });
    }
  }
  return heads;
}
