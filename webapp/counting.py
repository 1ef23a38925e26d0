"""What rate limits are counted with, where several processes answer: the home's shared counts."""

from pathlib import Path

from limits.storage import Storage

from ledger.errors import PerfledgerError
from ledger.serving.counts import SharedCounts


class SharedStorage(Storage):
    """The shared counts, as the library of limits wants them.

    Args:
        uri: names this kind of storage.
        wrap_exceptions: whether errors are wrapped in the library's own.
        path: the file.
    """

    STORAGE_SCHEME = ["perfledger-shared"]  # noqa: RUF012 - the library's own declaration

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, path: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._counts = SharedCounts(Path(path))

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: the file cannot be used."""
        return PerfledgerError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; returns how many that makes in the window of ``expiry`` seconds."""
        return self._counts.add(key, amount, expiry)

    def get(self, key: str) -> int:
        """How many there are in the present window."""
        return self._counts.of(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the present window ends, in seconds since 1970."""
        return self._counts.of(key)[1]

    def check(self) -> bool:
        """Whether it can be counted with."""
        self._counts.of("")
        return True

    def reset(self) -> int:
        """Forget everybody."""
        return self._counts.forget_all()

    def clear(self, key: str) -> None:
        """Forget one."""
        self._counts.forget(key)


def storage_of(path: Path | None) -> tuple[str, dict[str, str | int]]:
    """Where limits are counted: the URI of a storage, and its options.

    Args:
        path: of the shared counts; None: one process answers, and counts in memory.
    """
    if path is None:
        return "memory://", {}
    return f"{SharedStorage.STORAGE_SCHEME[0]}://", {"path": str(path)}
