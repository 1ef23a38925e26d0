// The steps of a verification, each a function from a proof to what it proved.
//
// Names, order, results and sentences are those of `ledger/verify/steps.py`; tests hold the two
// against each other. Functions are asynchronous, as a node may have to be asked.
import { bytesOf } from "./address.js";
import { concat, equal, toHex, word } from "./bytes.js";
import { cidOf, digestIn } from "./cid.js";
import { disclosed } from "./disclosures.js";
import { isEnvelope, wordOf } from "./envelope.js";
import { missingFrom } from "./format.js";
import { keccak } from "./hashes.js";
import { leadsTo, recordLeaf, submissionLeaf, verdictLeaf } from "./merkle.js";
import { Fault, FILE, YOU } from "./results.js";
import { signerOf, submission, verdicts } from "./statements.js";
import { Tally } from "./tally.js";

export const batchIdOf = (batch) => keccak(concat(word(bytesOf(batch.publisher)), batch.root));

const proven = (sentence, restsOn, values = {}) => ({ sentence, restsOn, values });

export class Steps {
  constructor(proof, policy, evidence) {
    this.proof = proof;
    this.policy = policy;
    this.evidence = evidence;
    this.batchId = batchIdOf(proof.batch);
    this.digest = digestIn(proof.record.cid);
    this.anchorBlock = 0n;
    this.count = 0n;
    this.slashed = [];
  }

  // Name and function of each step; later ones rely on earlier ones.
  *[Symbol.iterator]() {
    yield ["ledger", () => this.ledger()];
    yield ["record", () => this.record()];
    if (this.proof.disclosures !== null) yield ["disclosed", () => this.disclosed()];
    yield ["signature", () => this.signature()];
    yield ["submission", () => this.submission()];
    yield ["batch", () => this.batch()];
    yield ["complete", () => this.complete()];
    yield ["blocks", () => this.blocks()];
    yield ["anchor", () => this.anchor()];
    for (const verdict of this.proof.verdicts) {
      yield [`verdict ${verdict.validator}`, () => this.verdict(verdict)];
    }
    yield ["standing", () => this.standing()];
    const tally = new Tally(this);
    yield ["others", () => tally.others()];
    yield ["quorum", () => tally.quorum()];
  }

  ledger() {
    const [claimed, trusted] = [this.proof.contracts, this.policy.contracts];
    if (this.proof.chain_id !== trusted.chain_id) {
      throw new Fault("wrong-chain", "the proof is for another chain", {
        found: this.proof.chain_id,
        trusted: trusted.chain_id,
      });
    }
    for (const name of ["registry", "validator_set", "attestations"]) {
      if (claimed[name] !== trusted[name]) {
        throw new Fault("wrong-contract", `another ${name.replace("_", " ")} than the trusted one`, {
          found: claimed[name],
          trusted: trusted[name],
        });
      }
    }
    return proven("The proof is for the chain and the contracts you trust.", YOU, {
      chain_id: trusted.chain_id,
      ...claimed,
    });
  }

  record() {
    const { record } = this.proof;
    const computed = cidOf(record.bytes);
    if (computed !== record.cid) {
      throw new Fault("tampered-record", "the bytes hash to another CID", {
        found: computed,
        named: record.cid,
      });
    }
    const expected = this.policy.expectedCid;
    if (expected !== null && expected !== record.cid) {
      throw new Fault("wrong-record", "another record", { found: record.cid, expected });
    }
    const sentence = isEnvelope(record.bytes)
      ? "The record is encrypted for a group; its envelope's bytes hash to its CID."
      : "The record's bytes hash to its CID.";
    return proven(sentence, FILE, {
      cid: record.cid,
      bytes: record.bytes.length,
    });
  }

  disclosed() {
    const { record, disclosures } = this.proof;
    return proven(
      "The record was committed to the values that are disclosed now.",
      FILE,
      disclosed(record.bytes, disclosures),
    );
  }

  signature() {
    const part = this.proof.submission;
    const signer = signerOf(
      submission(this.policy.contracts, part.root, part.count),
      part.signature,
    );
    if (signer === null) {
      throw new Fault("bad-signature", "not a signature in canonical form (EIP-2)");
    }
    if (signer !== part.contributor) {
      throw new Fault("wrong-contributor", "somebody else signed, or signed something else", {
        found: signer,
        named: part.contributor,
      });
    }
    return proven(
      `${part.contributor} signed a submission of ${part.count} records.`,
      `the key of ${part.contributor}`,
      { root: toHex(part.root), count: part.count, signature: toHex(part.signature) },
    );
  }

  submission() {
    const part = this.proof.submission;
    const leaf = recordLeaf(this.digest);
    const values = { leaf: toHex(leaf), root: toHex(part.root) };
    if (!leadsTo(part.root, leaf, part.path)) {
      throw new Fault(
        "not-in-submission",
        "the record's path does not lead to the submission's root",
        values,
      );
    }
    return proven("The record is in that submission.", FILE, values);
  }

  batch() {
    const { submission: part, batch } = this.proof;
    const leaf = submissionLeaf(part.root, bytesOf(part.contributor), part.count);
    const values = { leaf: toHex(leaf), root: toHex(batch.root) };
    if (!leadsTo(batch.root, leaf, batch.path)) {
      throw new Fault(
        "not-in-batch",
        "the submission's path does not lead to the batch's root",
        values,
      );
    }
    return proven("The submission, with its contributor and count, is in the batch.", FILE, {
      ...values,
      batch_id: toHex(this.batchId),
    });
  }

