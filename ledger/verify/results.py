"""What a verification ends in."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """The one named result of a verification; each has an exit code of its own."""

    VALID = "valid"
    MALFORMED = "malformed"
    WRONG_CHAIN = "wrong-chain"
    WRONG_CONTRACT = "wrong-contract"
    TAMPERED_RECORD = "tampered-record"
    WRONG_RECORD = "wrong-record"
    BAD_SIGNATURE = "bad-signature"
    WRONG_CONTRIBUTOR = "wrong-contributor"
    NOT_IN_SUBMISSION = "not-in-submission"
    NOT_IN_BATCH = "not-in-batch"
    BROKEN_HEADERS = "broken-headers"
    UNTRUSTED_BLOCK = "untrusted-block"
    BAD_RECEIPT = "bad-receipt"
    NOT_ON_CHAIN = "not-on-chain"
    BAD_VERDICT = "bad-verdict"
    NOT_ATTESTED = "not-attested"
    UNKNOWN_VALIDATOR = "unknown-validator"
    BAD_STATE = "bad-state"
    STALE_VERDICT = "stale-verdict"
    SLASHED_VALIDATOR = "slashed-validator"
    BELOW_QUORUM = "below-quorum"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    INCOMPLETE = "incomplete"
    REPEATED_VALIDATOR = "repeated-validator"
    OMITTED_VERDICT = "omitted-verdict"
    WRONG_DISCLOSURE = "wrong-disclosure"
    SEALED_FOR_OTHERS = "sealed-for-others"
    BAD_CONTENT = "bad-content"

    @property
    def exit_code(self) -> int:
        """What the command exits with."""
        return _EXIT_CODES[self]

    @property
    def meaning(self) -> str:
        """What the result says, as a sentence."""
        return _MEANINGS[self]


_FIRST_FAILURE = 10
"""0 is success, 1 and 2 are any error and wrong usage, 64 to 78 those of ``sysexits.h``."""

_EXIT_CODES: Mapping[Result, int] = {
    result: 0 if place == 0 else _FIRST_FAILURE + place - 1 for place, result in enumerate(Result)
}
"""By order of the members: a new one goes to the end, so that no code ever changes."""

_MEANINGS: Mapping[Result, str] = {
    Result.VALID: "Every step holds.",
    Result.MALFORMED: "The file is not a proof of a version that is understood here.",
    Result.WRONG_CHAIN: "The proof is for another chain.",
    Result.WRONG_CONTRACT: "The proof rests on contracts other than the trusted ones.",
    Result.TAMPERED_RECORD: "The record's bytes do not hash to its CID.",
    Result.WRONG_RECORD: "The proof is for another record than the one asked about.",
    Result.BAD_SIGNATURE: "The contributor's signature is malformed or malleable.",
    Result.WRONG_CONTRIBUTOR: "The submission was not signed by the contributor it names.",
    Result.NOT_IN_SUBMISSION: "The record does not belong to the signed submission.",
    Result.NOT_IN_BATCH: "The submission does not belong to the batch.",
    Result.BROKEN_HEADERS: "A header is missing or malformed, or does not follow its parent.",
    Result.UNTRUSTED_BLOCK: "The headers do not lead to a block that is trusted.",
    Result.BAD_RECEIPT: "A receipt is not in the block it is said to be in.",
    Result.NOT_ON_CHAIN: "The chain does not say that this batch was anchored.",
    Result.BAD_VERDICT: "A verdict is not signed by its validator, or not in its report.",
    Result.NOT_ATTESTED: "The chain does not say that the validator attested these verdicts.",
    Result.UNKNOWN_VALIDATOR: "The verdicts are by validators other than the trusted ones.",
    Result.BAD_STATE: "A storage proof does not lead to the block's state.",
    Result.STALE_VERDICT: "A validator has since corrected its verdicts.",
    Result.SLASHED_VALIDATOR: "The verdict of a validator that equivocated is needed.",
    Result.BELOW_QUORUM: "Too few validators accept the record.",
    Result.REJECTED: "The quorum rejects the record.",
    Result.DISPUTED: "As many validators as the quorum needs accept it, and as many reject it.",
    Result.SUPERSEDED: "The publisher has replaced the batch by another.",
    Result.REVOKED: "The contributor has withdrawn the record.",
    Result.INCOMPLETE: "The proof lacks a part, perhaps because the chain does not have it yet.",
    Result.REPEATED_VALIDATOR: "One validator's verdict is in the file twice.",
    Result.OMITTED_VERDICT: "The file leaves out a verdict that could change the result.",
    Result.WRONG_DISCLOSURE: "A disclosed value is not what the record was committed to.",
    Result.SEALED_FOR_OTHERS: "No identity that was given opens the encrypted record.",
    Result.BAD_CONTENT: "What is encrypted is no record that its contributor signed for the group.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a verification.

    Attributes:
        name: what was looked at, e.g. ``signature``.
        ok: whether it held.
        proved: what it proved or, where it failed, why; a sentence.
        rests_on: on whose word the step rests.
        values: what it was computed from, for the reader to compute again.
    """

    name: str
    ok: bool
    proved: str
    rests_on: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking a proof.

    Attributes:
        result: the one named result.
        cid: the record, where the file names one.
        steps: in order; the last one is the one that failed, unless the result is ``valid``.
    """

    result: Result
    cid: str
    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return self.result is Result.VALID

    @property
    def exit_code(self) -> int:
        """What the command exits with."""
        return self.result.exit_code

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "result": self.result.value,
            "meaning": self.result.meaning,
            "exit_code": self.exit_code,
            "cid": self.cid,
            "steps": [
                {
                    "name": step.name,
                    "ok": step.ok,
                    "proved": step.proved,
                    "rests_on": step.rests_on,
                    "values": dict(step.values),
                }
                for step in self.steps
            ],
        }


class Fault(Exception):  # noqa: N818 - a named result on its way up, not an error of the program
    """A step does not hold.

    Attributes:
        result: what the verification ends in.
        reason: why, as a sentence.
        values: what was compared.
    """

    def __init__(self, result: Result, reason: str, **values: Any) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason
        self.values = values
