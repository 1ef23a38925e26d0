// The two events that proofs rest on (Solidity ABI specification, "Events"; contracts/src).
import { equal, toBigInt } from "./bytes.js";
import { keccakOfText } from "./hashes.js";

export const ANCHORED = keccakOfText("Anchored(bytes32,address,bytes32,bytes32,uint32)");
export const ATTESTED = keccakOfText(
  "Attested(bytes32,address,uint32,bytes32,uint32,uint32,bytes32)",
);

// Each gives null where the log is of another event.
export function decodeAnchored(log) {
  const words = wordsOf(log, ANCHORED, 4, 2);
  if (words === null) return null;
  const [, batchId, publisher, root] = log.topics;
  const [manifestDigest, count] = words;
  return { batchId, publisher: publisher.slice(12), root, manifestDigest, count: toBigInt(count) };
}

export function decodeAttested(log) {
  const words = wordsOf(log, ATTESTED, 3, 5);
  if (words === null) return null;
  const [, batchId, validator] = log.topics;
  const [sequence, root, accepted, rejected, reportDigest] = words;
  return {
    batchId,
    validator: validator.slice(12),
    sequence: toBigInt(sequence),
    root,
    accepted: toBigInt(accepted),
    rejected: toBigInt(rejected),
    reportDigest,
  };
}

function wordsOf(log, signature, topics, words) {
  const fits =
    log.topics.length === topics &&
    equal(log.topics[0], signature) &&
    log.data.length === words * 32;
  if (!fits) return null;
  return Array.from({ length: words }, (_, at) => log.data.slice(at * 32, at * 32 + 32));
}
