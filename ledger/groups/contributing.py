"""Taking records in for a group, and bringing them on their way sealed."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import islice

from ledger.anchor.intake import Accepted
from ledger.anchor.intake import Intake
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.groups.card import Group
from ledger.groups.padding import TooLargeToSealError
from ledger.groups.sealing import MAX_BYTES
from ledger.groups.sealing import seal
from ledger.groups.waiting import Waiting
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.eip712 import Domain
from ledger.record.eip712 import StatementSigner
from ledger.record.schema import Record
from ledger.store.blocks import Block
from ledger.store.blocks import BlockStore

RECORDS_PER_SIGNATURE = 10_000
"""Records that are sealed under one signature, and in memory meanwhile."""

_AT_ONCE = 1_000
"""Records made durable at once."""


def accept(
    waiting: Waiting,
    group: Group,
    records: Iterable[Record],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Accepted:
    """Keep records for a group. When it returns they are on disk and will not be lost.

    Raises:
        TooLargeToSealError: one does not fit into an envelope; those before it may be kept.
    """
    new: list[str] = []
    known: list[str] = []
    rest = iter(records)
    while chunk := list(islice(rest, _AT_ONCE)):
        blocks = [_block(record) for record in chunk]
        added = waiting.accept(group.id, blocks)
        for digest, _ in blocks:
            (new if digest in added else known).append(to_text(digest))
            added.discard(digest)
        progress(len(chunk))
    return Accepted(tuple(new), tuple(known))


class Sealer:
    """Brings what waits for groups on its way.

    A crash at any point loses nothing and hands in nothing twice: an envelope is durable before it
    is noted, and noted before it is handed in.

    Args:
        waiting: what was acknowledged.
        intake: takes submissions.
        blocks: where envelopes go.
        domain: of the ledger's submissions.
    """

    def __init__(
        self, waiting: Waiting, intake: Intake, blocks: BlockStore, domain: Domain
    ) -> None:
        self._waiting = waiting
        self._intake = intake
        self._blocks = blocks
        self._domain = domain

    def contribute(
        self,
        group: Group,
        contributor: StatementSigner,
        bearer: Callable[[str | None], StatementSigner],
        *,
        most: int,
        records: Sequence[Digest] | None = None,
    ) -> list[str]:
        """Sign, seal and hand in what waits for a group.

        Args:
            group: whose current members can open it.
            contributor: signs the records, which members alone see.
            bearer: the key that signs the submission, which everybody sees: that of an address, or
                of who pays for anchors.
            most: records that a batch may hold.
            records: those to be signed; None: all that wait. What was sealed before is handed in
                with them.

        Returns:
            The submissions' ids in the outbox.
        """
        self._seal(group, contributor, bearer(None).address, records)
        sent: list[str] = []
        for address, envelopes in self._waiting.unsent(group.id).items():
            held = self._intake.known(envelopes).keys()
            self._waiting.sent([each for each in envelopes if each in held])
            left = [each for each in envelopes if each not in held]
            for start in range(0, len(left), most):
                part = left[start : start + most]
                sent.append(self._intake.submit_sealed(part, self._domain, bearer(address)))
                self._waiting.sent(part)
        return sent

    def _seal(
        self,
        group: Group,
        contributor: StatementSigner,
        bearer: str,
        records: Sequence[Digest] | None,
    ) -> None:
        for chunk in self._unsealed(group, records):
            envelopes = seal(
                chunk, group, domain=self._domain, contributor=contributor, bearer=bearer
            )
            for records_part, part in _parts(chunk, envelopes):
                self._blocks.put_many(part)
                pairs = [
                    (digest_of(record), envelope)
                    for record, (envelope, _) in zip(records_part, part, strict=True)
                ]
                self._waiting.sealed(group.id, bearer, pairs)

    def _unsealed(self, group: Group, records: Sequence[Digest] | None) -> Iterator[list[bytes]]:
        """The records in parts, each under one signature; each is sealed before the next is had."""
        if records is None:
            while chunk := self._waiting.unsealed(group.id, RECORDS_PER_SIGNATURE):
                yield chunk
            return
        for start in range(0, len(records), RECORDS_PER_SIGNATURE):
            part = records[start : start + RECORDS_PER_SIGNATURE]
            if chunk := self._waiting.unsealed_of(group.id, part):
                yield chunk


def _parts(
    records: Sequence[bytes], envelopes: Iterator[Block]
) -> Iterator[tuple[Sequence[bytes], list[Block]]]:
    for start in range(0, len(records), _AT_ONCE):
        part = records[start : start + _AT_ONCE]
        yield part, list(islice(envelopes, len(part)))


def sealable(row: Row) -> Row:
    """The row; a bad one if its record does not fit into an envelope."""
    try:
        if isinstance(row, Good):
            _block(row.record)
    except TooLargeToSealError as error:
        return Bad(row.row, row.line, None, error.message)
    return row


def _block(record: Record) -> Block:
    block = codec.encode(record)
    if len(block) > MAX_BYTES:
        raise TooLargeToSealError(len(block))
    return digest_of(block), block
