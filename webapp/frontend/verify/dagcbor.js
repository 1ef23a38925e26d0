// Strict DAG-CBOR, to show what a record's bytes say (ipld.io/specs/codecs/dag-cbor/spec, RFC 8949).
import { compare, equal, toBigInt } from "./bytes.js";

const MAX_DEPTH = 64;
const [UINT, NEGATIVE, BYTES, TEXT, LIST, MAP, TAG, SIMPLE] = [0, 1, 2, 3, 4, 5, 6, 7];
const SIMPLE_VALUES = new Map([[20, false], [21, true], [22, null]]);
const LINK_TAG = 42n;
const LINK_PREFIX = Uint8Array.of(0, 0x01, 0x71, 0x12, 0x20); // identity multibase, then the CID

export class CBORError extends Error {}

// The digest of what a block links to: the only kind of link the ledger has (CIDv1, sha2-256).
export class Link {
  constructor(digest) {
    this.digest = digest;
  }
}

// Maps come back as Map, integers as BigInt, floats as Number.
export function decodeCBOR(block) {
  const reader = new Reader(block);
  const value = reader.item(0);
  require(reader.at === block.length, "bytes after the end");
  return value;
}

class Reader {
  constructor(block) {
    this.block = block;
    this.at = 0;
  }

  item(depth) {
    require(depth <= MAX_DEPTH, "nested too deeply");
    const first = this.take(1)[0];
    const [major, info] = [first >> 5, first & 31];
    if (major === SIMPLE) return this.simple(info);
    const argument = this.argument(info);
    if (major === UINT) return argument;
    if (major === NEGATIVE) return -1n - argument;
    if (major === BYTES) return this.take(argument);
    if (major === TEXT) return this.text(argument);
    if (major === LIST) return this.list(argument, depth);
    if (major === MAP) return this.map(argument, depth);
    require(major === TAG && argument === LINK_TAG, "a tag other than that of links");
    const linked = this.item(depth + 1);
    const isLink =
      linked instanceof Uint8Array && equal(linked.subarray(0, LINK_PREFIX.length), LINK_PREFIX);
    require(isLink && linked.length === LINK_PREFIX.length + 32, "a link of another kind");
    return new Link(linked.subarray(LINK_PREFIX.length));
  }

  simple(info) {
    if (SIMPLE_VALUES.has(info)) return SIMPLE_VALUES.get(info);
    require(info === 27, "a value that DAG-CBOR does not know");
    const raw = this.take(8);
    const value = new DataView(raw.buffer, raw.byteOffset).getFloat64(0);
    require(Number.isFinite(value), "a number that is none");
    require(!Object.is(value, -0), "a zero in another form than 0.0");
    return value;
  }

  // In its shortest form, as one value has one encoding.
  argument(info) {
    if (info < 24) return BigInt(info);
    require(info <= 27, "a length that is not given");
    const width = 1 << (info - 24);
    const value = toBigInt(this.take(width));
    const least = width === 1 ? 24n : 1n << BigInt(width * 4);
    require(value >= least, "a number longer than it has to be");
    return value;
  }

  text(length) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof CBORError) throw error;
      throw new CBORError("a text that is not UTF-8");
    }
  }

  list(length, depth) {
    require(length <= this.left, "it ends early");
    return Array.from({ length: Number(length) }, () => this.item(depth + 1));
  }

  map(length, depth) {
    require(length <= this.left, "it ends early");
    const found = new Map();
    let before = null;
    for (let count = 0n; count < length; count++) {
      const start = this.at;
      const key = this.item(depth + 1);
      require(typeof key === "string", "a key that is not a text");
      const encoded = this.block.subarray(start, this.at);
      require(before === null || follows(before, encoded), "keys out of order");
      before = encoded;
      found.set(key, this.item(depth + 1));
    }
    return found;
  }

  get left() {
    return BigInt(this.block.length - this.at);
  }

  take(length) {
    require(BigInt(length) <= this.left, "it ends early");
    const end = this.at + Number(length);
    const taken = this.block.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}

// Shorter keys first, equally long ones by their bytes.
const follows = (before, after) =>
  before.length === after.length ? compare(before, after) < 0 : before.length < after.length;

function require(condition, fault) {
  if (!condition) throw new CBORError(fault);
}
