"""Where an upload is signed: each request reads it once, however many records it holds."""

import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger import settings
from ledger.node import Node
from webapp.contribute.staging import Staging
from webapp.contribute.upload import Incoming
from webapp.contribute.wallets import Desk

ROWS = 5
SIGNED_AT_ONCE = 3


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("desk") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0, batch_records=SIGNED_AT_ONCE)) as found:
        found.connect()
        yield found


@contextmanager
def opened(path: Path) -> Iterator[Callable[[], int]]:
    """How often a file is opened; an audit hook stays for good, and so does nothing afterwards."""
    found: list[str] = []
    watching = True

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and str(arguments[0]) == str(path):
            found.append(event)

    sys.addaudithook(hear)
    try:
        yield lambda: len(found)
    finally:
        watching = False


def test_laying_out_and_taking_read_an_upload_once_each(node: Node):
    rows = "".join(f"wc,spark,2,{seconds}\n" for seconds in range(10, 10 + ROWS))
    content = f"job,framework,nodes,runtime_s\n{rows}".encode()
    staging = Staging(node.settings.home, most_bytes=node.settings.staged_bytes)
    token = staging.keep([Incoming(BytesIO(content), "runs.csv", "csv")])
    desk = Desk(node, staging, token, None)
    account = Account.create()
    (file,) = staging.get(token).files
    with opened(file.path) as times:
        assert sum(1 for _ in file.rows(node)) == ROWS
    once = times()

    with opened(file.path) as times:
        asked = desk.lay_out()
    for_the_list = times()
    signed = account.sign_message(encode_typed_data(full_message=asked.typed_data))
    with opened(file.path) as times:
        identifier, left = desk.take(asked.root, account.address, bytes(signed.signature))

    assert (for_the_list, times()) == (once, once)
    assert (asked.count, asked.left, left) == (SIGNED_AT_ONCE, 2, 2)
    assert node.contribution(identifier).count == SIGNED_AT_ONCE
    assert desk.lay_out().count == left
