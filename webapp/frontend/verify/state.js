// Storage words out of the state proofs of a file (EIP-1186).
import { bytesOf } from "./address.js";
import { equal, toBigInt, toHex } from "./bytes.js";
import { keccak } from "./hashes.js";
import { Fault } from "./results.js";
import { decodeNode, TrieProofError, valueAt } from "./trie.js";

const ACCOUNT_ITEMS = 4;
const STORAGE_ROOT = 2;

export const wordKey = (contract, slot) => `${contract} ${toHex(slot)}`;

// The storage words by contract and slot: those that are needed and no others, in order.
export function readWords(state, stateRoot, needed) {
  const isComplete =
    state.accounts.length === needed.length &&
    state.accounts.every((account, at) => account.address === needed[at][0]);
  if (!isComplete) {
    throw new Fault("bad-state", "the state is not that of the trusted contracts");
  }
  const words = new Map();
  state.accounts.forEach((account, at) => {
    const [contract, slots] = needed[at];
    if (!sameSlots(account.slots, slots)) {
      throw new Fault("bad-state", `the slots of ${contract} are not those needed`);
    }
    try {
      for (const [key, value] of wordsOf(account, stateRoot)) words.set(key, value);
    } catch (error) {
      if (!(error instanceof TrieProofError)) throw error;
      throw new Fault("bad-state", `${contract}: ${error.message}`);
    }
  });
  return words;
}

const sameSlots = (parts, slots) =>
  parts.length === slots.length && parts.every(({ slot }, at) => equal(slot, slots[at]));

function wordsOf(account, stateRoot) {
  const encoded = valueAt(stateRoot, keccak(bytesOf(account.address)), account.nodes);
  const fields = encoded === null ? null : decodeNode(encoded);
  if (!Array.isArray(fields) || fields.length !== ACCOUNT_ITEMS) {
    throw new TrieProofError("there is no such account");
  }
  return account.slots.map(({ slot, nodes }) => [
    wordKey(account.address, slot),
    wordIn(valueAt(fields[STORAGE_ROOT], keccak(slot), nodes)),
  ]);
}

function wordIn(encoded) {
  const value = encoded === null ? new Uint8Array() : decodeNode(encoded);
  if (!(value instanceof Uint8Array) || value.length > 32) {
    throw new TrieProofError("not a storage word");
  }
  return toBigInt(value);
}
