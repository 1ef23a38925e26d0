"""Learned models as files, so that they outlive a process and can be made elsewhere.

A file holds one model under the digest of all that it has seen. It is no pickle: what it may be
made of is listed here, and a file that names anything else is not read. A file of an older layout,
or one that cannot be read, is as good as none: the model is learned again.
"""

import hashlib
from pathlib import Path
from typing import cast

from ledger.errors import PerfledgerError
from ledger.model.learned import Learned
from ledger.store.files import write_durably

LAYOUT = 2
"""Of the files: another number whenever a model is made of other parts, or learns otherwise."""

MOST_FILES = 4_096
"""Beyond them the oldest go; one holds some hundred kilobytes."""

_TRUSTED = (
    "ledger.model.blend.Blend",
    "ledger.model.chart.Chart",
    "ledger.model.elsewhere.Elsewhere",
    "ledger.model.ernest.Ernest",
    "ledger.model.gaussian.GaussianProcess",
    "ledger.model.learned.Blended",
    "ledger.model.learned.Judged",
    "ledger.model.loglinear.LogLinear",
    "ledger.model.margin.Margin",
    "ledger.model.mixture.Mixture",
    "ledger.model.surface.Surface",
    "ledger.model.tail.Tail",
    "ledger.model.wide.Wide",
    "ledger.model.wide._Boosted",
)


class DamagedModelError(PerfledgerError):
    """The bytes of a model cannot be read."""


def packed(learned: Learned) -> bytes:
    """The bytes of a model."""
    from skops.io import dumps  # takes a while to import

    content: bytes = dumps(learned)
    return content


def unpacked(content: bytes) -> Learned:
    """The model of these bytes.

    Raises:
        DamagedModelError: they are damaged, or hold what no model is made of.
    """
    from skops.io import loads

    # Archives are damaged in many ways, and each part of one raises its own error.
    try:
        return cast("Learned", loads(content, trusted=list(_TRUSTED)))
    except Exception as error:
        raise DamagedModelError(
            f"a kept model cannot be read: {error}",
            hint="Remove the file; the model is learned again when it is asked.",
        ) from error


class Shelf:
    """A folder of models; processes may share it.

    Args:
        folder: where models of every layout are.
        most: how many files are left after one was added.
    """

    def __init__(self, folder: Path, most: int = MOST_FILES) -> None:
        self._folder = folder / str(LAYOUT)
        self._most = most

    def get(self, key: str) -> Learned | None:
        """The model of a key, if it is there and can be read."""
        try:
            return unpacked(self._path(key).read_bytes())
        except (FileNotFoundError, DamagedModelError):
            return None

    def put(self, key: str, learned: Learned) -> None:
        """Keep a model."""
        self.put_bytes(key, packed(learned))

    def put_bytes(self, key: str, content: bytes) -> None:
        """Keep the bytes of a model, whole after a crash."""
        write_durably(self._path(key), content)
        files = sorted(self._folder.glob("*.skops"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[: -self._most]:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.skops"
