"""Signing an upload with a wallet: what it is shown, and what its signature brings."""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ledger.anchor.submission import MAX_RECORDS
from ledger.errors import PerfledgerError
from ledger.groups.contributing import RECORDS_PER_SIGNATURE
from ledger.node import Node
from ledger.record.cid import from_text
from ledger.record.cid import to_text
from ledger.record.schema import Record
from ledger.store.files import write_durably
from webapp.contribute import admission
from webapp.contribute import for_group
from webapp.contribute.listed import ListChangedError
from webapp.contribute.listed import require_given
from webapp.contribute.reading import new_ones
from webapp.contribute.reading import reading
from webapp.contribute.staging import Staging

_LISTED = "to-sign"
_PARTS = "signed-parts"


class NothingToSignError(PerfledgerError):
    """Everything in an upload has a signature."""

    def __init__(self) -> None:
        super().__init__(
            "nothing is left to sign: every record of this upload is on the ledger or on its way",
            hint="The same file always gives the same records, so nothing was added twice.",
        )


@dataclass(frozen=True, slots=True)
class ToSign:
    """What a wallet is asked to sign.

    Attributes:
        root: of the records, in hexadecimal, as the wallet shows it.
        count: how many there are.
        left: how many more the upload holds: a submission has no more records than a batch.
        typed_data: what ``eth_signTypedData_v4`` takes.
    """

    root: str
    count: int
    left: int
    typed_data: dict[str, Any]


@dataclass(slots=True)
class _Count:
    """What a generator has counted by its end."""

    number: int = 0


class Desk:
    """Where one upload is signed.

    Args:
        node: which takes it.
        staging: where it is kept.
        token: names it.
        account: of who has signed in; None: nobody.
    """

    def __init__(self, node: Node, staging: Staging, token: str, account: str | None) -> None:
        self._node = node
        self._staging = staging
        self._token = token
        self._account = account

    def lay_out(self) -> ToSign:
        """List what there is to sign; the list stays until it is signed or made again.

        Raises:
            NothingToSignError: every record has a signature.
            NotFoundError: the upload is gone.
            TableError: a file cannot be read at all.
        """
        upload = self._staging.get(self._token)
        admission.require(self._node, self._account)
        fresh = (digest for digest, _ in new_ones(reading(self._node, upload)))
        most = most_signed(self._node, upload.group)
        cids = [to_text(digest) for digest in islice(fresh, most)]
        if not cids:
            raise NothingToSignError
        left = sum(1 for _ in fresh)
        write_durably(self._list, "\n".join(cids).encode(), mode=0o600)
        return to_sign(self._node, cids, left, upload.group)

    def listed(self) -> tuple[str, ...]:
        """The CIDs that a wallet was shown; none: nothing was laid out."""
        try:
            return tuple(self._list.read_text().split("\n"))
        except FileNotFoundError:
            return ()

    def records(self) -> Iterator[tuple[str, Record]]:
        """The records that a wallet was shown and that nobody has signed since, with their CIDs."""
        return self._sorted_out(_Count())

    def _sorted_out(self, others: "_Count") -> Iterator[tuple[str, Record]]:
        """The same, counting on the way those that it was not shown: an upload is read once."""
        listed = {from_text(cid) for cid in self.listed()}
        upload = self._staging.get(self._token)
        for digest, row in new_ones(reading(self._node, upload)):
            if digest in listed:
                yield to_text(digest), row.record
            else:
                others.number += 1

    def take(self, root: str, contributor: str, signature: bytes) -> tuple[str, int]:
        """Keep what was signed; durable when it returns, and the same if it comes again.

        Returns:
            What is noted as the upload's outcome, and how many records of it are left to sign.

        Raises:
            UnauthorizedError: nobody has signed in, and the node wants to know who asks.
            ForbiddenError: the node would not anchor it.
            ListChangedError: the root is not that of the list, or the upload, which is for a group,
                gives another list now.
            WrongSignatureError: it is not the contributor's.
            InvalidInputError: some were signed by others meanwhile.
        """
        admission.require(self._node, self._account)
        upload = self._staging.get(self._token)
        cids = self.listed()
        if not cids or to_sign(self._node, cids, 0, upload.group).root != root:
            raise ListChangedError
        left = _Count()
        records = (record for _, record in self._sorted_out(left))
        if upload.group is None:
            outcome = self._publish(cids, records, contributor, signature)
        else:
            given = require_given(self._node, upload, cids)
            outcome = for_group.contribute_signed(
                self._node,
                upload,
                cids,
                records,
                given=given,
                contributor=contributor,
                signature=signature,
            )
            outcome = for_group.together(self._so_far(), outcome)
            write_durably(self._parts, outcome.encode(), mode=0o600)
        if not left.number:
            self._staging.finish(self._token, outcome)
        return outcome, left.number

    def _publish(
        self, cids: Sequence[str], records: Iterator[Record], contributor: str, signature: bytes
    ) -> str:
        self._node.check_signature(cids, contributor, signature)
        self._node.accept_shared(records)
        return self._node.submit_signed(cids, contributor, signature)

    def _so_far(self) -> str | None:
        """What became of the parts of an upload for a group that were signed before."""
        return self._parts.read_text() if self._parts.exists() else None

    @property
    def _parts(self) -> Path:
        return self._staging.folder(self._token) / _PARTS

    @property
    def _list(self) -> Path:
        return self._staging.folder(self._token) / _LISTED


def to_sign(node: Node, cids: Sequence[str], left: int, group: str | None = None) -> ToSign:
    """What a wallet is asked to sign for these records, of everybody or of a group."""
    statement = node.statement_of(cids) if group is None else node.sealed_statement_of(group, cids)
    typed = statement.typed_data()
    message = {
        name: "0x" + value.hex() if isinstance(value, bytes) else value
        for name, value in typed["message"].items()
    }
    return ToSign(message["root"], len(cids), left, {**typed, "message": message})


def most_signed(node: Node, group: str | None = None) -> int:
    """How many records one signature may cover: a submission is never split over batches."""
    most = min(node.settings.batch_records, MAX_RECORDS)
    return most if group is None else min(most, RECORDS_PER_SIGNATURE)
