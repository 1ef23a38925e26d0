// What a node answers, in the forms of Ethereum's JSON-RPC, or not at all.
import { fromHex } from "./bytes.js";

// A node did not answer, or not as the JSON-RPC of Ethereum has it.
export class NodeError extends Error {}

export const logOf = (entry) => ({
  address: data(entry.address),
  topics: listIn(entry.topics).map(data),
  data: data(entry.data),
});

export function listIn(value) {
  if (!Array.isArray(value)) throw new NodeError("the node answers with something that is no list");
  return value;
}

export function objectIn(value) {
  if (typeof value !== "object" || value === null) {
    throw new NodeError("the node answers with something that is no object");
  }
  return value;
}

export function quantity(text) {
  if (typeof text !== "string" || !/^0x[0-9a-f]{1,16}$/i.test(text)) {
    throw new NodeError("the node answers with something that is not a number");
  }
  return BigInt(text);
}

export function data(text) {
  const fits = typeof text === "string" && text.startsWith("0x") && text.length % 2 === 0;
  if (!fits || /[^0-9a-f]/i.test(text.slice(2))) {
    throw new NodeError("the node answers with something that is not data");
  }
  return fromHex(text.toLowerCase());
}
