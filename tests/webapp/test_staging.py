"""Uploads wait for their signature in bounded room."""

import io
import os
import select
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore

from ledger.cli import listening
from ledger.errors import NotFoundError
from ledger.node import Node
from webapp import create_app
from webapp.contribute.staging import BLOCK_BYTES
from webapp.contribute.staging import Staging
from webapp.contribute.upload import Incoming
from webapp.contribute.upload import NothingToReadError
from webapp.problems import TooLargeError

ROOM = 10 * BLOCK_BYTES
CONTENT = b"x" * 2 * BLOCK_BYTES
"""Takes four blocks with its description and its folder: two fit."""


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path, most_bytes=ROOM)


def keep(staging: Staging, content: bytes = CONTENT, **more: Any) -> str:
    return staging.keep([Incoming(io.BytesIO(content), "runs.csv")], **more)


def content_of(staging: Staging, token: str) -> bytes:
    (file,) = staging.get(token).files
    assert file.name == "runs.csv"
    return file.path.read_bytes()


def make_older(folder: Path, seconds: int) -> None:
    """Everything that is there now becomes older than what comes."""
    for path in (folder / "uploads").iterdir():
        moment = path.stat().st_mtime - seconds
        os.utime(path, (moment, moment))


def taken(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "uploads").rglob("*"))


def test_the_oldest_uploads_make_way_for_new_ones(staging: Staging, tmp_path: Path):
    tokens = []
    for _ in range(6):
        make_older(tmp_path, 60)
        tokens.append(keep(staging))
        assert taken(tmp_path) <= ROOM

    assert content_of(staging, tokens[-1]) == CONTENT
    assert content_of(staging, tokens[-2]) == CONTENT
    with pytest.raises(NotFoundError, match="not here any more"):
        staging.get(tokens[0])


def test_an_upload_that_does_not_fit_even_alone_is_refused_with_the_limit(
    staging: Staging, tmp_path: Path
):
    kept = keep(staging)

    with pytest.raises(TooLargeError, match=r"previews of uploads have 40\.96") as caught:
        keep(staging, b"x" * ROOM)

    assert "PERFLEDGER_STAGED_BYTES" in caught.value.hint
    assert content_of(staging, kept) == CONTENT


def test_what_nobody_signs_is_dropped_after_a_day(staging: Staging, tmp_path: Path):
    old = keep(staging)
    make_older(tmp_path, 25 * 3600)

    keep(staging)

    with pytest.raises(NotFoundError):
        staging.get(old)


def test_the_smallest_uploads_take_room_too(staging: Staging, tmp_path: Path):
    for _ in range(100):
        keep(staging, b"x")

    assert len(list((tmp_path / "uploads").iterdir())) <= ROOM // BLOCK_BYTES


def test_an_empty_upload_is_refused_and_leaves_nothing_behind(staging: Staging, tmp_path: Path):
    with pytest.raises(NothingToReadError):
        keep(staging, b"")

    assert list((tmp_path / "uploads").iterdir()) == []


def test_several_files_are_kept_in_their_order_and_with_their_names(staging: Staging):
    token = staging.keep(Incoming(io.BytesIO(name.encode()), name) for name in ("b", "a"))

    assert [(each.name, each.path.read_text()) for each in staging.get(token).files] == [
        ("b", "b"), ("a", "a"),
    ]  # fmt: skip


def test_more_files_than_anybody_chooses_are_refused(staging: Staging):
    with pytest.raises(TooLargeError, match="more than 50 files"):
        staging.keep(Incoming(io.BytesIO(b"x")) for _ in range(51))


def test_uploads_are_listed_for_their_owner_alone(staging: Staging):
    own = keep(staging, b"x", owner="0xA")
    keep(staging, b"x", owner="0xB")
    keep(staging, b"x")

    assert [token for token, _, _ in staging.owned_by("0xA")] == [own]


class Endless(io.RawIOBase):
    """Gives zeros for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return bytes(size)


def test_an_upload_is_read_no_further_than_there_is_room(tmp_path: Path):
    stream = Endless()

    with pytest.raises(TooLargeError):
        Staging(tmp_path, most_bytes=3 << 20).keep([Incoming(stream)])

    assert stream.given <= 5 << 20
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_token_that_was_never_given_leaves_nothing_behind(staging: Staging, tmp_path: Path):
    with pytest.raises(NotFoundError):
        staging.lock("0" * 32)

    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/contribute", "Content-Type: text/csv"), ("/api/v1/contributions", "Accept: */*")],
)
def test_the_server_ends_a_request_far_above_the_limit_before_it_is_sent(
    empty_node: Node, path: str, headers: str
):
    server = listening.listen(create_app(empty_node), "127.0.0.1", [0])
    deadline = time.monotonic() + 30
    try:
        with socket.create_connection(("127.0.0.1", listening.port_of(server))) as client:
            request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
            client.sendall(f"{request}Content-Length: 100000000\r\n\r\n".encode())
            answer = b""
            ended = False
            while not ended:
                assert time.monotonic() < deadline
                wasyncore.loop(timeout=0.1, map=server._map, count=1)
                if select.select([client], [], [], 0)[0]:
                    part = client.recv(4096)
                    answer += part
                    ended = not part
    finally:
        server.close()

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"exceeds max_body of" in answer
