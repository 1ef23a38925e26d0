// Block headers: the bytes whose Keccak-256 is a block's hash (yellow paper, 4.4).
import { toBigInt } from "./bytes.js";
import { keccak } from "./hashes.js";
import { decodeRLP, RLPError } from "./rlp.js";

export const MAX_HEADER_BYTES = 16 * 1024;

const LEAST_FIELDS = 15;
const MOST_FIELDS = 32;
const [PARENT, STATE_ROOT, RECEIPTS_ROOT, NUMBER, TIMESTAMP] = [0, 3, 5, 8, 11];

export class HeaderError extends Error {}

// Fields of forks to come are hashed but not looked at.
export function decodeHeader(encoded) {
  let fields;
  try {
    fields = decodeRLP(encoded);
  } catch (error) {
    if (error instanceof RLPError) throw new HeaderError(`not RLP: ${error.message}`);
    throw error;
  }
  if (!isHeader(fields)) throw new HeaderError("not the fields of a block header");
  return {
    hash: keccak(encoded),
    parentHash: fields[PARENT],
    number: toBigInt(fields[NUMBER]),
    timestamp: toBigInt(fields[TIMESTAMP]),
    stateRoot: fields[STATE_ROOT],
    receiptsRoot: fields[RECEIPTS_ROOT],
  };
}

function isHeader(fields) {
  return (
    Array.isArray(fields) &&
    fields.length >= LEAST_FIELDS &&
    fields.length <= MOST_FIELDS &&
    fields.every((field) => field instanceof Uint8Array) &&
    [PARENT, STATE_ROOT, RECEIPTS_ROOT].every((at) => fields[at].length === 32) &&
    [NUMBER, TIMESTAMP].every((at) => fields[at].length <= 8)
  );
}
