// What the visitor trusts: which contracts, and who says what is on the chain.
import { typedAddress } from "../verify/address.js";
import { httpEndpoint } from "./endpoint.js";
import { walletEndpoint, wallets } from "./wallets.js";

const KEPT = "perfledger.verify.trust";
const ADDRESSES = ["registry", "validator_set", "attestations"];
const LABELS = {
  registry: "ContributionRegistry",
  validator_set: "ValidatorSet",
  attestations: "Attestations",
};
export const LEDGER_FIELDS = ["chain_id", ...ADDRESSES];

// What was typed cannot be used; says so, and in which field.
export class InputError extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

// The ledger in the fields, as a verifier's policy takes it.
export function ledgerOf(fields) {
  if (!/^[0-9]{1,19}$/.test(fields.chain_id)) {
    throw new InputError("chain_id", "The chain id is a number, such as 1 or 11155111.");
  }
  const contracts = { chain_id: BigInt(fields.chain_id) };
  for (const name of ADDRESSES) {
    const address = typedAddress(fields[name]);
    if (address === null) {
      throw new InputError(
        name,
        `The address of ${LABELS[name]} is not one, or its checksum is wrong (EIP-55).`,
      );
    }
    contracts[name] = address;
  }
  return contracts;
}

export const sameLedger = (left, right) =>
  LEDGER_FIELDS.every((name) => String(left[name]) === String(right[name]));

// Who says what is on the chain: { kind, hashes | request, url, provider }.
export function witnessOf({ kind, blocks, rpc, wallet }) {
  if (kind === "block") return { kind, hashes: hashesIn(blocks) };
  if (kind === "rpc") {
    const url = urlOf(rpc);
    return { kind, url, request: httpEndpoint(url.href) };
  }
  if (kind === "wallet") {
    const chosen = wallets().find(({ id }) => id === wallet);
    if (!chosen) throw new InputError("wallet", "No wallet was found in this browser.");
    return { kind, provider: chosen.provider, request: walletEndpoint(chosen.provider) };
  }
  return { kind: "none" };
}

// Whether an endpoint is on the page's own host, or on one above or below it: the same people's word.
// On this very machine, another port is another program of the visitor's own.
export function isOfServer(url, page) {
  if (url.origin === page.origin) return true;
  if (isLoopback(url.hostname) && isLoopback(page.hostname)) return false;
  const [one, other] = [url.hostname, page.hostname];
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);
}

export const isOverheard = (url) => url.protocol === "http:" && !isLoopback(url.hostname);

// What this browser keeps for this site: { ledger, rpc, since }, or null.
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    return found && LEDGER_FIELDS.every((name) => typeof found.ledger?.[name] === "string")
      ? found
      : null;
  } catch {
    return null; // storage is forbidden, or holds something else
  }
}

export function keep(ledger, rpc) {
  const texts = LEDGER_FIELDS.map((name) => [name, String(ledger[name])]);
  const since = new Date().toISOString().slice(0, 10);
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ledger: Object.fromEntries(texts), rpc, since }));
  } catch {
    throw new InputError("keep", "This browser keeps nothing for this site, so type them each time.");
  }
}

export function forget() {
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Where storage is forbidden nothing was kept.
  }
}

function hashesIn(text) {
  const hashes = text.toLowerCase().split(/[\s,;]+/).filter(Boolean);
  const isHash = (hash) => /^0x[0-9a-f]{64}$/.test(hash);
  if (!hashes.length || !hashes.every(isHash)) {
    throw new InputError("blocks", "A block hash is 0x and 64 hex digits.");
  }
  return hashes;
}

function urlOf(text) {
  try {
    const url = new URL(text.trim());
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // Said below.
  }
  throw new InputError("rpc", "The URL of a chain endpoint begins with https:// or http://.");
}

const isLoopback = (host) => host === "localhost" || host === "[::1]" || /^127\./.test(host);
