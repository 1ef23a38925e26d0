// The browser's verifier as a process: one question a line, one answer a line.
import { createInterface } from "node:readline";

import { toHex } from "../../webapp/frontend/verify/bytes.js";
import { CBORError, decodeCBOR, Link } from "../../webapp/frontend/verify/dagcbor.js";
import { httpEndpoint } from "../../webapp/frontend/page/endpoint.js";
import { policyOf, verifyOffline, verifyOnline } from "../../webapp/frontend/verify/check.js";

const plain = (_, value) => (typeof value === "bigint" ? Number(value) : value);

async function answer({ proof, policy, rpc }) {
  const trusted = policyOf({
    contracts: { ...policy.contracts, chain_id: BigInt(policy.contracts.chain_id) },
    trustedBlocks: new Set(policy.trusted_blocks),
    expectedCid: policy.expected_cid,
    minimumAccepted: policy.minimum_accepted,
    validators: policy.validators && new Set(policy.validators),
  });
  const raw = new Uint8Array(Buffer.from(proof, "base64"));
  const found = rpc
    ? await verifyOnline(raw, trusted, httpEndpoint(rpc))
    : await verifyOffline(raw, trusted);
  return { result: found.result, cid: found.cid, steps: found.steps };
}

// What a block says, in a form in which 1 and 1.0 differ and no number is rounded.
function exact(value) {
  if (value instanceof Map) return { map: [...value].map(([key, inner]) => [key, exact(inner)]) };
  if (Array.isArray(value)) return value.map(exact);
  if (value instanceof Link) return { link: toHex(value.digest) };
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value !== "number") return value;
  const raw = new DataView(new ArrayBuffer(8));
  raw.setFloat64(0, value);
  return { float: toHex(new Uint8Array(raw.buffer)) };
}

function decoded(block) {
  try {
    return { value: exact(decodeCBOR(new Uint8Array(Buffer.from(block, "base64")))) };
  } catch (error) {
    if (!(error instanceof CBORError)) throw error;
    return { refused: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answering = "block" in question ? async () => decoded(question.block) : () => answer(question);
  const said = await answering().catch((error) => ({
    kind: error.constructor.name,
    error: String(error.stack),
  }));
  process.stdout.write(`${JSON.stringify(said, plain)}\n`);
}
