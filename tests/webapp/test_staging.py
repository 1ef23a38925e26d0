"""Uploads wait for their signature in bounded room."""

import os
import select
import socket
import time
from pathlib import Path

import pytest
from waitress import wasyncore

from ledger.cli import listening
from ledger.errors import NotFoundError
from ledger.node import Node
from webapp import create_app
from webapp.contribute.staging import BLOCK_BYTES
from webapp.contribute.staging import Staging
from webapp.contribute.staging import Upload
from webapp.problems import TooLargeError

ROOM = 10 * BLOCK_BYTES
UPLOAD = Upload(b"x" * 3 * BLOCK_BYTES, "runs.csv")
"""Takes four blocks with its description: two fit."""


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(tmp_path, most_bytes=ROOM)


def make_older(folder: Path, seconds: int) -> None:
    """Everything that is there now becomes older than what comes."""
    for path in (folder / "uploads").iterdir():
        moment = path.stat().st_mtime - seconds
        os.utime(path, (moment, moment))


def taken(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "uploads").iterdir())


def test_the_oldest_uploads_make_way_for_new_ones(staging: Staging, tmp_path: Path):
    tokens = []
    for _ in range(6):
        make_older(tmp_path, 60)
        tokens.append(staging.keep(UPLOAD))
        assert taken(tmp_path) <= ROOM

    assert staging.get(tokens[-1]) == UPLOAD
    assert staging.get(tokens[-2]) == UPLOAD
    with pytest.raises(NotFoundError, match="not here any more"):
        staging.get(tokens[0])


def test_an_upload_that_does_not_fit_even_alone_is_refused_with_the_limit(
    staging: Staging, tmp_path: Path
):
    kept = staging.keep(UPLOAD)

    with pytest.raises(TooLargeError, match=r"previews of uploads have 40\.96") as caught:
        staging.keep(Upload(b"x" * ROOM))

    assert "PERFLEDGER_STAGED_BYTES" in caught.value.hint
    assert staging.get(kept) == UPLOAD


def test_what_nobody_signs_is_dropped_after_a_day(staging: Staging, tmp_path: Path):
    old = staging.keep(UPLOAD)
    make_older(tmp_path, 25 * 3600)

    staging.keep(UPLOAD)

    with pytest.raises(NotFoundError):
        staging.get(old)


def test_empty_uploads_take_room_too(staging: Staging, tmp_path: Path):
    for _ in range(100):
        staging.keep(Upload(b""))

    assert len(list((tmp_path / "uploads").iterdir())) <= ROOM // BLOCK_BYTES


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
