"""A network that takes blocks back again and again while records are contributed."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import settings
from ledger.anchor.outbox.batches import BatchState
from ledger.chain.signers import LocalSigner
from ledger.index.database import open_index
from ledger.index.sync import Sync
from ledger.node import Node
from ledger.record.cid import from_text
from tests.anchor.homes import anchored_records
from tests.anchor.homes import runs
from tests.chain.nodes.homes import key_of
from tests.chain.nodes.life import Life
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import anvil
from tests.index.dumps import dump

REORGS = 200
DEEPEST = 64
CONFIRMATIONS = DEEPEST + 1
BATCH_EVERY = 8
"""Rounds between two contributions."""


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    folder = tmp_path / "anvil"
    folder.mkdir()
    with anvil(folder) as node:
        started = Life(node, tmp_path / "home", node.funded(), [node.funded()])
        started.found()
        node.mine(DEEPEST)
        # From here on a transaction waits for the next block, as elsewhere.
        node.ask("evm_setAutomine", False)
        yield started


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_after_any_reorgs_the_index_is_as_one_built_from_scratch(life: Life, tmp_path: Path):
    chance = random.Random(64)
    node = life.node
    chosen = settings.load(
        life.home,
        rpc_url=node.url,
        chain_id=node.chain_id,
        private_key=key_of(life.operator),
        confirmations=CONFIRMATIONS,
    )
    accepted: list[str] = []
    depths: Counter[int] = Counter()
    with Node(chosen) as ledger:
        ledger.connect()
        validator = ledger.validator(LocalSigner(life.validators[0]))
        for round_ in range(REORGS):
            if round_ % BATCH_EVERY == 0:
                new = ledger.accept(runs(2, first=2 * round_)).new
                ledger.submit(new)
                accepted += new
            live(ledger, node, chance)
            depth = chance.randint(1, DEEPEST)
            node.ask("anvil_reorg", depth, [])
            depths[depth] += 1
            live(ledger, node, chance)
        while {batch.state for batch in ledger.outbox.batches.all()} != {BatchState.FINAL}:
            node.mine(CONFIRMATIONS)
            ledger.cycle()
        node.ask("evm_setAutomine", True)
        validator.step()
        ledger.cycle()

        anchored = anchored_records(ledger)
        assert set(anchored) == {from_text(cid) for cid in accepted}
        assert set(anchored.values()) == {1}
        lived = dump(ledger.index)
        fresh = open_index(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
        Sync(
            fresh, ledger.blocks, ledger.chain.w3, ledger.deployment, confirmations=CONFIRMATIONS
        ).step()
        assert dump(fresh) == lived
        fresh.close()
    assert len(depths) > DEEPEST / 2


def live(ledger: Node, node: EthereumNode, chance: random.Random) -> None:
    """The ledger works, and some blocks are mined."""
    ledger.cycle()
    node.mine(chance.randint(1, 3))
    ledger.cycle()
