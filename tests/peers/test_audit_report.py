"""A signed audit says who challenged whom and how it ended; every fault in a file has its name."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from flask import Response
from flask import request
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.deployment import Deployment
from ledger.chain.keystore import Keystore
from ledger.chain.signers import LocalSigner
from ledger.node import Node
from ledger.peers.audit_report import AuditFaultError
from ledger.peers.audit_report import read
from ledger.peers.audit_report import write
from ledger.peers.auditor import MOST_CHALLENGES
from ledger.peers.auditor import Audit
from ledger.peers.auditor import NobodyToAuditError
from ledger.peers.auditor import PeerAudit
from ledger.peers.auditor import Reached
from ledger.peers.auditor import TooManyChallengesError
from ledger.peers.auditor import audit
from ledger.peers.book.checks import Challenge
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from tests.peers import neighbours
from webapp.peer import create_peer_app

SIGNER = LocalSigner(Account.from_key("0x" + "17" * 32))
STRANGER = LocalSigner(Account.from_key("0x" + "18" * 32))
NODE = "16Uiu2HAmAuditor"
DEPLOYMENT = Deployment(
    network="test",
    chain_id=1337,
    genesis_hash="0x" + "ab" * 32,
    from_block=0,
    registry="0x5FbDB2315678afecb367f032d93F642f64180aa3",
    validator_set="0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    attestations="0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
)
BEGAN = 1_700_000_000.0


def challenge(url: str, outcome: str, place: int = 0) -> Challenge:
    root, block = digest_of(b"root"), digest_of(b"block %d" % place)
    return Challenge(BEGAN + 1 + place, url, "16Uiu2HAm", root, block, place, 64, outcome, 0.0125)


def peer(url: str, *outcomes: str, state: Reached = Reached.CHALLENGED) -> PeerAudit:
    made = tuple(challenge(url, outcome, place) for place, outcome in enumerate(outcomes))
    return PeerAudit(url, "16Uiu2HAm", state, made)


DONE = Audit(
    BEGAN,
    BEGAN + 60,
    3,
    (
        peer("http://a.example", "passed", "passed", "missing"),
        peer("http://b.example", "passed", "wrong"),
        peer("http://c.example", state=Reached.AWAY),
        peer("http://d.example", state=Reached.NOTHING_SHARED),
        peer("http://e.example", "silent"),
    ),
)


def signed(done: Audit = DONE) -> bytes:
    return write(done, deployment=DEPLOYMENT, node=NODE, signer=SIGNER)


def changed(change: Callable[[dict[str, Any]], None], *, again: bool = False) -> bytes:
    """A report that somebody changed; the auditor himself, where it is signed again."""
    plain = dagcbor.decode(signed())
    change(plain["report"])
    if again:
        report = digest_of(dagcbor.encode(plain["report"]))
        listed = [each["outcome"] for one in plain["report"]["peers"] for each in one["challenges"]]
        typed = {
            "domain": DEPLOYMENT.verdict_domain.as_dict(),
            "primaryType": "Audit",
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Audit": [
                    {"name": "report", "type": "bytes32"},
                    {"name": "challenges", "type": "uint32"},
                    {"name": "failed", "type": "uint32"},
                ],
            },
            "message": {
                "report": report,
                "challenges": len(listed),
                "failed": sum(outcome != "passed" for outcome in listed),
            },
        }
        key = Account.from_key("0x" + "17" * 32)
        signature = key.sign_message(encode_typed_data(full_message=typed)).signature
        plain["signature"] = "0x" + bytes(signature).hex()
    return dagcbor.encode(plain)


def fault_of(content: bytes, deployment: Deployment = DEPLOYMENT) -> str:
    with pytest.raises(AuditFaultError) as raised:
        read(content, deployment)
    assert raised.value.message.startswith(f"{raised.value.fault}: ")
    return raised.value.fault


def test_what_was_found_comes_back_with_who_says_so():
    report = read(signed(), DEPLOYMENT)

    assert (report.auditor, report.node) == (SIGNER.address, NODE)
    assert (report.challenges, report.failed) == (6, 3)
    assert report.audit() == DONE


def test_the_statement_is_the_documented_typed_data_of_any_wallet():
    assert changed(lambda _: None, again=True) == signed()


def test_a_report_is_one_block_without_links_so_that_a_pin_of_it_pins_only_itself():
    def bytes_in(value: Any) -> Iterator[bytes]:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from bytes_in(each)

    assert list(bytes_in(dagcbor.decode(signed()))) == []


def test_the_longest_report_fits_into_one_block():
    outcomes = ["passed"] * (MOST_CHALLENGES // 10)
    peers = tuple(peer(f"http://{place}.example/{'x' * 250}", *outcomes) for place in range(10))
    away = tuple(
        peer(f"http://{place}.example/{'y' * 250}", state=Reached.AWAY) for place in range(600)
    )
    done = Audit(BEGAN, BEGAN + 1_000, len(outcomes), (*peers, *away))

    assert read(signed(done), DEPLOYMENT).challenges == MOST_CHALLENGES


def test_it_is_signed_by_a_key_file_as_well(tmp_path: Path):
    keystore = Keystore(tmp_path)
    address = keystore.create("a password")
    signer = keystore.signer(address, "a password")

    content = write(DONE, deployment=DEPLOYMENT, node=NODE, signer=signer)

    assert read(content, DEPLOYMENT).auditor == address


def drop_failures(report: dict[str, Any]) -> None:
    for each in report["peers"]:
        each["challenges"] = [one for one in each["challenges"] if one["outcome"] == "passed"]
        each["state"] = "challenged" if each["challenges"] else "away"


def claim(report: dict[str, Any]) -> None:
    report["auditor"] = STRANGER.address


@pytest.mark.parametrize("change", [drop_failures, claim])
def test_what_was_changed_after_it_was_signed_is_found(change: Callable[[dict[str, Any]], None]):
    assert fault_of(changed(change)) == "wrong-signature"


def test_a_signature_for_another_ledger_counts_on_none_but_that():
    other = DEPLOYMENT.model_copy(update={"genesis_hash": "0x" + "cd" * 32})

    assert fault_of(signed(), other) == "other-ledger"
    renamed = changed(lambda report: report.update(ledger=other.identity), again=True)
    assert fault_of(renamed) == "other-ledger"
    elsewhere = DEPLOYMENT.model_copy(update={"chain_id": 1})
    moved = changed(lambda report: report.update(ledger=elsewhere.identity))
    assert fault_of(moved, elsewhere) == "wrong-signature"


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(ended=report["began"] - 1),
        lambda report: report["peers"][0]["challenges"][0].update(at=report["began"] - 1),
        lambda report: report["peers"][0]["challenges"][0].update(at=report["ended"] + 1),
        lambda report: report["peers"].append(report["peers"][0]),
        lambda report: report.update(rounds=2),
        lambda report: report["peers"][0].update(state="away"),
        lambda report: report["peers"][2].update(state="challenged"),
    ],
)
def test_a_report_that_contradicts_itself_is_refused_whoever_signed_it(
    change: Callable[[dict[str, Any]], None],
):
    assert fault_of(changed(change, again=True)) == "inconsistent"


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(version=2),
        lambda report: report.update(more=1),
        lambda report: report.pop("node"),
        lambda report: report.update(auditor=SIGNER.address.lower()),
        lambda report: report.update(rounds=0),
        lambda report: report.update(rounds=3.0),
        lambda report: report.update(peers=[]),
        lambda report: report.update(ledger="x" * 301),
        lambda report: report["peers"][0]["challenges"][0].update(outcome="fine"),
        lambda report: report["peers"][0]["challenges"][0].update(block="0x12"),
        lambda report: report["peers"][0]["challenges"][0].update(micros=-1),
    ],
)
def test_another_shape_is_refused_whoever_signed_it(change: Callable[[dict[str, Any]], None]):
    assert fault_of(changed(change, again=True)) == "malformed"


def test_bytes_that_are_no_report_are_named():
    assert fault_of(b"") == "malformed"
    assert fault_of(b"\xff" * 100) == "malformed"
    assert fault_of(dagcbor.encode([1])) == "malformed"
    assert fault_of(b"\xf6" * (dagcbor.MAX_BLOCK_BYTES + 1)) == "too-large"


def test_the_same_values_in_other_bytes_are_not_canonical():
    content = signed()
    key = b"\x69signature"
    longer = content.replace(key, b"\x78\x09signature")

    assert longer != content
    assert fault_of(longer) == "not-canonical"


@given(data=st.data())
def test_no_byte_can_be_changed_unnoticed(data: st.DataObject):
    content = bytearray(signed())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))

    assert fault_of(bytes(content)) in {
        "malformed",
        "not-canonical",
        "inconsistent",
        "other-ledger",
        "wrong-signature",
    }


def test_what_readers_would_refuse_is_not_written():
    back_in_time = replace(DONE, ended=BEGAN - 1)

    with pytest.raises(AuditFaultError) as raised:
        signed(back_in_time)
    assert raised.value.fault == "inconsistent"


def test_every_node_that_answers_is_challenged_and_the_others_are_named(tmp_path: Path):
    with (
        neighbours.founder(tmp_path / "first") as first,
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", url, "http://127.0.0.1:9") as second,
        neighbours.reachable(second),
    ):
        neighbours.replicate(second)
        second.peering.replicator.step()
        steps: list[int] = []
        done = audit(second.peering, 7, planned=steps.append, progress=steps.append)

        assert {each.url: each.state for each in done.peers} == {
            url: Reached.CHALLENGED,
            "http://127.0.0.1:9": Reached.AWAY,
        }
        (asked,) = [each for each in done.peers if each.url == url]
        assert (asked.count("passed"), done.challenges, done.failed) == (7, 7, 0)
        assert asked.median_seconds is not None
        assert asked.peer_id == first.peering.peer_id
        assert len({each.block for each in asked.challenges}) > 1
        assert steps[0] == sum(steps[1:]) == 7
        content = write(done, deployment=second.deployment, node=NODE, signer=SIGNER)
        assert read(content, first.deployment).challenges == 7


@contextmanager
def lying(node: Node) -> Iterator[str]:
    """A node behind something that changes a bit of each block it serves."""
    app = create_peer_app(node)

    def change(response: Response) -> Response:
        if request.path.startswith("/ipfs/") and response.content_length:
            data = response.get_data()
            response.set_data(bytes([data[0] ^ 1]) + data[1:])
        return response

    app.after_request(change)
    with neighbours.served(app) as url:
        yield url


def test_a_node_that_serves_other_bytes_is_asked_once_and_not_believed_any_more(tmp_path: Path):
    with (
        neighbours.founder(tmp_path / "first", batches=1) as first,
        neighbours.reachable(first) as url,
        lying(first) as liar,
        neighbours.joined(first, tmp_path / "second", url, liar) as second,
    ):
        second.peering.book.peers.distrust(liar, "so that it is not fetched from")
        neighbours.replicate(second)
        second.peering.replicator.step()
        second.peering.book.peers.trust(liar)
        found = {each.url: each for each in audit(second.peering, 5).peers}

        assert found[url].count("passed") == 5
        assert (found[liar].count("wrong"), len(found[liar].challenges)) == (1, 1)
        assert [row.url for row in second.peering.book.peers.all() if row.distrusted] == [liar]
        assert [each.url for each in audit(second.peering, 1).peers] == [url]


def test_a_node_that_lost_what_it_says_it_holds_is_found_and_not_taken_for_a_holder(tmp_path: Path):
    with (
        neighbours.founder(tmp_path / "first", batches=1) as first,
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", url) as second,
    ):
        neighbours.replicate(second)
        second.peering.replicator.step()
        first.blocks.discard(first.blocks.digests(Digest(b""), 1_000))
        done = audit(second.peering, 5)

        (asked,) = done.peers
        assert (asked.count("missing"), done.failed) == (1, 1)
        with pytest.raises(NobodyToAuditError):
            audit(second.peering, 5)


def test_a_node_does_not_count_itself_and_challenges_who_it_only_hears_of(tmp_path: Path):
    with (
        neighbours.founder(tmp_path / "first", batches=1) as first,
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", url) as second,
        neighbours.reachable(second) as own,
        neighbours.joined(first, tmp_path / "third", url) as third,
        neighbours.reachable(third) as heard,
    ):
        for node in (second, third):
            neighbours.replicate(node)
            node.peering.replicator.step()
        first.peering.book.peers.introduce([own, heard])
        first.peering.visitor.step()
        with Node(second.settings) as command:  # which others reach no longer where it was
            done = audit(command.peering, 2)

            assert {each.url: each.count("passed") for each in done.peers} == {url: 2, heard: 2}
            assert own in {row.url for row in command.peering.book.peers.all()}
            assert own not in {peer.url for peer in command.peering_status().peers}
            assert command.status().peers.distrusted == {}


def test_more_challenges_than_a_report_holds_are_refused_before_the_first(tmp_path: Path):
    with (
        neighbours.founder(tmp_path / "first", batches=1) as first,
        neighbours.reachable(first) as url,
        neighbours.joined(first, tmp_path / "second", url) as second,
    ):
        neighbours.replicate(second)
        with pytest.raises(TooManyChallengesError):
            audit(second.peering, MOST_CHALLENGES + 1)

        assert second.peering.book.checks.challenges() == []
