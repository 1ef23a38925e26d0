// What a record's bytes say, read out of the bytes that were hashed and not out of any page.
import { cidOfDigest } from "../verify/cid.js";
import { toHex } from "../verify/bytes.js";
import { CBORError, decodeCBOR, Link } from "../verify/dagcbor.js";
import { isEnvelope } from "../verify/envelope.js";
import { h } from "./elements.js";

export function recordSays(bytes) {
  return h(
    "details",
    { class: "card raw record-says" },
    h("summary", {}, "What the record says"),
    contents(bytes),
  );
}

const SEALED =
  "It is encrypted for a group: only its members can read it. This page never asks for an identity; " +
  "a member opens it with perfledger verify --identity.";

function contents(bytes) {
  if (isEnvelope(bytes)) return h("p", { class: "sealed" }, SEALED);
  let value;
  try {
    value = decodeCBOR(bytes);
  } catch (error) {
    if (!(error instanceof CBORError)) throw error;
    return h("p", {}, `Its bytes are not canonical DAG-CBOR: ${error.message}.`);
  }
  const facts = [...fields(value, "")].map(([name, text]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, h("code", { class: "wrap" }, text))),
  );
  return h("dl", { class: "facts" }, ...facts);
}

function* fields(value, path) {
  const inner = value instanceof Map ? [...value] : Array.isArray(value) ? [...value.entries()] : null;
  if (inner === null || !inner.length) yield [path || "value", inner ? "(empty)" : plain(value)];
  else for (const [key, part] of inner) yield* fields(part, path ? `${path}.${key}` : `${key}`);
}

function plain(value) {
  if (value instanceof Link) return cidOfDigest(value.digest);
  return value instanceof Uint8Array ? toHex(value) : String(value);
}
