// The events in a transaction receipt as the receipts trie holds it (EIP-2718; yellow paper, 4.4.1).
import { decodeNode, TrieProofError } from "./trie.js";

const LARGEST_TYPE = 0x7f;
const RECEIPT_ITEMS = 4;
const MOST_TOPICS = 4;

const isBytes = (item, length) =>
  item instanceof Uint8Array && (length === undefined || item.length === length);

export function decodeLogs(encoded) {
  const typed = encoded.length > 0 && encoded[0] <= LARGEST_TYPE;
  const items = decodeNode(typed ? encoded.subarray(1) : encoded);
  const isReceipt = Array.isArray(items) && items.length === RECEIPT_ITEMS;
  if (!isReceipt || !Array.isArray(items.at(-1))) throw new TrieProofError("not a receipt");
  return items.at(-1).map(decodeLog);
}

function decodeLog(item) {
  const [address, topics, data] = Array.isArray(item) && item.length === 3 ? item : [];
  const isLog =
    isBytes(address, 20) && Array.isArray(topics) && topics.length <= MOST_TOPICS && isBytes(data);
  if (!isLog) throw new TrieProofError("not a log");
  if (!topics.every((topic) => isBytes(topic, 32))) throw new TrieProofError("not a topic");
  return { address, topics, data };
}
