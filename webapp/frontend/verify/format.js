// The proof file: bounded before it is parsed and checked while it is (docs/proof-format.md).
import { isChecksummed } from "./address.js";
import { fromHex } from "./bytes.js";
import { digestIn } from "./cid.js";
import { MAX_HEADER_BYTES } from "./header.js";
import { parseJSON } from "./json.js";
import { MAX_PATH } from "./merkle.js";
import { MAX_NODES } from "./trie.js";

export const MAX_FILE_BYTES = 16 << 20;

const MAX_DEPTH = 8;
const MAX_CONTAINERS = 8_192;
const MAX_HEADERS = 2_048;
const MAX_VERDICTS = 256;
const MAX_SLOTS = 2 * MAX_VERDICTS + 16;
const MAX_NODE_BYTES = 4 << 20;
const MAX_VALUE_BYTES = 1 << 15;
const MAX_FIELD_CHARACTERS = 512;
const MAX_DISCLOSURES = 512;
const MAX_RECORD_BYTES = 256 * 1024;
const UINT16 = 0xffffn;
const UINT32 = 0xffffffffn;
const UINT64 = (1n << 64n) - 1n;

export class MalformedProofError extends Error {}

// Every reader takes (value, where) and gives the value read; what is wrong is thrown.
const address = text(isChecksummed, "an EIP-55 address");
const cid = text((value) => digestIn(value) !== null, "a CID of this ledger");
const hash = bytes(32, 32);
const path = list(hash, MAX_PATH);
const nodes = list(bytes(0, MAX_NODE_BYTES), MAX_NODES);
const uint16 = integer(0n, UINT16);
const uint32 = integer(0n, UINT32);
const count = integer(1n, UINT32);
const blockNumber = integer(0n, UINT64);

const event = part({ block: blockNumber, receipt: uint32, log: uint32, nodes });

const disclosure = part({
  field: text(
    (value) => value !== "" && [...value].length <= MAX_FIELD_CHARACTERS,
    `a text of at most ${MAX_FIELD_CHARACTERS} characters`,
  ),
  value: bytes(0, MAX_VALUE_BYTES),
  salt: hash,
  path,
});

const verdict = part({
  validator: address,
  sequence: count,
  root: hash,
  accepted: uint32,
  rejected: uint32,
  report: cid,
  signature: bytes(65, 65),
  code: uint16,
  path,
  event,
});

const account = part({
  address,
  nodes,
  slots: list(part({ slot: hash, nodes }), MAX_SLOTS),
});

const proof = part(
  {
    format: constant("perfledger-proof"),
    version: constant(1n),
    chain_id: blockNumber,
    contracts: part({ registry: address, validator_set: address, attestations: address }),
    record: part({ cid, bytes: bytes(0, MAX_RECORD_BYTES) }),
    disclosures: orNull(some(list(disclosure, MAX_DISCLOSURES))),
    submission: part({
      contributor: address,
      root: hash,
      count,
      signature: bytes(65, 65),
      path,
    }),
    batch: part({ publisher: address, root: hash, count, manifest: cid, path }),
    anchor: orNull(event),
    verdicts: list(verdict, MAX_VERDICTS),
    state: orNull(
      part({ block: blockNumber, quorum_index: uint32, accounts: list(account, 3) }),
    ),
    headers: list(bytes(0, MAX_HEADER_BYTES), MAX_HEADERS),
  },
  {
    format: "perfledger-proof",
    version: 1n,
    disclosures: null,
    anchor: null,
    verdicts: [],
    state: null,
    headers: [],
  },
);

// The proof in a file's bytes, whoever it comes from.
export function parseProof(raw) {
  if (raw.length > MAX_FILE_BYTES) {
    throw new MalformedProofError(
      `the file has ${grouped(raw.length)} bytes; a proof has at most ${grouped(MAX_FILE_BYTES)}`,
    );
  }
  requireShallow(raw);
  return proof(jsonOf(raw), "");
}

// What a proof lacks to be complete.
export const missingFrom = (found) =>
  [
    ["anchor", found.anchor === null],
    ["verdicts", found.verdicts.length === 0],
    ["state", found.state === null],
  ]
    .filter(([, absent]) => absent)
    .map(([name]) => name);

function jsonOf(raw) {
  try {
    return parseJSON(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch (error) {
    throw new MalformedProofError(`the file is not JSON: ${error.message}`);
  }
}

// Brackets inside of texts count too, as no text of the format has any.
function requireShallow(raw) {
  let [containers, depth, deepest] = [0, 0, 0];
  for (const byte of raw) {
    const bracket = byte | 0x20; // [ and {, ] and } differ in this bit
    if (bracket === 0x7b) {
      containers += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (bracket === 0x7d) {
      depth -= 1;
    }
  }
  if (containers > MAX_CONTAINERS) {
    throw new MalformedProofError(
      `the file has more than ${grouped(MAX_CONTAINERS)} lists and objects`,
    );
  }
  if (deepest > MAX_DEPTH) {
    throw new MalformedProofError(`the file is nested more than ${MAX_DEPTH} deep`);
  }
}

function part(readers, defaults = {}) {
  return (value, where) => {
    require(value instanceof Map, where, "expected an object");
    for (const key of value.keys()) {
      require(Object.hasOwn(readers, key), `${where}${key}`, "an unknown field");
    }
    const found = {};
    for (const [key, read] of Object.entries(readers)) {
      const isGiven = value.has(key);
      require(isGiven || Object.hasOwn(defaults, key), `${where}${key}`, "it is missing");
      found[key] = isGiven ? read(value.get(key), `${where}${key}.`) : defaults[key];
    }
    return found;
  };
}

function list(read, most) {
  return (value, where) => {
    require(Array.isArray(value), where, "expected a list");
    require(value.length <= most, where, `at most ${most} items, got ${value.length}`);
    return value.map((item, at) => read(item, `${where}${at}.`));
  };
}

function some(read) {
  return (value, where) => {
    const found = read(value, where);
    require(found.length > 0, where, "expected some items");
    return found;
  };
}

function bytes(least, most) {
  return (value, where) => {
    const fits = typeof value === "string" && value.startsWith("0x") && value.length % 2 === 0;
    require(fits && !/[^0-9a-f]/.test(value.slice(2)), where, "expected 0x and lower-case hex digits");
    const length = value.length / 2 - 1;
    const wanted = least === most ? `${most}` : `at most ${most}`;
    require(length >= least && length <= most, where, `expected ${wanted} bytes, got ${length}`);
    return fromHex(value);
  };
}

function text(holds, what) {
  return (value, where) => {
    require(typeof value === "string" && holds(value), where, `expected ${what}`);
    return value;
  };
}

function integer(least, most) {
  return (value, where) => {
    const fits = typeof value === "bigint" && value >= least && value <= most;
    require(fits, where, `expected an integer from ${least} to ${most}`);
    return value;
  };
}

function constant(wanted) {
  return (value, where) => {
    require(value === wanted, where, `expected ${wanted}`);
    return value;
  };
}

function orNull(read) {
  return (value, where) => (value === null ? null : read(value, where));
}

function require(condition, where, fault) {
  if (condition) return;
  const place = where.replace(/\.$/, "");
  throw new MalformedProofError(`the proof is malformed: ${place ? place + ": " : ""}${fault}`);
}

const grouped = (number) => number.toLocaleString("en-US");
