// Checking a proof: against trusted block hashes, or against a node.
import { FiledEvidence } from "./filed.js";
import { MalformedProofError, parseProof } from "./format.js";
import { NodeEvidence } from "./node.js";
import { Fault, FILE } from "./results.js";
import { batchIdOf, Steps } from "./steps.js";

const NOBODY = () => {};

// What a verifier trusts; none of it may come from the proof.
//   contracts: { chain_id (BigInt), registry, validator_set, attestations }
//   trustedBlocks: hashes of blocks known to be on the chain, 0x and lower-case digits
//   expectedCid: the record it must be about; minimumAccepted, validators: see docs/proof-format.md
export const policyOf = (given) => ({
  trustedBlocks: new Set(),
  expectedCid: null,
  minimumAccepted: null,
  validators: null,
  ...given,
});

// Checks with nothing but what the policy trusts. Never throws on account of the proof.
//   heard: told each step as it is taken; what it promises is waited for
export function verifyOffline(raw, policy, heard = NOBODY) {
  return verified(raw, policy, heard, (proof, batchId) => new FiledEvidence(proof, policy, batchId));
}

// Checks against a node, in place of the file's own headers and receipts.
//   request: EIP-1193's ({ method, params }) => Promise; what it throws is passed on.
export function verifyOnline(raw, policy, request, heard = NOBODY) {
  return verified(raw, policy, heard, () => new NodeEvidence(request, policy.contracts));
}

async function verified(raw, policy, heard, evidenceOf) {
  const done = [];
  const take = async (step) => {
    done.push(step);
    await heard(step);
  };
  let proof;
  try {
    proof = parseProof(raw);
  } catch (error) {
    if (!(error instanceof MalformedProofError)) throw error;
    await take({ name: "format", ok: false, proved: error.message, restsOn: "", values: {} });
    return { result: "malformed", cid: "", proof: null, steps: done };
  }
  await take({ name: "format", ok: true, proved: "The file is a proof.", restsOn: FILE, values: {} });
  const evidence = evidenceOf(proof, batchIdOf(proof.batch));
  const result = await run(new Steps(proof, policy, evidence), take);
  return { result, cid: proof.record.cid, proof, steps: done };
}

async function run(steps, take) {
  for (const [name, step] of steps) {
    try {
      const { sentence, restsOn, values } = await step();
      await take({ name, ok: true, proved: sentence, restsOn, values });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { restsOn } = steps.evidence;
      await take({ name, ok: false, proved: error.message, restsOn, values: error.values });
      return error.result;
    }
  }
  return "valid";
}
