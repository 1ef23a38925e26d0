"""The main job on every kind of node: deployed, anchored, attested, indexed, proven, verified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web3 import Web3

from ledger.chain.deployment import Deployment
from ledger.chain.signers import LocalSigner
from ledger.verify.filed import reference_blocks
from tests.chain.nodes.homes import command
from tests.chain.nodes.homes import environment
from tests.chain.nodes.life import Life
from tests.chain.nodes.life import carry
from tests.chain.nodes.life import statuses
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import geth
from tests.cli.command import perfledger
from tests.conftest import executions
from tests.conftest import impossible_execution


@pytest.fixture
def life(node: EthereumNode, home: Path) -> Life:
    started = Life(node, home, node.funded(), [node.funded() for _ in range(2)])
    started.found()
    return started


def test_records_are_anchored_judged_indexed_and_proven(life: Life, tmp_path: Path):
    node = life.node
    with life.open() as opened:
        opened.connect()
        accepted = opened.accept([*executions()[:5], impossible_execution()])
        opened.submit(accepted.new)
        carry(opened, node)
        assert statuses(opened) == {"anchored": 6}
        assert [each.gas_used <= 50_000 for each in opened.outbox.batches.all()] == [True]

        node.settle()  # a validator judges what is final
        opened.sync.step()
        for validator in life.validators:
            (attested,) = opened.validator(LocalSigner(validator)).step()
            assert (attested.accepted, attested.rejected) == (5, 1)
        opened.sync.step()
        assert statuses(opened) == {"accepted": 5, "rejected": 1}

        file = tmp_path / "proof.json"
        made = opened.proof(accepted.new[0])
        assert made.missing == ()
        file.write_text(made.to_json())
        (reference,) = reference_blocks(made)

    # The hash that the node gives for the block, not the one that the proof claims.
    block = node.w3.eth.get_block(reference.number)
    trusted = Web3.to_hex(block["hash"])
    deployment = life.home / "deployments" / f"{node.chain_id}.json"
    online = command(node, life.operator, life.home, "verify", file, "--rpc", node.url)
    assert online.code == 0, online.out
    trusting = Deployment.load(deployment)
    elsewhere = tmp_path / "elsewhere.json"
    trusting.model_copy(update={"attestations": trusting.registry}).save(elsewhere)
    verify = ("verify", file, "--rpc", node.url, "--deployment", elsewhere)
    refused = command(node, life.operator, life.home, *verify)
    assert (refused.code, "is not Attestations" in refused.err) == (78, True)
    offline = perfledger(
        tmp_path / "elsewhere", "verify", file, "--deployment", deployment, "--trust-block", trusted
    )
    assert offline.code == 0, offline.out
    assert "valid" in offline.out


def test_an_index_made_anew_from_the_node_is_the_same(life: Life):
    with life.open() as opened:
        opened.submit(opened.accept(executions()[:3]).new)
        carry(opened, life.node)
        before = opened.queries.overview()

        opened.rebuild()

        assert opened.queries.overview() == before


def test_an_anchor_is_final_when_the_node_says_so(life: Life):
    """Each of these nodes has the tag; geth's and Anvil's lies epochs behind the head."""
    with life.open() as opened:
        opened.submit(opened.accept(executions()[:1]).new)
        carry(opened, life.node)
        anchored_in = opened.outbox.batches.all()[0].block_number
        final = life.node.w3.eth.get_block("finalized")["number"]
        assert anchored_in is not None
        opened.cycle()
        assert (opened.status().batches == {"final": 1}) == (final >= anchored_in)

        life.node.settle()
        opened.cycle()

        assert opened.status().batches == {"final": 1}


@pytest.fixture(scope="module")
def slow_geth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthereumNode]:
    """A geth that mines every second, whatever waits."""
    with geth(tmp_path_factory.mktemp("slow"), "--dev.period", "1") as started:
        yield started


def test_a_transaction_that_waits_for_its_block_is_followed(slow_geth: EthereumNode, home: Path):
    life = Life(slow_geth, home, slow_geth.funded(), [])
    life.found()
    with life.open() as opened:
        opened.submit(opened.accept(executions()[:2]).new)

        carry(opened, slow_geth)

        assert statuses(opened) == {"anchored": 2}
        assert slow_geth.w3.eth.get_transaction_count(life.operator.address) == 3 + 1


def test_the_commands_serve_a_ledger_on_a_node(life: Life, tmp_path: Path):
    records = tmp_path / "runs.jsonl"
    records.write_text("".join(f"{each.model_dump_json()}\n" for each in executions()[:2]))
    for arguments in (["init"], ["contribute", records], ["status"]):
        done = command(life.node, life.operator, life.home, *arguments)
        assert done.code == 0, done.err
    life.node.settle()
    for validator in life.validators:
        keys = environment(life.node, validator)
        judged = perfledger(life.home, "validator", "run", "--once", "--own", **keys)
        assert judged.code == 0, judged.err

    page = command(life.node, life.operator, life.home, "list", "--json").json

    assert [row["status"] for row in page["rows"]] == ["accepted", "accepted"]
