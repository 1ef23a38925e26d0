"""Where deliveries are taken: read by their hook, kept as drafts, each once."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ledger.capture import jsonlines
from ledger.capture.rows import Bad
from ledger.groups.contributing import sealable
from ledger.hooks.deliveries import Deliveries
from ledger.hooks.errors import HookFileError
from ledger.hooks.errors import NoRecordError
from ledger.hooks.hook import Hook
from ledger.hooks.hook import load_hook
from ledger.hooks.keeping import Keeping
from ledger.privacy.screen import Screen
from ledger.record import codec

MAX_EVENT_BYTES = 1 << 20
"""What one event may have; GitHub's largest of a workflow are a tenth of it."""


class What(StrEnum):
    """What became of a delivery."""

    TAKEN = "taken"
    KNOWN = "known"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery that was dealt with.

    Attributes:
        what: became of it.
        cid: of its record; None: it is none of the hook's business.
    """

    what: What
    cid: str | None = None


class HookDesk:
    """The hooks of a home folder.

    Args:
        folder: where their files are; read anew each time.
        path: what came before.
        screen: the privacy policy.
        keeping: keeps what it lets leave.
    """

    def __init__(self, folder: Path, path: Path, screen: Screen, keeping: Keeping) -> None:
        self._folder = folder
        self._deliveries = Deliveries(path)
        self._screen = screen
        self._keeping = keeping

    def close(self) -> None:
        """Close what was opened."""
        self._deliveries.close()

    def hook(self, name: str) -> Hook:
        """The hook of a name.

        Raises:
            HookFileError: besides what `load_hook` raises, it is for a group that is not known.
        """
        hook = load_hook(self._folder, name)
        group = hook.table.group
        if group is not None and group not in self._keeping.groups():
            raise HookFileError(name, f"this home knows no group {group!r}")
        return hook

    def deliver(self, hook: Hook, content: bytes, key: str | None = None) -> Delivered:
        """Keep the record that a delivery makes; it is on disk when this returns.

        Args:
            hook: it came to, and whose sender was checked.
            content: its bytes as they came.
            key: names it; None: its bytes do.

        Raises:
            NoRecordError: no record comes of it.
            KeyReusedError: the key came with another body.
        """
        if key is None:
            return self._take(hook, content)
        before = self._deliveries.begin(hook.name, key, hashlib.sha256(content).digest())
        if before is not None:
            return Delivered(What.KNOWN, before)
        try:
            delivered = self._take(hook, content)
        except NoRecordError:
            with suppress(Exception):  # what is wrong with the event matters more
                self._deliveries.forget(hook.name, key)
            raise
        if delivered.cid is not None and delivered.what is What.TAKEN:
            self._deliveries.taken(hook.name, key, delivered.cid)
        else:  # signatures do not cover keys: an old body must not take that of an event to come
            self._deliveries.forget(hook.name, key)
        return delivered

    def _take(self, hook: Hook, content: bytes) -> Delivered:
        if len(content) > MAX_EVENT_BYTES:
            raise NoRecordError(f"it has more than {MAX_EVENT_BYTES:,} bytes", "")
        try:
            event = jsonlines.parse(content.decode())
        except ValueError as error:
            raise NoRecordError(str(error), "") from error
        if not hook.wants(event):
            return Delivered(What.IGNORED)
        group = hook.table.group
        (row,) = self._screen.shared_rows([hook.row(event, content)])
        row = row if group is None else sealable(row)
        if isinstance(row, Bad):
            raise NoRecordError(row.reason, row.column or "")
        new = self._keeping.keep(group, row.record).new
        return Delivered(What.TAKEN if new else What.KNOWN, codec.cid_of(row.record))
