"""Nodes as their operators run them: processes of their own, over a chain that is another's."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from ledger.record.cid import Digest
from ledger.store.sqlite import SQLiteBlockStore
from tests.chain.nodes.homes import command
from tests.chain.nodes.homes import key_of
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import anvil
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import write_records
from tests.conftest import executions
from tests.index import ledgers
from tests.peers.holders import LIES
from tests.peers.holders import holder
from tests.peers.neighbours import LOOPBACK
from tests.peers.neighbours import wait_until
from tests.peers.servers import http_server
from tests.peers.servers import raw_server

pytestmark = [pytest.mark.slow, pytest.mark.long]

MANY = 20_000


class Operator:
    """Someone who runs nodes of one ledger on this machine."""

    def __init__(self, chain: EthereumNode, folder: Path) -> None:
        self.chain = chain
        self.folder = folder
        self.key: LocalAccount = chain.funded(100)
        self._stack = ExitStack()

    def home(self, name: str) -> Path:
        return self.folder / name

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PERFLEDGER_RPC_URL": self.chain.url,
            "PERFLEDGER_CHAIN_ID": str(self.chain.chain_id),
            "PERFLEDGER_PEER_NETWORKS": LOOPBACK,
            "PERFLEDGER_SYNC_SECONDS": "0.2",
        }

    def publish(self, records: Path) -> None:
        made = command(self.chain, self.key, self.home("first"), "contribute", records)
        assert made.code == 0, made.err

    def join(self, name: str, url: str, **more: str) -> Outcome:
        return perfledger(self.home(name), "node", "join", url, "--yes", **self.environment | more)

    def run(self, name: str, **more: str) -> tuple[subprocess.Popen[str], str]:
        """A running node, and where it is."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ledger.cli", "--home", self.home(name)),
                *("node", "run", "--port", "0"),
            ],
            env=os.environ | self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._stack.callback(end, process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("node"):
                return process, line.split()[1]
        raise AssertionError("the node does not start")

    def status(self, name: str) -> Any:
        told = perfledger(self.home(name), "node", "status", "--json", **self.environment)
        assert told.code == 0, told.err
        return told.json

    def holds(self, name: str, batches: int = 1) -> bool:
        return sum(batch["held"] for batch in self.status(name)["batches"]) == batches

    def close(self) -> None:
        self._stack.close()


def end(process: subprocess.Popen[str]) -> None:
    """Stop a node, if it runs still."""
    process.terminate()
    assert process.wait(30) is not None
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthereumNode]:
    with anvil(tmp_path_factory.mktemp("chain")) as started:
        yield started


@contextmanager
def operating(chain: EthereumNode, folder: Path) -> Iterator[Operator]:
    operator = Operator(chain, folder)
    made = command(
        chain, operator.key, operator.home("first"), "chain", "deploy", "--yes", "--quorum", "1"
    )
    assert made.code == 0, made.err
    try:
        yield operator
    finally:
        operator.close()


@pytest.fixture
def operator(chain: EthereumNode, tmp_path: Path) -> Iterator[Operator]:
    with operating(chain, tmp_path) as found:
        yield found


def test_nodes_go_on_without_the_one_that_began(operator: Operator, tmp_path: Path):
    """The third knows only the second; the fourth comes when the first has gone."""
    publisher, first = operator.run("first", PERFLEDGER_PRIVATE_KEY=key_of(operator.key))
    operator.publish(write_records(tmp_path / "records.jsonl", executions()))
    assert operator.join("second", first).code == 0
    _, second = operator.run("second")
    wait_until(lambda: operator.holds("second"))
    assert operator.join("third", second).code == 0
    _, third = operator.run("third")
    wait_until(lambda: operator.holds("third"))
    wait_until(
        lambda: {first, second} <= {peer["url"] for peer in operator.status("third")["peers"]}
    )

    end(publisher)
    assert operator.join("fourth", third).code == 0
    operator.run("fourth")

    wait_until(lambda: operator.holds("fourth"))
    wait_until(lambda: operator.status("second")["batches"][0]["copies"] >= 3)
    stores = [
        SQLiteBlockStore(operator.home(name) / "blocks.sqlite") for name in ("first", "fourth")
    ]
    assert [store.count() for store in stores] == [stores[0].count()] * 2
    for store in stores:
        store.close()


