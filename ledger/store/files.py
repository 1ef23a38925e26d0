"""Files that are whole after a crash."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace a file's content at once: readers see the old or the new, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            os.fsync(temporary.fileno())
            Path(temporary.name).chmod(mode)
            Path(temporary.name).replace(path)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
