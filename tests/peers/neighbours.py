"""Nodes of one ledger that serve each other on loopback, each with a home of its own."""

import shutil
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server

from ledger import settings
from ledger.node import Node
from tests.conftest import executions
from webapp.peer import create_peer_app

DEADLINE_SECONDS = 60.0
LOOPBACK = "127.0.0.0/8"
"""Addresses that nodes would not connect to on a stranger's word."""


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """An app on a free port of loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def founder(home: Path, *, batches: int = 2) -> Iterator[Node]:
    """A node with some batches of eight records, whose process serves the chain."""
    with Node(settings.load(home, app_port=0, chain_port=0, peer_networks=LOOPBACK)) as node:
        node.connect()
        anchor(node, range(batches))
        yield node


def anchor(node: Node, batches: Iterable[int]) -> None:
    """Anchor some of six batches, each of eight records."""
    for batch in batches:
        node.submit(node.accept(executions()[8 * batch : 8 * batch + 8]).new)
        node.cycle()
    node.follow()
    node.peering.replicator.step()


@contextmanager
def joined(first: Node, home: Path, *peers: str, **more: Any) -> Iterator[Node]:
    """An empty node of the same ledger that knows some peers."""
    chosen = settings.load(
        home,
        rpc_url=(first.settings.chain_path.parent / "url").read_text(),
        chain_id=first.settings.chain_id,
        peers=",".join(peers) or None,
        peer_networks=LOOPBACK,
        **more,
    )
    chosen.deployment_path.parent.mkdir(parents=True)
    shutil.copy(first.settings.deployment_path, chosen.deployment_path)
    with Node(chosen) as node:
        node.connect()
        node.follow()
        yield node


@contextmanager
def reachable(node: Node) -> Iterator[str]:
    """A node that serves others, and tells them where."""
    with served(create_peer_app(node)) as url:
        node.peering.listening_at(url)
        yield url


def replicate(node: Node) -> None:
    """Let a node fetch all that is anchored."""

    def is_whole() -> bool:
        node.follow()
        node.peering.replicator.step()
        return not node.peering.dags.missing()

    node.peering.visitor.step()
    wait_until(is_whole)


def wait_until(reached: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
