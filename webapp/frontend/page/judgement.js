// A verification under what the visitor trusts, and what is left open by it.
import { toHex } from "../verify/bytes.js";
import { policyOf, verifyOffline, verifyOnline } from "../verify/check.js";
import { parseProof } from "../verify/format.js";
import { headsOf, linked } from "../verify/headers.js";
import { isOfServer, isOverheard } from "./trust.js";

export const OPEN = { LEDGER: "ledger", BLOCK: "block", ENDPOINT: "endpoint", OVERHEARD: "overheard" };

// Gives the verification, and the points that a visitor still has to confirm: an empty list means
// that all of it rests on what the visitor brought.
export async function judge({ raw, expectedCid }, { contracts, isConfirmed, witness }, heard) {
  const heads = witness.kind === "none" ? headsIn(raw) : [];
  const hashes = witness.hashes ?? heads.map(({ hash }) => hash);
  const policy = policyOf({ contracts, expectedCid, trustedBlocks: new Set(hashes) });
  const verification = witness.request
    ? await verifyOnline(raw, policy, witness.request, heard)
    : await verifyOffline(raw, policy, heard);
  const open = [];
  if (!isConfirmed) open.push({ kind: OPEN.LEDGER, step: "ledger", contracts });
  for (const head of heads) open.push({ kind: OPEN.BLOCK, step: "blocks", ...head });
  if (witness.url && isOfServer(witness.url, new URL(location.href))) {
    open.push({ kind: OPEN.ENDPOINT, step: "blocks", host: witness.url.host });
  } else if (witness.url && isOverheard(witness.url)) {
    open.push({ kind: OPEN.OVERHEARD, step: "blocks", host: witness.url.host });
  }
  return { verification, open };
}

// The blocks that a file's headers lead to, as far as they do.
function headsIn(raw) {
  try {
    return headsOf(linked(parseProof(raw).headers)).map(({ number, hash }) => ({
      number,
      hash: toHex(hash),
    }));
  } catch {
    return []; // the verification says what is wrong
  }
}
