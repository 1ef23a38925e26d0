// Where the contracts keep in storage what proofs need (Solidity documentation, "Layout of State
// Variables in Storage"; OpenZeppelin's Checkpoints.Trace208). A test compares with the artefacts.
import { concat, toBigInt, word } from "./bytes.js";
import { keccak } from "./hashes.js";

export const PLACES = {
  batches: 3,
  supersededBy: 4,
  isRevoked: 5,
  validators: 5,
  quorums: 6,
  attestations: 2,
};

export const SLASHED = 4n; // ValidatorSet.Status.Slashed

const mapped = (key, slot) => keccak(concat(word(key), slot));
const lowBits = (value, bits) => value & ((1n << bits) - 1n);

export const quorumSlot = (index) =>
  word((toBigInt(keccak(word(PLACES.quorums))) + index) % (1n << 256n));

export const validatorSlot = (validator) => mapped(validator, word(PLACES.validators));

export const attestationSlot = (batchId, validator) =>
  mapped(validator, mapped(batchId, word(PLACES.attestations)));

export const supersededSlot = (batchId) => mapped(batchId, word(PLACES.supersededBy));

export const revokedSlot = (contributor, record) =>
  mapped(record, mapped(contributor, word(PLACES.isRevoked)));

export const statusOf = (value) => lowBits(value, 8n);
export const sequenceOf = (value) => lowBits(value, 32n);

// A quorum, and the first block it holds for.
export const checkpointOf = (value) => ({ fromBlock: lowBits(value, 48n), value: value >> 48n });

// The slots a proof rests on, by contract: exactly these stand in a file. Of the quorums, the one
// that holds and the one after it: a zero there proves that the one that holds is the last.
export function neededSlots(contracts, { batchId, contributor, record, validators, quorumIndex }) {
  return [
    [contracts.registry, [supersededSlot(batchId), revokedSlot(contributor, record)]],
    [
      contracts.validator_set,
      [quorumSlot(quorumIndex), quorumSlot(quorumIndex + 1n), ...validators.map(validatorSlot)],
    ],
    [
      contracts.attestations,
      validators.map((validator) => attestationSlot(batchId, validator)),
    ],
  ];
}
