"""The key that signs session cookies, kept in the node's home folder."""

import secrets
from pathlib import Path

from filelock import FileLock

from ledger.store.files import write_durably

FILE = "web-secret"
KEY_BYTES = 32


def secret_key(home: Path) -> bytes:
    """The key, made when it is first asked for; workers and restarts share it."""
    path = home / FILE
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            write_durably(path, secrets.token_bytes(KEY_BYTES), mode=0o600)
        return path.read_bytes()
