"""Measuring the input of a job from its files.

The schema is imported where it is needed: a program that is recorded must not wait for it.
"""

import os
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError

if TYPE_CHECKING:
    from ledger.record.schema import Input
    from ledger.record.schema import Scalar

_BLOCK = 1 << 20


def input_of(paths: Iterable[Path], *, count_lines: bool = False) -> "Input":
    """The input that files and folders make up together.

    Args:
        paths: files; a folder stands for all files below it. Links are followed once: a file that
            is reached on several ways counts once.
        count_lines: also read everything and count line feeds, as characteristic ``lines``.

    Raises:
        NotFoundError: no such file.
        InvalidInputError: not a file or folder, or not readable.
    """
    from ledger.record.schema import Input

    given = list(paths)
    size = size_of(given)
    characteristics: dict[str, Scalar] = {}
    if count_lines:
        try:
            characteristics["lines"] = sum(_lines(file) for file in _distinct_files(given))
        except OSError as error:
            raise _unreadable(error) from error
    return Input(size_bytes=size, characteristics=characteristics)


def size_of(paths: Iterable[Path]) -> int:
    """The bytes that files and folders make up together; raises as `input_of`."""
    try:
        return sum(file.stat().st_size for file in _distinct_files(paths))
    except OSError as error:
        raise _unreadable(error) from error


def _distinct_files(paths: Iterable[Path]) -> list[Path]:
    files: dict[tuple[int, int], Path] = {}
    for path in paths:
        if not path.exists():
            raise NotFoundError(
                f"there is no input file {str(path)!r}", hint="Check the path given as --input."
            )
        if not (path.is_file() or path.is_dir()):
            raise InvalidInputError(
                f"{str(path)!r} is neither a file nor a folder",
                hint="The size of a pipe or device is not known before it was read.",
            )
        for file in _files_below(path):
            status = file.stat()
            files.setdefault((status.st_dev, status.st_ino), file)
    return list(files.values())


def _files_below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, _, names in os.walk(path, onerror=_refuse):
        yield from (file for name in names if (file := Path(folder, name)).is_file())


def _refuse(error: OSError) -> None:
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"the input cannot be read: {error}", hint="Check the permissions of the path."
    )


def _lines(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(_BLOCK), b""))
