// The raw values of each step, and how to compute it again with other tools.
import { toHex } from "../verify/bytes.js";
import { digestIn } from "../verify/cid.js";
import { batchIdOf } from "../verify/steps.js";
import { digestOf, submission, typedData, verdicts } from "../verify/statements.js";

const PATH_RECIPE =
  "Begin with the leaf. For each sibling: sort the two hashes, join them, take Keccak-256. " +
  "The last one is the root. (StandardMerkleTree.verify of @openzeppelin/merkle-tree does it.)";
const RECEIPT_RECIPE =
  "Each node's Keccak-256 stands in the node before it, the first one's in the header as " +
  "receiptsRoot; the key is the RLP of the receipt's index. The last node holds the receipt.";

const lines = (values) => values.map(toHex).join("\n");
const siblingsOf = (path) => lines(path) || "none: the leaf is the root";

function json(value) {
  const plain = (_, inner) => {
    if (typeof inner !== "bigint") return inner;
    return inner <= Number.MAX_SAFE_INTEGER ? Number(inner) : String(inner);
  };
  return JSON.stringify(value, plain, 1);
}

const statement = (signed) => ({
  "typed data": json(typedData(signed)),
  "its digest (EIP-712)": toHex(digestOf(signed)),
});

const receipt = ({ block, receipt: index, log, nodes }) => ({
  "place of the event": `block ${block}, receipt ${index}, log ${log}`,
  "receipt's nodes (RLP)": lines(nodes),
});

const STEPS = {
  record: ({ record }) => ({
    recipe:
      "SHA-256 of the bytes; before it the prefix 01 71 12 20 (CIDv1, dag-cbor, sha2-256, 32 bytes); " +
      "all of it in base32, after the letter b.",
    values: { "bytes (hex)": toHex(record.bytes), "SHA-256": toHex(digestIn(record.cid)) },
  }),
  signature: ({ submission: part }, contracts) => ({
    recipe: "Recover the signer of the typed data: viem's recoverTypedDataAddress does it.",
    values: statement(submission(contracts, part.root, part.count)),
  }),
  submission: ({ submission: part }) => ({
    recipe: `The leaf is keccak(keccak(SHA-256 of the record)). ${PATH_RECIPE}`,
    values: { siblings: siblingsOf(part.path) },
  }),
  batch: ({ batch }) => ({
    recipe:
      `The leaf is keccak(keccak(abi.encode(root, contributor, count))). ${PATH_RECIPE} ` +
      "The batch id is keccak(abi.encode(publisher, root)).",
    values: { publisher: batch.publisher, siblings: siblingsOf(batch.path) },
  }),
  blocks: ({ headers }) => ({
    recipe:
      "Keccak-256 of a header's RLP is its block's hash; the first item of each is the hash of the " +
      "one before. Compare the last hash with an explorer.",
    values: { "headers (RLP)": lines(headers) },
  }),
  anchor: ({ anchor }) => ({ recipe: RECEIPT_RECIPE, values: receipt(anchor) }),
  standing: ({ state }) => ({
    recipe:
      "eth_getProof of these contracts and slots at that block gives the same nodes (EIP-1186).",
    values: state && { "block of the state": state.block, ...slotsOf(state) },
  }),
};

const BY_THE_FILE = ["blocks", "anchor", "standing"]; // which a node's answers take the place of

// { recipe, values } of a step, or null where there is nothing to compute.
//   isOnline: whether a node was asked in place of the file's own headers and receipts
export function byHand(name, proof, { contracts, isOnline }) {
  if (name.startsWith("verdict ")) return verdictByHand(name.slice(8), proof, contracts, isOnline);
  return isOnline && BY_THE_FILE.includes(name) ? null : (STEPS[name]?.(proof, contracts) ?? null);
}

function verdictByHand(validator, proof, contracts, isOnline) {
  const verdict = proof.verdicts.find((each) => each.validator === validator);
  const { sequence, root: verdictRoot, accepted, rejected } = verdict;
  const message = { batchId: batchIdOf(proof.batch), sequence, verdictRoot, accepted, rejected };
  return {
    recipe:
      "Recover the signer of the typed data. The leaf is keccak(keccak(abi.encode(SHA-256 of the " +
      `record, accepted, code))). ${PATH_RECIPE} ${isOnline ? "" : RECEIPT_RECIPE}`,
    values: {
      ...statement(verdicts(contracts, message)),
      signature: toHex(verdict.signature),
      siblings: siblingsOf(verdict.path),
      ...(isOnline ? {} : receipt(verdict.event)),
    },
  };
}

function slotsOf(state) {
  return Object.fromEntries(
    state.accounts.map(({ address, slots }) => [
      `slots of ${address}`,
      lines(slots.map(({ slot }) => slot)),
    ]),
  );
}