  complete() {
    const missing = missingFrom(this.proof).filter((part) => part !== "state");
    if (missing.length) {
      throw new Fault("incomplete", `the proof has no ${missing.join(" and no ")}`, { missing });
    }
    const validators = this.proof.verdicts.map((verdict) => verdict.validator);
    if (new Set(validators).size !== validators.length) {
      throw new Fault("repeated-validator", "a validator's word counts once");
    }
    return proven("The proof has all of its parts, and each validator once.", FILE);
  }

  async blocks() {
    const sentence = await this.evidence.establish();
    return proven(sentence, this.evidence.restsOn);
  }

  async anchor() {
    const facts = await this.evidence.anchor(this.proof.anchor);
    const { batch } = this.proof;
    const { event } = facts;
    const isSaid =
      equal(event.batchId, this.batchId) &&
      equal(event.publisher, bytesOf(batch.publisher)) &&
      equal(event.root, batch.root) &&
      equal(event.manifestDigest, digestIn(batch.manifest)) &&
      event.count === batch.count &&
      this.proof.submission.count <= event.count;
    if (!isSaid) throw new Fault("not-on-chain", "the event anchors something else");
    if (facts.block !== this.proof.anchor.block) {
      throw new Fault("not-on-chain", `the batch was anchored in block ${facts.block}`);
    }
    this.anchorBlock = facts.block;
    this.count = event.count;
    return proven(
      `${batch.publisher} anchored the batch in block ${facts.block}, ${moment(facts.timestamp)}.`,
      this.evidence.restsOn,
      { block: facts.block, timestamp: facts.timestamp, batch_id: toHex(this.batchId) },
    );
  }

  async verdict(verdict) {
    this.requireStatement(verdict);
    const accepts = verdict.code === 0n;
    const leaf = verdictLeaf(this.digest, accepts, verdict.code);
    if (!leadsTo(verdict.root, leaf, verdict.path)) {
      throw new Fault("bad-verdict", "the verdict is not in the tree that was signed", {
        leaf: toHex(leaf),
        root: toHex(verdict.root),
      });
    }
    await this.requireAttested(verdict);
    const said = wordOf(verdict.code);
    return proven(
      `${verdict.validator} ${said} the record; the contract took its word as a validator's.`,
      `the key of ${verdict.validator}; ${this.evidence.restsOn}`,
      { code: verdict.code, sequence: verdict.sequence, root: toHex(verdict.root) },
    );
  }

  // What a validator signed, by the file.
  statementOf(verdict) {
    return verdicts(this.policy.contracts, {
      batchId: this.batchId,
      sequence: verdict.sequence,
      verdictRoot: verdict.root,
      accepted: verdict.accepted,
      rejected: verdict.rejected,
    });
  }

  requireStatement(verdict) {
    const signer = signerOf(this.statementOf(verdict), verdict.signature);
    if (signer !== verdict.validator) {
      throw new Fault("bad-verdict", "the validator did not sign this statement", {
        found: signer,
        named: verdict.validator,
      });
    }
  }

  async requireAttested(verdict) {
    const event = await this.evidence.attested(this.batchId, verdict);
    const isSaid =
      equal(event.batchId, this.batchId) &&
      equal(event.validator, bytesOf(verdict.validator)) &&
      event.sequence === verdict.sequence &&
      equal(event.root, verdict.root) &&
      event.accepted === verdict.accepted &&
      event.rejected === verdict.rejected &&
      equal(event.reportDigest, digestIn(verdict.report));
    if (!isSaid || event.accepted + event.rejected !== this.count) {
      throw new Fault("not-attested", "the event attests something else");
    }
  }

  async standing() {
    let isKnown = true;
    for (const verdict of this.proof.verdicts) {
      const validator = bytesOf(verdict.validator);
      const sequence = await this.evidence.standingSequence(this.batchId, validator);
      isKnown = isKnown && sequence !== null;
      if (sequence !== null && sequence !== verdict.sequence) {
        throw new Fault(
          "stale-verdict",
          `${verdict.validator} has since attested under sequence ${sequence}`,
          { found: sequence, named: verdict.sequence },
        );
      }
      if (await this.evidence.isSlashed(validator)) this.slashed.push(verdict.validator);
    }
    const contributor = bytesOf(this.proof.submission.contributor);
    if (await this.evidence.isRevoked(contributor, this.digest)) {
      throw new Fault("revoked", "the contributor has withdrawn the record");
    }
    if (await this.evidence.isSuperseded(this.batchId)) {
      throw new Fault("superseded", "the publisher has replaced the batch");
    }
    if (!isKnown) return proven("What happened since is not known to this file.", FILE);
    return proven(
      "None of it was corrected, replaced or withdrawn since.",
      this.evidence.restsOn,
      { slashed: [...this.slashed] },
    );
  }
}

function moment(timestamp) {
  const time = new Date(Number(timestamp) * 1000);
  return Number.isNaN(time.valueOf())
    ? `second ${timestamp}`
    : time.toISOString().replace(".000Z", "+00:00");
}
