"""What this home withholds: kept here, durably, before the record without it is acknowledged."""

import secrets
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.privacy.commitment import Disclosed
from ledger.privacy.commitment import Withheld
from ledger.privacy.commitment import disclose
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.files import write_durably
from ledger.store.private import private_database

KEY_FILE = "privacy.key"
KEY_BYTES = 32

_MODE = 0o600
_OTHERS = 0o077

_SCHEMA = """
CREATE TABLE IF NOT EXISTS withheld (
    record BLOB NOT NULL,
    path TEXT NOT NULL,
    value BLOB NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (record, path)
) WITHOUT ROWID;
"""


def load_secret(home: Path) -> bytes:
    """The secret of a home, made when it is first asked for.

    Who copies the file to another home gets the same hashes there: values stay comparable.

    Raises:
        SettingsError: the file is no secret, or others may read it.
    """
    path = home / KEY_FILE
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            text = secrets.token_hex(KEY_BYTES) + "\n"
            write_durably(path, text.encode("ascii"), mode=_MODE)
        if path.stat().st_mode & _OTHERS:
            raise SettingsError(f"others may read {path}", hint=f"Run: chmod 600 {path}")
        try:
            secret = bytes.fromhex(path.read_text("ascii"))
        except (OSError, ValueError) as error:
            raise _no_secret(path) from error
        if len(secret) != KEY_BYTES:
            raise _no_secret(path)
        return secret


class Vault:
    """The withheld values of the records of a home.

    Args:
        path: its file, made if there is none. Only its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._database = private_database(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def keep(self, records: Iterable[tuple[Digest, Sequence[Withheld]]]) -> None:
        """Keep what records withhold; when it returns, it is on disk."""
        rows = [
            (digest, each.path, dagcbor.encode(each.value), each.salt)
            for digest, withheld in records
            for each in withheld
        ]
        if rows:
            with self._database.transaction() as write:
                write.executemany("INSERT OR IGNORE INTO withheld VALUES (?, ?, ?, ?)", rows)

    def of(self, digest: Digest) -> tuple[Withheld, ...]:
        """What a record withholds; nothing, if it was not made here."""
        rows = self._database.all(
            "SELECT path, value, salt FROM withheld WHERE record = ? ORDER BY path", digest
        )
        return tuple(Withheld(path, dagcbor.decode(value), salt) for path, value, salt in rows)

    def disclose(self, digest: Digest, paths: Sequence[str]) -> tuple[Disclosed, ...]:
        """Values that a record withholds, with what connects them to it.

        Raises:
            NotFoundError: nothing, or not this, is withheld here of the record.
        """
        withheld = self.of(digest)
        if not withheld:
            raise NotFoundError(
                f"nothing of the record {to_text(digest)} is withheld here",
                hint="Only the home that withheld a value can disclose it.",
            )
        known = {each.path for each in withheld}
        if unknown := [path for path in paths if path not in known]:
            raise NotFoundError(
                f"the record withholds no {', '.join(unknown)}",
                hint=f"It withholds {', '.join(sorted(known))}.",
            )
        return disclose(withheld, paths)


def _no_secret(path: Path) -> SettingsError:
    return SettingsError(
        f"{path} holds no secret of {KEY_BYTES} bytes in hexadecimal",
        hint="Restore it from a backup. With another one, hashed values and salts change.",
    )
