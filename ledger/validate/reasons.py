"""Why a validator rejects a record. The codes are on chain, so their meaning never changes."""

from enum import IntEnum


class Reason(IntEnum):
    """Reason code of a verdict: the ``uint16`` in the leaf of a verdict tree."""

    ACCEPTED = 0
    BAD_SIGNATURE = 1
    NON_CANONICAL = 2
    SCHEMA = 3
    IMPLAUSIBLE_RUNTIME = 4
    IMPOSSIBLE_CPU = 5
    IMPOSSIBLE_MEMORY = 6
    IMPOSSIBLE_IO = 7
    INCONSISTENT_STAGES = 8
    INCONSISTENT_TIME = 9
    INCONSISTENT_STATUS = 10
    DUPLICATE = 11
    DUPLICATE_CONTENT = 12
    INCONSISTENT_SIZES = 13
    OUTLIER = 14
    IMPOSSIBLE_SCALING = 15
    ENCRYPTED = 16
    REJECTED_BY_MEMBER = 17

    @property
    def label(self) -> str:
        """The code in words, e.g. ``impossible-cpu``."""
        return self.name.lower().replace("_", "-")

    @property
    def abstains(self) -> bool:
        """Whether it is no rejection: the validator has no opinion of the record.

        A tree of verdicts has a leaf for each record, and the contract knows two kinds of it only.
        """
        return self is Reason.ENCRYPTED

    @property
    def meaning(self) -> str:
        """What the code says about a record, as a sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.ACCEPTED: "Every check passed.",
    Reason.BAD_SIGNATURE: "The submission is not signed by the contributor it names.",
    Reason.NON_CANONICAL: "The bytes are not the canonical form of their record.",
    Reason.SCHEMA: "The bytes are not a record of a known schema version.",
    Reason.IMPLAUSIBLE_RUNTIME: "The runtime is zero or longer than any job runs.",
    Reason.IMPOSSIBLE_CPU: "More CPU time than the cores could give in the runtime.",
    Reason.IMPOSSIBLE_MEMORY: "More memory in use than the cluster has.",
    Reason.IMPOSSIBLE_IO: "More bytes moved than memory can move in the runtime.",
    Reason.INCONSISTENT_STAGES: "The stages do not fit into the execution.",
    Reason.INCONSISTENT_TIME: "The execution started or ended after it was anchored.",
    Reason.INCONSISTENT_STATUS: "The status contradicts the exit code or the stages.",
    Reason.DUPLICATE: "The same execution is already on the ledger.",
    Reason.DUPLICATE_CONTENT: "Another contributor measured this; only its origin differs.",
    Reason.INCONSISTENT_SIZES: "The size of the input contradicts its rows.",
    Reason.OUTLIER: "The runtime is far from what the other runs of the job say.",
    Reason.IMPOSSIBLE_SCALING: "Runtime times nodes is constant, as no cluster scales.",
    Reason.ENCRYPTED: "No opinion: it is encrypted for a group that the validator is not in.",
    Reason.REJECTED_BY_MEMBER: "A member of its group read it and rejects it; why is not public.",
}
