"""Over a network that does everything wrong: anchored once, and never shown wrong."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.anchor.outbox.batches import BatchState
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.genesis import FIRST_VALIDATOR
from ledger.chain.signers import LocalSigner
from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.record.cid import from_text
from tests.anchor.homes import anchored_records
from tests.anchor.homes import pay
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.chain.faults import FAULTS
from tests.chain.faults import FaultyProxy
from tests.chain.faults import faulty

RECORDS = 1_000
SUBMISSIONS = 20
DEADLINE_SECONDS = 240

_PROGRESS = {"pending": 0, "anchored": 1, "accepted": 2, "rejected": 2}
"""A status never goes back: nothing here is disputed, revoked or superseded."""


@pytest.fixture
def far(home: Path) -> Iterator[tuple[Node, FaultyProxy, Node]]:
    """A node whose chain is behind a faulty network, and one that stands beside the chain."""
    quiet = template_settings(home, batch_records=RECORDS // SUBMISSIONS)
    key = "0x" + dev_account(1).key.hex().removeprefix("0x")
    with Node(quiet) as near:
        near.connect()
        with faulty(near.chain.url, seed=7, rate=0.0) as proxy:
            chosen = template_settings(
                home,
                batch_records=RECORDS // SUBMISSIONS,
                rpc_url=proxy.url,
                private_key=key,
                confirmations=1,
            )
            with Node(chosen) as node:
                node.connect()
                proxy.rate = 0.25
                yield node, proxy, near


@pytest.mark.long
@pytest.mark.slow
def test_a_thousand_records_are_each_anchored_once_and_never_shown_wrong(
    far: tuple[Node, FaultyProxy, Node],
):
    node, proxy, near = far
    accepted = node.accept(runs(RECORDS)).new
    share = RECORDS // SUBMISSIONS
    validator = node.validator(LocalSigner(dev_account(FIRST_VALIDATOR)))
    shown: dict[str, int] = {}
    submitted = 0
    deadline = time.monotonic() + DEADLINE_SECONDS
    while Counter(shown.values()) != {_PROGRESS["accepted"]: RECORDS}:
        assert time.monotonic() < deadline, (Counter(shown.values()), node.outbox.batches.all())
        if submitted < RECORDS:
            node.submit(accepted[submitted : submitted + share])
            submitted += share
        try:
            node.cycle()
            validator.step()
        except PerfledgerError:
            pass  # the next round goes on, as a running node does
        pay(near, dev_account(3), dev_account(4).address, 1)  # others use the network too
        look(node, shown)

    proxy.rate = 0.0
    while {batch.state for batch in node.outbox.batches.all()} != {BatchState.FINAL}:
        assert time.monotonic() < deadline
        node.cycle()

    assert set(proxy.struck) > set(FAULTS)
    anchored = anchored_records(node)
    assert set(anchored) == {from_text(cid) for cid in accepted}
    assert set(anchored.values()) == {1}
    assert not [each.problem for each in node.outbox.batches.all() if each.problem]


def look(node: Node, shown: dict[str, int]) -> None:
    """Read what users see; nothing that was said may be taken back."""
    token = None
    while True:
        page = node.queries.records(limit=500, after=token)
        for row in page.rows:
            now = _PROGRESS[row.status]
            assert now >= shown.get(row.cid, 0), (row.cid, row.status)
            shown[row.cid] = now
        token = page.next_after
        if token is None:
            return
