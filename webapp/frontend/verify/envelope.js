// Records that are encrypted for a group (docs/groups.md): that a block is one, and what that means
// for verdicts. Nothing here opens them: identities do not belong into a web page.
import { decodeCBOR } from "./dagcbor.js";

const KIND = "perfledger/envelope";

// The reason code of a validator that cannot read the record: no opinion, and no rejection.
export const ENCRYPTED = 16n;

export function isEnvelope(block) {
  try {
    return decodeCBOR(block)?.get?.("kind") === KIND;
  } catch {
    return false;
  }
}

export function wordOf(code) {
  if (code === ENCRYPTED) return "has no opinion of";
  return code === 0n ? "accepts" : `rejects (${code})`;
}
