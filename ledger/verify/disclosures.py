"""Values of a record that its owner withheld and now shows."""

from collections.abc import Sequence

from pydantic import ValidationError

from ledger.privacy.commitment import Disclosed
from ledger.privacy.commitment import Withheld
from ledger.record import dagcbor
from ledger.record.schema import Commitment
from ledger.record.schema import Scalar
from ledger.verify.format import DisclosurePart
from ledger.verify.format import Proof
from ledger.verify.results import Fault
from ledger.verify.results import Result


def disclosing(proof: Proof, values: Sequence[Disclosed]) -> Proof:
    """A proof with values that its record withholds, instead of those that it showed before."""
    parts = tuple(
        DisclosurePart(
            field=value.field.path,
            value=dagcbor.encode(value.field.value),
            salt=value.field.salt,
            path=value.proof,
        )
        for value in values
    )
    return proof.model_copy(update={"disclosures": parts or None})


def disclosed(block: bytes, parts: Sequence[DisclosurePart]) -> dict[str, Scalar]:
    """The values that a record was committed to, by their paths.

    Raises:
        Fault: it withholds nothing, is not committed to one of them, or one is there twice.
    """
    commitment = _commitment(block)
    found: dict[str, Scalar] = {}
    for part in parts:
        if part.field in found:
            raise Fault(Result.WRONG_DISCLOSURE, f"{part.field} is disclosed twice")
        value = _value(part)
        shown = Disclosed(Withheld(part.field, value, part.salt), part.path)
        if not shown.agrees_with(commitment):
            raise Fault(
                Result.WRONG_DISCLOSURE,
                f"{part.field} does not lead to the root that the record is committed to",
                field=part.field,
                root=commitment.root,
            )
        found[part.field] = value
    return found


def _commitment(block: bytes) -> Commitment:
    try:
        found = dagcbor.decode(block)["commitment"]
        texts = [found["root"], *found["fields"]]
        if all(isinstance(text, str) for text in texts):
            return Commitment.model_validate(found)
    except (dagcbor.MalformedBlockError, ValidationError, TypeError, KeyError):
        pass
    raise Fault(Result.WRONG_DISCLOSURE, "the record withholds nothing")


def _value(part: DisclosurePart) -> Scalar:
    try:
        value = dagcbor.decode(part.value)
    except dagcbor.MalformedBlockError:
        value = None
    if not isinstance(value, bool | int | float | str):
        raise Fault(Result.WRONG_DISCLOSURE, f"{part.field} is not disclosed as a value")
    return value
