"""Signing an upload with a development account, on the development chain."""

from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.node import Node
from ledger.record.schema import Record
from webapp.contribute.reading import Preview
from webapp.contribute.reading import Read
from webapp.contribute.reading import reading
from webapp.contribute.upload import Upload
from webapp.problems import ForbiddenError
from webapp.problems import UnprocessableError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an upload.

    Attributes:
        contributions: their ids, in order; none where every record was known already.
        new: records signed now.
        known: records that were on the ledger, or on their way, before.
        preview: what was read.
        waiting: records kept for a group that the node's operator has yet to sign.
    """

    contributions: tuple[str, ...]
    new: int
    known: int
    preview: Preview
    waiting: int = 0


def signer_of(node: Node, asked: str) -> str:
    """The account that signs: the one that was asked for, or the first that the app has.

    The app does not ask who somebody is. So it signs with keys that everybody has anyway, those of
    the development chain, and never with the operator's.

    Raises:
        ForbiddenError: it has no such key.
    """
    addresses = [signer.address for signer in node.signers()]
    if addresses and not asked:
        return addresses[0]
    if asked in addresses:
        return asked
    raise ForbiddenError(
        "the app signs with development accounts only, on the development chain"
        if addresses
        else "the app signs nothing on this chain",
        hint="Sign with your wallet on the page, or with your own key on any node of this ledger: "
        "`perfledger contribute FILE`." + (" Or choose a development account." * bool(addresses)),
    )


def contribute(node: Node, upload: Upload, signer: str) -> Outcome:
    """Keep the good rows and sign those that nobody has signed; durable when it returns.

    Raises:
        TableError: a file cannot be read at all.
        UnprocessableError: no row is good.
        NotForEverybodyError: the upload is for a group.
    """
    upload.require_for_everybody()
    found = Preview()
    accepted = node.accept_shared(records_of(reading(node, upload), found))
    if not found.good:
        raise no_record(found)
    to_sign = node.unsigned_of(list(dict.fromkeys((*accepted.new, *accepted.known))))
    return Outcome(
        contributions=tuple(node.contribute(to_sign, signer)),
        new=len(to_sign),
        known=found.good - len(to_sign),
        preview=found,
    )


def no_record(found: Preview) -> UnprocessableError:
    """That no row of an upload is a record, and why."""
    bad_rows = [read.row for read in found.faults if isinstance(read.row, Bad)]
    return UnprocessableError(
        "no row is a record",
        [
            (f"line {bad.line}" + (f", {bad.column}" if bad.column else ""), bad.reason)
            for bad in bad_rows
        ],
        hint="; ".join(f"line {bad.line}: {bad.reason}" for bad in bad_rows[:3]),
    )


def records_of(reads: Iterable[Read], found: Preview) -> Iterator[Record]:
    """The records among rows, which are counted on the way."""
    for read in reads:
        found.add(read)
        if isinstance(read.row, Good):
            yield read.row.record
