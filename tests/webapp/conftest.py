"""The app over a real node, asked by a test client and served to a browser."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import Self

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ledger import settings
from ledger.node import Node
from tests.services import required
from tools.services import Chromium
from webapp import create_app

UPLOAD_BYTES = 64 * 1024

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def app(ledger_node: Node) -> Flask:
    return create_app(ledger_node)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def empty_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of its own, to contribute to; nothing carries its outbox to the chain by itself."""
    home = tmp_path_factory.mktemp("own") / "home"
    plenty = {"upload_bytes": UPLOAD_BYTES, "api_writes_per_minute": 10**6}
    with Node(settings.load(home, app_port=0, chain_port=0, **plenty)) as node:
        node.contracts  # noqa: B018 - deploys them
        node.sync.step()
        yield node


@pytest.fixture
def contributor(empty_node: Node) -> FlaskClient:
    return create_app(empty_node).test_client()


class Served:
    """An app on a port of its own."""

    def __init__(self, app: Flask, port: int = 0) -> None:
        self._server = make_server("127.0.0.1", port, app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, name="app")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="session")
def served(app: Flask) -> Iterator[str]:
    with Served(app) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    required(Chromium())
    found = Chromium().browser()
    assert found is not None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=Path(found.path),
            args=CHROMIUM_ARGUMENTS,
            env={**os.environ, **found.env},
        )
        yield launched
        launched.close()


class Console:
    """What a page complained about: script errors, refused resources, policy violations."""

    def __init__(self, page: Any) -> None:
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
def page(browser: Any, served: str) -> Iterator[Any]:
    """A page of a new visitor, which must not have complained by the end of the test."""
    with browser.new_context(base_url=served, color_scheme="light") as context:
        opened = context.new_page()
        console = Console(opened)
        yield opened
        assert console.complaints == []
