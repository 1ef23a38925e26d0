"""Uploads are dealt with as streams: what they need of memory does not grow with their size."""

import tracemalloc
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.node import Node
from tests.webapp import forms
from webapp import create_app

MEGABYTE = 10**6
WIDE = "x" * 4000
"""A text of a row that is long, so that few rows make a large file."""

SMALL, LARGE = 2 * MEGABYTE, 24 * MEGABYTE
SLACK = 6 * MEGABYTE
"""What both sizes may differ in: the large one's digests and parts of a read-ahead."""


BOUNDARY = "a-line-that-no-row-is"


def form_on_disk(path: Path, token: str, size: int) -> None:
    """What a browser sends, written to a file: it must not count as what the app holds."""
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    with path.open("w", newline="") as file:
        file.write(part % ("csrf_token", "") + token + "\r\n")
        file.write(part % ("file", '; filename="wide.csv"'))
        file.write("job,framework,nodes,runtime_s,note\n")
        for number in range(1, size // len(WIDE)):
            file.write(f"sort,spark,4,{number},{WIDE}\n")
        file.write(f"\r\n--{BOUNDARY}--\r\n")


def peak_of(client: FlaskClient, folder: Path, size: int) -> int:
    """The most memory that Python held while an upload was taken and previewed, in bytes."""
    path = folder / "form"
    form_on_disk(path, forms.token_of(client, "/contribute"), size)
    tracemalloc.start()
    try:
        with path.open("rb") as body:
            sent = client.post(
                "/contribute",
                input_stream=body,
                content_length=path.stat().st_size,
                content_type=f"multipart/form-data; boundary={BOUNDARY}",
            )
        assert sent.status_code == 303
        assert client.get(sent.headers["Location"]).status_code == 200
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_twelve_times_the_upload_needs_the_same_memory(home: Path):
    roomy = {"upload_bytes": 64 * MEGABYTE, "staged_bytes": 256 * MEGABYTE}
    with Node(settings.load(home, app_port=0, chain_port=0, **roomy)) as node:
        client = create_app(node).test_client()
        peak_of(client, home.parent, SMALL)  # imports, and what is cached once

        small, large = peak_of(client, home.parent, SMALL), peak_of(client, home.parent, LARGE)

    assert large - small < SLACK, (small, large)
