"""Opening envelopes with the identities of this home."""

import hashlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from pyrage.x25519 import Identity

from ledger.errors import InvalidInputError
from ledger.groups.identities import load_identities
from ledger.groups.opening import NotForUsError
from ledger.groups.opening import Opened
from ledger.groups.opening import open_
from ledger.groups.shelf import Closed
from ledger.groups.shelf import Shelf
from ledger.record.cid import Digest
from ledger.record.eip712 import Domain
from ledger.store.blocks import BlockStore

_AT_ONCE = 100
"""Envelopes that are in memory at once, each with up to 224 KiB and as much again decoded; and
those opened between two waits for the disk: a tenth of a second."""


class Reader:
    """Opens what can be opened here, each envelope once.

    Args:
        identities: file of the home's identities; there need not be one.
        shelf: keeps what was opened.
        blocks: hold the envelopes.
        domain: of the ledger's submissions.
    """

    def __init__(self, identities: Path, shelf: Shelf, blocks: BlockStore, domain: Domain) -> None:
        self._path = identities
        self._shelf = shelf
        self._blocks = blocks
        self._domain = domain

    @property
    def shelf(self) -> Shelf:
        """What was opened."""
        return self._shelf

    def read(self, envelopes: Iterable[Digest]) -> Iterator[tuple[Digest, Opened | Closed]]:
        """What is in envelopes, as far as it can be known here, each as often as it is given.

        Few are in memory at once, as long as whoever asks lets go of them.

        Raises:
            BlockNotFoundError: one is not here.
            SettingsError: the file of identities is none.
        """
        identities = load_identities(self._path)
        rest = iter(envelopes)
        while part := list(islice(rest, _AT_ONCE)):
            yield from self._read(part, identities)

    def _read(
        self, part: Sequence[Digest], identities: Sequence[Identity]
    ) -> Iterator[tuple[Digest, Opened | Closed]]:
        found: dict[Digest, Opened | Closed] = dict.fromkeys(part, Closed(""))
        if identities:
            keys = _name_of(identities)
            known = self._shelf.known(keys, list(found))
            new = self._opened([digest for digest in found if digest not in known], identities)
            self._shelf.put(keys, new.items())
            found |= known | new
        for digest in part:
            yield digest, found[digest]

    def catch_up(self, envelopes: Sequence[Digest]) -> None:
        """Open those that were not tried yet, for questions to the shelf.

        Raises:
            SettingsError: the file of identities is none.
        """
        identities = load_identities(self._path)
        if not identities:
            return
        keys = _name_of(identities)
        new = self._shelf.untried(keys, envelopes)
        gone = set(self._blocks.missing(new))
        there = [digest for digest in new if digest not in gone]
        for start in range(0, len(there), _AT_ONCE):
            opened = self._opened(there[start : start + _AT_ONCE], identities)
            self._shelf.put(keys, opened.items())

    def _opened(
        self, digests: Sequence[Digest], identities: Sequence[Identity]
    ) -> dict[Digest, Opened | Closed]:
        """All of it before any is put: whatever waits for the shelf does not wait for this."""
        return dict(self._open(digests, identities))

    def _open(
        self, digests: Sequence[Digest], identities: Sequence[Identity]
    ) -> Iterator[tuple[Digest, Opened | Closed]]:
        for digest, block in zip(digests, self._blocks.get_many(digests), strict=True):
            try:
                yield digest, open_(block, identities, self._domain)
            except NotForUsError:
                yield digest, Closed("")
            except InvalidInputError as error:
                yield digest, Closed(error.message)


def _name_of(identities: Sequence[Identity]) -> str:
    """Tells identities apart without telling what they are."""
    recipients = "\n".join(sorted(str(each.to_public()) for each in identities))
    return hashlib.sha256(recipients.encode()).hexdigest()
