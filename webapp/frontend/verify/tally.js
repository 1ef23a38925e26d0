// What the verdicts come to: those in the file, and those that it leaves out.
import { addressOf } from "./address.js";
import { ENCRYPTED, isEnvelope } from "./envelope.js";
import { Fault, FILE, YOU } from "./results.js";

export class Tally {
  // Over steps that were taken, and whose verdicts were found to be in order.
  constructor({ proof, policy, evidence, batchId, anchorBlock, slashed }) {
    this.verdicts = proof.verdicts;
    this.policy = policy;
    this.evidence = evidence;
    this.batchId = batchId;
    this.anchorBlock = anchorBlock;
    const counted = this.verdicts.filter(
      ({ validator }) => this.isKnown(validator) && !slashed.includes(validator),
    );
    this.accepted = counted.filter(({ code }) => code === 0n).length;
    const abstained = counted.filter(({ code }) => code === ENCRYPTED).length;
    this.rejected = counted.length - this.accepted - abstained;
    this.isSealed = isEnvelope(proof.record.bytes);
  }

  // Whoever makes a file chooses the verdicts in it; the chain has them all.
  async others() {
    const standing = await this.evidence.attestations(this.batchId, this.anchorBlock);
    if (standing === null) {
      return {
        sentence: "Which other verdicts there are cannot be seen offline.",
        restsOn: FILE,
        values: {},
      };
    }
    const others = await this.leftOut(standing);
    const omitted = others.map((event) => addressOf(event.validator)).sort();
    const [quorum] = await this.required();
    if (canChange(this.accepted, this.rejected, quorum, others, this.isSealed)) {
      throw new Fault(
        "omitted-verdict",
        `the file lacks the verdict of ${omitted.join(", ")}, attested since or left out`,
        { omitted },
      );
    }
    return {
      sentence: "No verdict that the file leaves out could change the result.",
      restsOn: this.evidence.restsOn,
      values: { attested: standing.length, omitted },
    };
  }

  async quorum() {
    const [quorum, source] = await this.required();
    const { accepted, rejected } = this;
    const values = { quorum, accepted, rejected };
    if (accepted < quorum || rejected >= quorum) throw this.undecided(quorum, values);
    return {
      sentence: `${accepted} validators accept it; ${quorum} are needed.`,
      restsOn: source,
      values,
    };
  }

  async leftOut(standing) {
    const shown = new Set(this.verdicts.map(({ validator }) => validator));
    const others = [];
    for (const event of standing) {
      const address = addressOf(event.validator);
      if (shown.has(address) || !this.isKnown(address)) continue;
      if (!(await this.evidence.isSlashed(event.validator))) others.push(event);
    }
    return others;
  }

  // How many verdicts are needed, and on whose word that rests.
  async required() {
    const onChain = await this.evidence.quorumAt(this.anchorBlock);
    const minimum = this.policy.minimumAccepted;
    if (onChain === null && minimum === null) {
      throw new Fault("incomplete", "the file does not prove the quorum, and you require none", {
        missing: ["state"],
      });
    }
    const source = onChain === null ? YOU : this.evidence.restsOn;
    return [Math.max(Number(onChain ?? 0), minimum ?? 0), source];
  }

  undecided(quorum, values) {
    const { accepted, rejected } = this;
    if (rejected >= quorum) {
      return new Fault(
        accepted >= quorum ? "disputed" : "rejected",
        `${rejected} validators reject it, ${accepted} accept it; ${quorum} decide`,
        values,
      );
    }
    const accepting = this.verdicts.filter(({ code }) => code === 0n);
    const strangers = accepting.filter(({ validator }) => !this.isKnown(validator)).length;
    let result = "below-quorum";
    if (accepted + strangers >= quorum) result = "unknown-validator";
    else if (accepting.length >= quorum) result = "slashed-validator";
    return new Fault(result, `${accepted} of the ${quorum} verdicts that are needed`, values);
  }

  isKnown(validator) {
    return this.policy.validators === null || this.policy.validators.has(validator);
  }
}

// Whether verdicts that the file does not show could lead to another outcome than it shows. An
// attestation tells how many records it accepts and rejects, not which. Of an encrypted record, what
// counts as rejected may be the word of a validator that cannot read it.
export function canChange(accepted, rejected, quorum, others, sealed = false) {
  const accepting = others.filter((other) => other.rejected === 0n).length;
  const rejecting = others.filter((other) => other.accepted === 0n).length;
  const either = others.length - accepting - rejecting;
  const shown = outcome(accepted, rejected, quorum);
  for (let more = 0; more <= either; more++) {
    const most = rejecting + either - more;
    for (let refusing = sealed ? 0 : most; refusing <= most; refusing++) {
      const possible = outcome(accepted + accepting + more, rejected + refusing, quorum);
      if (possible !== shown) return true;
    }
  }
  return false;
}

function outcome(accepted, rejected, quorum) {
  const accepts = quorum > 0 && accepted >= quorum;
  const rejects = quorum > 0 && rejected >= quorum;
  if (accepts && rejects) return "disputed";
  if (accepts) return "accepted";
  return rejects ? "rejected" : "anchored";
}
