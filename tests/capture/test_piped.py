"""Lines come out of a pipe as they went in, however they are cut on their way."""

import os
import threading

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.capture.piped import PipedLines
from ledger.capture.source import MAX_LINE_BYTES
from ledger.capture.source import Line

lines = st.lists(st.text(st.characters(exclude_characters="\r\n\ufeff", exclude_categories=["Cs"])))


def through_a_pipe(pieces: list[bytes]) -> list[Line]:
    """What is read of a pipe into which somebody else writes."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as stream:
            for piece in pieces:
                stream.write(piece)

    producer = threading.Thread(target=write)
    producer.start()
    piped = PipedLines(reading)
    found = []
    while (arrived := piped.take(60)) is not None:
        found += arrived
    producer.join()
    os.close(reading)
    return found


@given(lines, st.lists(st.integers(1, 50), min_size=1, max_size=20))
@settings(max_examples=50)
def test_every_line_comes_out_once_and_in_order(texts: list[str], sizes: list[int]):
    data = "".join(f"{text}\n" for text in texts).encode()
    pieces = []
    while data:
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(data[:size])
        data = data[size:]

    found = through_a_pipe(pieces)

    assert [(line.number, line.text) for line in found] == list(enumerate(texts, 1))


def test_a_line_that_is_too_long_is_told_once_and_passed_over():
    found = through_a_pipe([b"a\n", b"x" * (3 * MAX_LINE_BYTES), b"\nb\nlast"])

    assert [(line.number, line.text, bool(line.fault)) for line in found] == [
        (1, "a", False),
        (2, "", True),
        (3, "b", False),
        (4, "last", False),
    ]


def test_where_nothing_comes_nobody_waits_longer_than_said():
    reading, writing = os.pipe()

    assert PipedLines(reading).take(0.01) == []
    os.close(writing)
    assert PipedLines(reading).take(0.01) is None
    os.close(reading)
