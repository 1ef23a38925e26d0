// Values of a record that its owner withheld and now shows (docs/privacy.md).
import { compare, fromHex } from "./bytes.js";
import { decodeCBOR } from "./dagcbor.js";
import { disclosureLeaf, leadsTo } from "./merkle.js";
import { Fault } from "./results.js";

const MAX_FIELDS = 512;
const MAX_CHARACTERS = 512;
const ROOT = /^0x[0-9a-f]{64}$/;
const SINGLE = new Set(["boolean", "bigint", "number", "string"]);

// The values that a record was committed to, by their paths.
export function disclosed(block, parts) {
  const { root, fields } = commitmentIn(block);
  const found = new Map();
  for (const part of parts) {
    if (found.has(part.field)) throw wrong(`${part.field} is disclosed twice`);
    const value = valueOf(part);
    const leaf = disclosureLeaf(part.field, part.salt, part.value);
    if (!fields.includes(part.field) || !leadsTo(fromHex(root), leaf, part.path)) {
      const reason = `${part.field} does not lead to the root that the record is committed to`;
      throw wrong(reason, { field: part.field, root });
    }
    found.set(part.field, value);
  }
  return Object.fromEntries(found);
}

function commitmentIn(block) {
  const commitment = read(block)?.get?.("commitment");
  const [root, fields] = ["root", "fields"].map((name) => commitment?.get?.(name));
  const isOne =
    commitment?.size === 2 &&
    typeof root === "string" &&
    ROOT.test(root) &&
    Array.isArray(fields) &&
    fields.length > 0 &&
    fields.length <= MAX_FIELDS &&
    fields.every(isPath) &&
    fields.every((field, at) => at === 0 || isBefore(fields[at - 1], field));
  if (!isOne) throw wrong("the record withholds nothing");
  return { root, fields };
}

const isPath = (field) =>
  typeof field === "string" && field !== "" && [...field].length <= MAX_CHARACTERS;

// In the order of code points, which is that of the bytes of UTF-8.
function isBefore(one, other) {
  const encoder = new TextEncoder();
  return compare(encoder.encode(one), encoder.encode(other)) < 0;
}

function valueOf(part) {
  const value = read(part.value);
  if (!SINGLE.has(typeof value)) throw wrong(`${part.field} is not disclosed as a value`);
  return value;
}

function read(bytes) {
  try {
    return decodeCBOR(bytes);
  } catch {
    return undefined;
  }
}

const wrong = (reason, values = {}) => new Fault("wrong-disclosure", reason, values);
