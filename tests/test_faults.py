"""Errors of the system and of the chain's node reach a user as a sentence with a hint."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from web3.exceptions import ContractLogicError
from web3.exceptions import Web3RPCError
from web3.exceptions import Web3ValueError

from ledger import settings
from ledger.chain.sender import RevertedError
from ledger.errors import UnavailableError
from ledger.faults import explained
from ledger.faults import understood
from ledger.node import Node
from tests.cli.command import perfledger
from tests.cli.command import succeed
from webapp import create_app


class FailingNode(BaseHTTPRequestHandler):
    """Knows its chain id, and answers everything else with an error."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        one = isinstance(asked, dict)
        answers = [self.answer(call) for call in ([asked] if one else asked)]
        body = json.dumps(answers[0] if one else answers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"error": {"code": -32000, "message": "header not found \x1b[2J"}}
        if call["method"] == "eth_chainId":
            said = {"result": hex(settings.DEV_CHAIN_ID)}
        return {"jsonrpc": "2.0", "id": call["id"], **said}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def failing_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FailingNode)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ledger_home(tmp_path: Path) -> Path:
    succeed(tmp_path / "home", "init")
    return tmp_path / "home"


@pytest.mark.parametrize(
    "command", [["status"], ["chain", "info"], ["proof", "bafyreif4bqe7ylell"], ["db", "rebuild"]]
)
def test_an_error_of_the_rpc_ends_a_command_with_a_hint(
    ledger_home: Path, failing_url: str, command: list[str]
):
    outcome = perfledger(ledger_home, *command, PERFLEDGER_RPC_URL=failing_url)

    assert outcome.code == 69
    assert outcome.err.startswith("error: the chain")
    assert "header not found" in outcome.err
    assert "\x1b" not in outcome.err
    assert "hint: " in outcome.err


def test_an_error_of_the_rpc_is_a_finding_of_doctor(ledger_home: Path, failing_url: str):
    outcome = perfledger(ledger_home, "doctor", PERFLEDGER_RPC_URL=failing_url)

    assert outcome.code == 1
    assert "✗ chain       the chain's node answers with an error" in outcome.out
    assert "✓ blocks" in outcome.out


def test_an_error_of_the_rpc_is_a_problem_of_the_app(ledger_home: Path, failing_url: str):
    with Node(settings.load(ledger_home, rpc_url=failing_url)) as node:
        client = create_app(node).test_client()

        response = client.get("/api/v1/status")

    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert "header not found" in response.get_json()["detail"]
    assert response.headers["Retry-After"]


def test_a_damaged_index_is_told_by_every_command_that_reads_it(ledger_home: Path):
    with Node(settings.load(ledger_home)) as node:
        client = create_app(node).test_client()
        assert client.get("/healthz").get_json() == {"status": "ok", "records": 0}
        node.index.close()
        for beside in ("index.sqlite-wal", "index.sqlite-shm"):
            (ledger_home / beside).unlink(missing_ok=True)
        (ledger_home / "index.sqlite").write_bytes(b"no database" * 1000)

        health = client.get("/healthz")

    assert (health.status_code, health.mimetype) == (503, "application/problem+json")
    assert "index.sqlite" in health.get_json()["detail"]
    for command in ("status", "list", "export"):
        outcome = perfledger(ledger_home, command)
        assert outcome.code == 69
        assert "hint: " in outcome.err


def test_an_index_that_turns_read_only_is_told(ledger_home: Path):
    with Node(settings.load(ledger_home)) as node:
        with node.index.read() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(UnavailableError, match="readonly") as caught:
            node.index.clear()

    assert "Is the disk full" in caught.value.hint


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("no folder")

    outcome = perfledger(tmp_path / "file" / "home", "init")

    assert outcome.code == 69
    assert "Not a directory" in outcome.err
    assert "hint: " in outcome.err


@pytest.mark.parametrize(
    "error",
    [Web3RPCError("busy"), ContractLogicError("execution reverted"), OSError(28, "No space left")],
)
def test_what_the_system_or_a_node_says_is_explained(error: Exception):
    with pytest.raises(UnavailableError) as caught, understood():
        raise error

    assert caught.value.hint
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [ValueError("a defect"), Web3ValueError("asked wrongly")])
def test_what_nobody_foresaw_stays_what_it_is(error: Exception):
    assert explained(error) is None
    with pytest.raises(type(error)), understood():
        raise error


def test_a_refused_transaction_says_what_to_do():
    assert RevertedError("it was refused").hint
