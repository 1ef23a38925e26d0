"""`node audit` challenges nodes, signs what it found, and checks what others signed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account

from ledger.node import Node
from ledger.peers.book import Book
from ledger.record.cid import Digest
from tests.chain.signing import signing
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.peers import neighbours

KEY = "0x" + "17" * 32
AUDITOR = Account.from_key(KEY).address


class Second:
    """The home of a node whose one peer holds the same; its commands run without a server."""

    def __init__(self, first: Node, url: str, home: Path) -> None:
        self.first = first
        self.url = url
        self.home = home
        self.environment = {
            "PERFLEDGER_RPC_URL": (first.settings.chain_path.parent / "url").read_text(),
            "PERFLEDGER_PEERS": url,
            "PERFLEDGER_PEER_NETWORKS": neighbours.LOOPBACK,
        }

    def audit(self, *arguments: str | Path, **environment: str) -> Outcome:
        return perfledger(self.home, "node", "audit", *arguments, **self.environment, **environment)


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    with (
        neighbours.founder(tmp_path / "first", batches=1) as first,
        neighbours.reachable(first) as url,
    ):
        with neighbours.joined(first, tmp_path / "second", url) as node:
            neighbours.replicate(node)
            node.peering.replicator.step()
        yield Second(first, url, tmp_path / "second")


def test_every_node_is_challenged_and_told_with_its_latency(second: Second):
    told = second.audit("--rounds", "4")
    found = second.audit("--rounds", "4", "--json").json

    assert told.code == 0
    assert second.url in told.out
    assert " ms" in told.out
    assert "4 challenges, all passed" in told.out
    (peer,) = found["peers"]
    assert (peer["passed"], peer["wrong"], peer["state"]) == (4, 0, "challenged")
    assert 0 < peer["median_seconds"] < 60
    assert len(peer["challenges"]) == found["challenges"] == 4


def test_the_challenges_are_in_the_status_as_those_of_a_running_node_are(second: Second):
    second.audit("--rounds", "3")

    told = succeed(second.home, "node", "status", **second.environment).out

    assert "3/3 passed" in told
    assert "traffic" in told


def test_a_signed_report_is_verified_anywhere_with_a_deployment_file(
    second: Second, tmp_path: Path
):
    report = tmp_path / "audit.cbor"
    done = second.audit("--sign", "-o", report, PERFLEDGER_PRIVATE_KEY=KEY)
    assert done.code == 0
    assert AUDITOR in done.err

    told = perfledger(
        tmp_path / "elsewhere", "node", "audit", "verify", report,
        "--deployment", second.first.settings.deployment_path,
    )  # fmt: skip
    listed = second.audit("verify", report, "--json").json

    assert told.code == 0
    assert f"signed by  {AUDITOR}" in told.out
    assert "10 challenges, all passed" in told.out
    assert not (tmp_path / "elsewhere").exists()
    assert (listed["result"], listed["auditor"], listed["failed"]) == ("valid", AUDITOR, 0)
    assert listed["peers"][0]["url"] == second.url


def test_a_signer_elsewhere_signs_it(second: Second, tmp_path: Path):
    report = tmp_path / "audit.cbor"
    with signing(Account.from_key(KEY)) as server:
        second.audit(
            "--rounds", "2", "--sign", "-o", report,
            PERFLEDGER_SIGNER_URL=server.url, PERFLEDGER_ACCOUNT=AUDITOR,
        )  # fmt: skip

    assert second.audit("verify", report, "--json").json["auditor"] == AUDITOR


def test_a_fault_is_named_and_has_its_exit_code(second: Second, tmp_path: Path):
    report = tmp_path / "audit.cbor"
    second.audit("--sign", "-o", report, PERFLEDGER_PRIVATE_KEY=KEY)
    report.write_bytes(report.read_bytes().replace(b"passed", b"silent", 1))

    told = second.audit("verify", report)
    listed = second.audit("verify", report, "--json")

    assert (told.code, listed.code) == (65, 65)
    assert "wrong-signature" in told.err
    assert listed.json["result"] == "wrong-signature"


def test_what_was_not_passed_ends_in_exit_code_1(second: Second):
    blocks = second.first.blocks
    blocks.discard(blocks.digests(Digest(b""), 1_000))

    done = second.audit()

    assert done.code == 1
    assert "1 not passed" in done.out


def test_where_nobody_can_be_challenged_is_told_with_what_to_do(tmp_path: Path, new_home: Path):
    alone = perfledger(new_home, "node", "audit")

    assert alone.code == 69
    assert "none of 0 nodes" in alone.err
    assert "perfledger node status" in alone.err


def test_signing_needs_a_file_and_a_file_needs_a_signature(new_home: Path, tmp_path: Path):
    assert perfledger(new_home, "node", "audit", "--sign").code == 2
    assert perfledger(new_home, "node", "audit", "-o", tmp_path / "audit.cbor").code == 2


def test_the_status_of_a_node_names_its_peers_and_who_is_not_trusted(second: Second):
    assert second.audit("--rounds", "1").code == 0
    book = Book(second.home / "peers.sqlite")
    book.peers.distrust("http://liar.example", "it sent [red]other bytes\x1b[2J")
    book.close()

    told = succeed(second.home, "status", **second.environment).out
    found = succeed(second.home, "status", "--json", **second.environment).json

    assert "peers    1 of 2 answer" in told
    assert "http://liar.example is not trusted: it sent [red]other bytes\ufffd[2J" in told
    assert found["peers"]["distrusted"] == {
        "http://liar.example": "it sent [red]other bytes\x1b[2J"
    }


def test_looking_at_the_status_makes_no_peer_of_a_node(new_home: Path):
    (new_home / "peers.sqlite").unlink(missing_ok=True)

    found = succeed(new_home, "status", "--json").json

    assert found["peers"] == {"known": 0, "answering": 0, "distrusted": {}, "missing": 0}
    assert not (new_home / "peers.sqlite").exists()
