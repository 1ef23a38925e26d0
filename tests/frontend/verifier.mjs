// The browser's verifier as a process: one question a line, one answer a line.
import { createInterface } from "node:readline";

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

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({
    kind: error.constructor.name,
    error: String(error.stack),
  }));
  process.stdout.write(`${JSON.stringify(said, plain)}\n`);
}
