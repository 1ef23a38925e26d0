"""What stands between records as they were measured and everything that others can see."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from ledger.capture.rows import Bad
from ledger.capture.rows import Row
from ledger.privacy.commitment import Disclosed
from ledger.privacy.policy import Policy
from ledger.privacy.policy import PolicyError
from ledger.privacy.policy import load_policy
from ledger.privacy.vault import Vault
from ledger.privacy.vault import load_secret
from ledger.privacy.withholding import Shared
from ledger.privacy.withholding import apply
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.schema import Record

POLICY_FILE = "privacy.toml"

_AT_ONCE = 1_000
"""Records whose withheld values become durable together."""


class Screen:
    """Applies the policy of a home to records, and keeps what they withhold.

    Args:
        home: the folder where the secret and the withheld values are kept.
        path: the policy; None: the home's own, if there is one.
    """

    def __init__(self, home: Path, path: Path | None = None) -> None:
        self._home = home
        own = home / POLICY_FILE
        self._path = path or (own if own.exists() else None)

    def close(self) -> None:
        """Close what was opened."""
        if "_vault" in vars(self):
            self._vault.close()

    @cached_property
    def policy(self) -> Policy:
        """The rules; none, if no policy is set.

        Raises:
            NotFoundError: the policy is set, and there is no such file.
            PolicyError: it is none.
        """
        return Policy() if self._path is None else load_policy(self._path)

    def require_readable(self) -> None:
        """Let pass where there is no policy, or one that can be used; raises as `policy`."""
        _ = self.policy

    def look(self, record: Record) -> Shared:
        """What would leave of a record; nothing is kept.

        Raises:
            PolicyError: the policy leaves no valid record of it.
        """
        return apply(self.policy, self._secret, record) if self.policy.rule else _as_it_is(record)

    def shared(self, records: Iterable[Record]) -> Iterator[Record]:
        """Records as they leave, once what they withhold is on disk.

        Raises:
            PolicyError: the policy leaves no valid record of one; those before it are not affected.
        """
        for record in records:
            yield self._kept([self.look(record)])[0].record if self.policy.rule else record

    def shared_rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same of rows that were read; one of which no valid record is left is a bad one."""
        if not self.policy.rule:
            yield from rows
            return
        rest = iter(rows)
        while chunk := [self._row(row) for row in islice(rest, _AT_ONCE)]:
            self._kept([shared for _, shared in chunk if shared is not None])
            yield from (row for row, _ in chunk)

    def _row(self, row: Row) -> tuple[Row, Shared | None]:
        if isinstance(row, Bad):
            return row, None
        try:
            shared = self.look(row.record)
        except PolicyError as error:
            return Bad(row.row, row.line, None, error.message), None
        return replace(row, record=shared.record), shared

    def _kept(self, all_shared: Sequence[Shared]) -> Sequence[Shared]:
        if any(shared.withheld for shared in all_shared):
            self._vault.keep((_digest(each.record), each.withheld) for each in all_shared)
        return all_shared

    def disclose(self, digest: Digest, paths: Iterable[str]) -> tuple[Disclosed, ...]:
        """Withheld values of a record; raises as `Vault.disclose`."""
        return self._vault.disclose(digest, list(paths))

    @cached_property
    def _secret(self) -> bytes:
        return load_secret(self._home)

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self._home / "withheld.sqlite")


def _as_it_is(record: Record) -> Shared:
    return Shared(record, (), ())


def _digest(record: Record) -> Digest:
    return digest_of(codec.encode(record))