def test_a_node_that_is_killed_in_the_middle_of_a_fetch_goes_on(operator: Operator, tmp_path: Path):
    records = [ledgers.record(row) for row in range(1, MANY + 1)]
    operator.publish(write_records(tmp_path / "many.jsonl", records))
    _, first = operator.run("first", PERFLEDGER_PRIVATE_KEY=key_of(operator.key))
    assert operator.join("second", first).code == 0
    second, _ = operator.run("second")
    store = SQLiteBlockStore(operator.home("second") / "blocks.sqlite")
    wait_until(lambda: store.count() > 0)

    second.kill()
    second.wait()
    before = store.count()
    assert 0 < before < MANY
    operator.run("second")

    wait_until(lambda: operator.holds("second"))
    assert store.count() > MANY
    assert operator.status("second")["missing"] == 0
    found = perfledger(operator.home("second"), "status", "--json", **operator.environment).json
    assert found["records"] == MANY
    peers = operator.status("second")["peers"]
    assert sum(peer["blocks_in"] for peer in peers) <= store.count()
    store.close()


def test_a_liar_among_honest_nodes_leaves_nothing_behind(operator: Operator, tmp_path: Path):
    operator.publish(write_records(tmp_path / "records.jsonl", executions()))
    _, first = operator.run("first", PERFLEDGER_PRIVATE_KEY=key_of(operator.key))
    store = SQLiteBlockStore(operator.home("first") / "blocks.sqlite")
    digests = store.digests(Digest(b""), 10_000)
    held = dict(zip(digests, store.get_many(digests), strict=True))
    store.close()
    with holder(held, LIES["a bit flipped"]) as liar:
        assert operator.join("second", first).code == 0
        operator.run("second", PERFLEDGER_PEERS=f"{liar.url},http://127.0.0.1:1,{first}")

        wait_until(lambda: operator.holds("second"))
        wait_until(
            lambda: all(
                peer["problem"]
                for peer in operator.status("second")["peers"]
                if peer["url"] != first and peer["named"]
            )
        )
        shown = {peer["url"]: peer for peer in operator.status("second")["peers"]}

    assert shown[first]["problem"] == ""
    assert "does not answer" in shown["http://127.0.0.1:1"]["problem"]
    second = SQLiteBlockStore(operator.home("second") / "blocks.sqlite")
    assert second.digests(Digest(b""), 10_000) == digests
    assert list(second.get_many(digests)) == [held[digest] for digest in digests]
    second.close()


def test_a_stopped_node_stops_at_once_whatever_its_peers_do(operator: Operator, tmp_path: Path):
    _, first = operator.run("first", PERFLEDGER_PRIVATE_KEY=key_of(operator.key))
    assert operator.join("second", first).code == 0
    with raw_server(lambda _, stopped: stopped.wait(120) and None) as silent:
        second, _ = operator.run("second", PERFLEDGER_PEERS=silent.url)
        wait_until(lambda: silent.accepted > 0)
        began = time.monotonic()
        end(second)

    assert time.monotonic() - began < 8


# Joining


def test_who_joins_another_chain_is_told_so(
    operator: Operator, chain: EthereumNode, tmp_path: Path
):
    _, first = operator.run("first")

    wrong = operator.join("second", first, PERFLEDGER_CHAIN_ID="1")

    assert wrong.code != 0
    assert "PERFLEDGER_CHAIN_ID" in wrong.err
    with anvil(tmp_path) as another:  # with the same id
        same = operator.join("second", first, PERFLEDGER_RPC_URL=another.url)
    assert same.code != 0
    assert not operator.home("second").exists() or not list(operator.home("second").rglob("*.json"))


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b"garbage", b'{"chain_id": "x"}', b"\xff", b"null"]
)
def test_who_joins_what_is_no_node_is_told_so(operator: Operator, answer: bytes):
    with http_server(lambda _: (200, answer)) as other:
        refused = operator.join("second", other.url)

    assert refused.code == 69
    assert other.url in refused.err


def test_contracts_that_are_none_are_not_joined(operator: Operator):
    operator.run("first")
    path = next((operator.home("first") / "deployments").glob("*.json"))
    offer = json.loads(path.read_text())
    for name in ("registry", "validator_set", "attestations"):
        offer[name] = operator.chain.funded(1).address
    with http_server(lambda _: (200, json.dumps(offer).encode())) as other:
        refused = operator.join("second", other.url)

    assert refused.code != 0
    assert "registry" in refused.err.lower()


def test_a_home_is_not_turned_over_to_another_ledger(
    operator: Operator, chain: EthereumNode, tmp_path: Path
):
    _, first = operator.run("first")
    assert operator.join("second", first).code == 0
    settings_file = operator.home("second") / "settings.toml"
    assert settings_file.stat().st_mode & 0o077 == 0
    with operating(chain, tmp_path / "others") as others:
        _, elsewhere = others.run("first")
        refused = operator.join("second", elsewhere)

    assert refused.code == 78
    assert "another ledger" in refused.err
    assert operator.join("second", first).code == 0
