"""A server elsewhere answers what a home folder would."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.index.filters import Filter
from ledger.node import Node
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.webapp.conftest import Served
from webapp import create_app


@pytest.fixture(scope="module")
def server(ledger_node: Node) -> Iterator[str]:
    with Served(create_app(ledger_node)) as served:
        yield served.url


@pytest.fixture
def cid(ledger_node: Node) -> str:
    return ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid


@pytest.mark.parametrize(
    "command",
    [
        ["list", "--job", "sort", "--sort", "runtime_seconds", "--limit", "4", "--json"],
        ["list", "--status", "accepted", "--nodes", "2", "-q", "kmeans"],
        ["export", "--format", "csv", "--job", "grep"],
        ["export", "--job", "kmeans"],
        ["show", "{cid}", "--json"],
        ["show", "{cid}"],
    ],
)
def test_a_server_and_the_home_behind_it_answer_alike(
    ledger_node: Node, home: Path, server: str, cid: str, command: list[str]
):
    words = [word.format(cid=cid) for word in command]

    asked = succeed(home, *words, "--server", server)

    assert asked.out == succeed(ledger_node.settings.home, *words).out
    assert asked.out.strip()
    assert not home.exists()


def test_the_setting_names_a_server_too(home: Path, server: str, cid: str):
    found = succeed(home, "show", cid[:20], "--json", PERFLEDGER_SERVER=server).json

    assert found["row"]["cid"] == cid


def test_a_proof_comes_from_a_server_and_is_checked_here(
    ledger_node: Node, home: Path, tmp_path: Path, server: str, cid: str
):
    file = tmp_path / "proof.json"

    made = succeed(home, "proof", cid, "-o", file, "--server", server)

    assert json.loads(file.read_text())["record"]["cid"] == cid
    assert "perfledger verify" in made.err
    assert ledger_node.verify(file.read_bytes(), expected_cid=cid).result == "valid"


def test_how_a_server_stands_is_told(ledger_node: Node, home: Path, server: str):
    figures = succeed(home, "status", "--json", "--server", server).json
    text = succeed(home, "status", "--server", server).out

    assert figures["records"] == ledger_node.status().records
    on_their_way = {each.id for each in ledger_node.on_their_way()}
    assert {each["id"] for each in figures["on_their_way"]} == on_their_way
    assert all(identifier in text for identifier in on_their_way)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["show", "bafyreiabcdefghijk"], 66, "no record"),
        (["list", "--after", "x"], 65, "no place"),
        (["list", "--server", "ledger.example"], 78, "not the URL"),
        (["list", "--server", "http://127.0.0.1:1"], 69, "does not answer"),
    ],
)
def test_what_a_server_refuses_ends_as_here(
    home: Path, server: str, arguments: list[str], code: int, says: str
):
    outcome = perfledger(home, *arguments, PERFLEDGER_SERVER=server)

    assert outcome.code == code
    assert says in outcome.err
    assert "hint: " in outcome.err
