"""Health, readiness, figures and names of requests, on a real node."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from ledger import settings
from ledger.node import Node
from tests.conftest import executions
from webapp import create_app
from webapp.operations.requests import LOGGED

PROXY = {"REMOTE_ADDR": "127.0.0.1"}
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as opened:
        opened.connect()
        opened.sync.step()
        yield opened


@pytest.fixture
def proxied(tmp_path: Path, ledger_node: Node) -> Iterator[Flask]:
    """An app behind a proxy on its machine, under a name of its own."""
    chosen = settings.load(
        tmp_path / "proxied",
        chain_port=0,
        trusted_proxies="127.0.0.1",
        public_url="https://ledger.example",
    )
    with Node(chosen) as opened:
        opened.connect()
        yield create_app(opened)


def figures(client: FlaskClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def requests_of(found: dict, route: str, status: int) -> float:
    labels = (("method", "GET"), ("route", route), ("status", str(status)))
    return found.get(("perfledger_http_requests_total", labels), 0)


def test_a_node_that_follows_is_ready(node: Node):
    answer = create_app(node).test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert {name for name, check in answer.json["checks"].items() if check["ok"]} == {
        "index",
        "chain",
        "following",
    }


def test_a_node_that_is_behind_says_so(tmp_path: Path):
    chosen = settings.load(tmp_path / "home", chain_port=0, ready_lag_blocks=0)
    with Node(chosen) as node:
        node.connect()
        node.sync.step()
        client = create_app(node).test_client()
        assert client.get("/readyz").status_code == 200
        cids = node.accept(executions()[:1]).new
        node.submit(cids)
        node.carrier.step()

        answer = client.get("/readyz")

        assert answer.status_code == 503
        assert not answer.json["checks"]["following"]["ok"]
        assert re.search(r"\d+ blocks behind; 0 are allowed", answer.text)
        node.cycle()
        assert client.get("/readyz").status_code == 200


def test_a_node_without_its_chain_is_alive_and_not_ready(node: Node, tmp_path: Path):
    home = node.settings.home
    chosen = settings.load(home, rpc_url="http://127.0.0.1:1")
    with Node(chosen) as apart:
        client = create_app(apart).test_client()

        ready = client.get("/readyz")

        assert client.get("/livez").status_code == 200
        assert (ready.status_code, ready.json["status"]) == (503, "not ready")
        assert ready.json["checks"]["index"]["ok"]
        assert not ready.json["checks"]["chain"]["ok"]


RECORD = "/records/<cid>"
"""Counted by its route: a series for each CID that somebody makes up would have no end."""


def test_figures_count_requests_by_route(client: FlaskClient):
    before = figures(client)
    for path in ("/records/bafyreinothing", "/records/bafyreinobody", "/nowhere-at-all"):
        client.get(path, buffered=True)  # requests count when they have ended
    after = figures(client)

    assert requests_of(after, RECORD, 404) == requests_of(before, RECORD, 404) + 2
    assert requests_of(after, "(none)", 404) == requests_of(before, "(none)", 404) + 1
    assert not any("nowhere" in str(labels) for _, labels in after)


def test_figures_say_how_the_node_is(client: FlaskClient, ledger_node: Node):
    found = {name: value for (name, _), value in figures(client).items()}

    assert found["perfledger_up"] == 1
    assert found["perfledger_index_lag_blocks"] == 0
    assert found["perfledger_head_block"] >= found["perfledger_indexed_block"] > 0
    assert found["perfledger_unsigned_records"] == len(ledger_node.unsigned())


def test_figures_are_for_the_machine_itself_unless_told_otherwise(app: Flask):
    client = app.test_client()

    refused = client.get("/metrics", environ_base=STRANGER)
    behind = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert (refused.status_code, behind.status_code) == (403, 403)
    assert "PERFLEDGER_METRICS_NETWORKS" in refused.json["hint"]


def test_each_request_has_a_name_of_its_own(client: FlaskClient):
    names = {client.get("/livez").headers["X-Request-ID"] for _ in range(3)}

    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9a-f]{24}", name) for name in names)


@pytest.mark.parametrize("given", ["x" * 65, "short", 'a"} {"evil": 1', "tab\there-and-there"])
def test_a_name_that_could_be_misread_is_replaced(proxied: Flask, given: str):
    headers = {"X-Request-ID": given, "X-Forwarded-For": "203.0.113.9"}
    answer = proxied.test_client().get("/livez", headers=headers, environ_base=PROXY)

    assert answer.headers["X-Request-ID"] != given


def test_the_name_that_a_trusted_proxy_gave_is_kept_and_that_of_others_is_not(proxied: Flask):
    client = proxied.test_client()
    named = {"X-Request-ID": "a-name-of-the-proxy", "X-Forwarded-For": "203.0.113.9"}

    kept = client.get("/livez", headers=named, environ_base=PROXY)
    replaced = client.get("/livez", headers=named, environ_base=STRANGER)

    assert kept.headers["X-Request-ID"] == "a-name-of-the-proxy"
    assert replaced.headers["X-Request-ID"] != "a-name-of-the-proxy"


def test_each_request_has_a_line_without_what_was_searched_for(app: Flask, client: FlaskClient):
    app.config[LOGGED] = True
    try:
        with capture_logs() as lines:
            answer = client.get("/livez?password=hunter2", buffered=True)
    finally:
        app.config[LOGGED] = False

    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/livez", 200)
    assert line["bytes"] == len(answer.data)
    assert line["seconds"] >= 0
    assert "hunter2" not in json.dumps(lines)


def test_behind_a_proxy_the_public_name_is_served_and_cookies_are_for_tls_only(proxied: Flask):
    client = proxied.test_client()
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}

    page = client.get("/contribute", headers={**said, "Host": "ledger.example"}, environ_base=PROXY)
    other = client.get("/", headers={**said, "Host": "other.example"}, environ_base=PROXY)

    assert page.status_code == 200
    assert "Secure" in page.headers["Set-Cookie"]
    assert other.status_code == 400


def test_behind_a_proxy_drafts_are_not_shown(tmp_path: Path):
    home = tmp_path / "home"
    with Node(settings.load(home, chain_port=0)) as node:
        node.connect()
        node.accept(executions()[:2])
        assert create_app(node).test_client().get("/api/v1/records").json["total"] == 2
    with Node(settings.load(home, chain_port=0, trusted_proxies="127.0.0.1")) as node:
        node.connect()
        assert create_app(node).test_client().get("/api/v1/records").json["total"] == 0
