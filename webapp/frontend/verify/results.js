// What a verification ends in. Names and meanings are those of `perfledger verify`.
export const MEANINGS = {
  "valid": "Every step holds.",
  "malformed": "The file is not a proof of a version that is understood here.",
  "wrong-chain": "The proof is for another chain.",
  "wrong-contract": "The proof rests on contracts other than the trusted ones.",
  "tampered-record": "The record's bytes do not hash to its CID.",
  "wrong-record": "The proof is for another record than the one asked about.",
  "bad-signature": "The contributor's signature is malformed or malleable.",
  "wrong-contributor": "The submission was not signed by the contributor it names.",
  "not-in-submission": "The record does not belong to the signed submission.",
  "not-in-batch": "The submission does not belong to the batch.",
  "broken-headers": "A header is missing or malformed, or does not follow its parent.",
  "untrusted-block": "The headers do not lead to a block that is trusted.",
  "bad-receipt": "A receipt is not in the block it is said to be in.",
  "not-on-chain": "The chain does not say that this batch was anchored.",
  "bad-verdict": "A verdict is not signed by its validator, or not in its report.",
  "not-attested": "The chain does not say that the validator attested these verdicts.",
  "unknown-validator": "The verdicts are by validators other than the trusted ones.",
  "bad-state": "A storage proof does not lead to the block's state.",
  "stale-verdict": "A validator has since corrected its verdicts.",
  "slashed-validator": "The verdict of a validator that equivocated is needed.",
  "below-quorum": "Too few validators accept the record.",
  "rejected": "The quorum rejects the record.",
  "disputed": "As many validators as the quorum needs accept it, and as many reject it.",
  "superseded": "The publisher has replaced the batch by another.",
  "revoked": "The contributor has withdrawn the record.",
  "incomplete": "The proof lacks a part, perhaps because the chain does not have it yet.",
  "repeated-validator": "One validator's verdict is in the file twice.",
  "omitted-verdict": "The file leaves out a verdict that could change the result.",
  "wrong-disclosure": "A disclosed value is not what the record was committed to.",
  "sealed-for-others": "No identity that was given opens the encrypted record.",
  "bad-content": "What is encrypted is no record that its contributor signed for the group.",
};

// A step that does not hold: a named result on its way up, not an error of the program.
export class Fault extends Error {
  constructor(result, reason, values = {}) {
    super(reason);
    this.result = result;
    this.values = values;
  }
}

export const FILE = "the file alone";
export const YOU = "what you trust";
