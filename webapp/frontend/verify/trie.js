// Merkle-Patricia proofs of strangers (yellow paper, appendix D; EIP-1186).
import { equal, fromHex } from "./bytes.js";
import { keccak } from "./hashes.js";
import { decodeRLP, RLPError } from "./rlp.js";

const EMPTY_ROOT = fromHex("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
const HASH_BYTES = 32;
const BRANCH_ITEMS = 17;
const SHORT_ITEMS = 2;
const LEAF_FLAG = 2;

export const MAX_NODES = 65;

export class TrieProofError extends Error {}

const isBytes = (item) => item instanceof Uint8Array;

// The value under a key, or null where the nodes prove that there is none. Every node is needed.
export function valueAt(root, key, nodes) {
  require(nodes.length <= MAX_NODES, `a proof of ${nodes.length} nodes`);
  if (isBytes(root) && equal(root, EMPTY_ROOT)) {
    const isEmpty = nodes.slice(0, 1).every((node) => equal(node, Uint8Array.of(0x80)));
    require(isEmpty && nodes.length <= 1, "not empty");
    return null;
  }
  const walk = new Walk(nodes);
  const value = walk.follow(root, nibblesOf(key));
  require(walk.used === nodes.length, "the proof holds nodes that do not belong to it");
  return value;
}

export function decodeNode(encoded) {
  try {
    return decodeRLP(encoded);
  } catch (error) {
    if (error instanceof RLPError) throw new TrieProofError(`not RLP: ${error.message}`);
    throw error;
  }
}

// One descent from the root, which consumes the nodes in their order.
class Walk {
  constructor(nodes) {
    this.nodes = nodes;
    this.used = 0;
  }

  follow(root, path) {
    let reference = root;
    let depth = 0;
    while (!isBytes(reference) || reference.length) {
      const node = this.load(reference);
      if (node.length === BRANCH_ITEMS) {
        if (depth === path.length) return valueOf(node.at(-1));
        reference = node[path[depth]];
        depth += 1;
        continue;
      }
      const [isLeaf, part] = unpacked(node[0]);
      const end = depth + part.length;
      const fits = part.every((nibble, at) => nibble === path[depth + at]);
      if (!fits || (isLeaf && end !== path.length)) return null;
      if (isLeaf) return valueOf(node[1]);
      reference = node[1];
      depth = end;
    }
    return null;
  }

  load(reference) {
    let node = reference;
    if (isBytes(reference)) {
      require(reference.length === HASH_BYTES, "a reference is neither a hash nor a node");
      require(this.used < this.nodes.length, "a node is missing");
      const encoded = this.nodes[this.used];
      require(equal(keccak(encoded), reference), "a node does not hash to what its parent says");
      this.used += 1;
      node = decodeNode(encoded);
    }
    require(
      Array.isArray(node) && (node.length === BRANCH_ITEMS || node.length === SHORT_ITEMS),
      "a node is neither a branch, an extension nor a leaf",
    );
    return node;
  }
}

// Whether a node is a leaf, and its part of the path ("hex prefix", appendix C).
function unpacked(item) {
  require(isBytes(item) && item.length > 0 && item[0] >> 4 <= 3, "a node's path is malformed");
  const nibbles = nibblesOf(item);
  const part = nibbles.slice(nibbles[0] & 1 ? 1 : 2);
  const isLeaf = (nibbles[0] & LEAF_FLAG) !== 0;
  require(isLeaf || part.length > 0, "an extension without a path");
  return [isLeaf, part];
}

const nibblesOf = (bytes) => Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15]);

function valueOf(item) {
  require(isBytes(item), "a value is not bytes");
  return item.length ? item : null;
}

function require(condition, fault) {
  if (!condition) throw new TrieProofError(fault);
}
