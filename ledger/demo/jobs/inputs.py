"""Input for the jobs: the same kind, size and seed always give the same bytes."""

import binascii
import random
from pathlib import Path
from typing import BinaryIO

import numpy as np

KEY_BYTES = 12
DIMENSIONS = 8
_CENTRES = 8
_VOCABULARY = 5000
_WORDS_PER_LINE = 12
_BLOCK = 4_000_000


def generate(kind: str, output: Path, *, size_bytes: int, seed: int = 0) -> None:
    """Write the input of a job.

    Args:
        kind: name of the job.
        output: file to write.
        size_bytes: its size; points are of 64 bytes, so theirs is rounded down.
        seed: of the random numbers.

    Raises:
        ValueError: there is no such job.
        OSError: the file cannot be written.
    """
    write = {"sort": _keys, "grep": _text, "wordcount": _text, "kmeans": _points}.get(kind)
    if write is None:
        raise ValueError(f"there is no job {kind!r}")
    with output.open("wb") as stream:
        write(stream, size_bytes, seed)


def _keys(stream: BinaryIO, size: int, seed: int) -> None:
    """Lines of random hexadecimal digits."""
    numbers = random.Random(seed)  # noqa: S311 - input of a benchmark
    line = 2 * KEY_BYTES + 1
    left = size
    while left > 0:
        keys = numbers.randbytes(KEY_BYTES * (min(left, _BLOCK) // line + 1))
        # From the right, so that only whole keys stand behind the separators.
        text = binascii.hexlify(keys, b"\n", -KEY_BYTES) + b"\n"
        stream.write(text[:left])
        left -= len(text)


def _text(stream: BinaryIO, size: int, seed: int) -> None:
    """Lines of words, whose frequencies follow Zipf's law as in natural language."""
    numbers = np.random.Generator(np.random.PCG64(seed))
    letters = random.Random(0)  # noqa: S311 - input of a benchmark
    words = np.array(
        [
            "".join(letters.choices("etaoinshrdlucmfw", k=letters.randint(2, 10)))
            for _ in range(_VOCABULARY)
        ],
        dtype=object,
    )
    bounds = np.cumsum(1 / np.arange(1, _VOCABULARY + 1))
    left = size
    while left > 0:
        chosen = words[
            np.searchsorted(bounds, numbers.random(_WORDS_PER_LINE * 40_000) * bounds[-1])
        ]
        lines = chosen.reshape(-1, _WORDS_PER_LINE).tolist()
        text = ("\n".join(map(" ".join, lines)) + "\n").encode()
        stream.write(text[:left])
        left -= len(text)


def _points(stream: BinaryIO, size: int, seed: int) -> None:
    """Points around random centres: rows of `DIMENSIONS` little-endian doubles."""
    numbers = np.random.Generator(np.random.PCG64(seed))
    centres = numbers.random((_CENTRES, DIMENSIONS)) * 10
    left = size // (8 * DIMENSIONS)
    while left > 0:
        count = min(left, 50_000)
        noise = numbers.random((count, DIMENSIONS)) - 0.5
        points = centres[numbers.integers(0, _CENTRES, count)] + noise
        stream.write(points.astype("<f8").tobytes())
        left -= count
