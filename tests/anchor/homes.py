"""Home folders for the tests of the outbox, and what is found in them afterwards."""

from collections import Counter
from pathlib import Path
from typing import Any

from ledger import settings
from ledger.anchor.manifest import read_batch
from ledger.node import Node
from ledger.record.cid import Digest
from ledger.record.schema import Record
from ledger.settings import Settings
from tests.conftest import execution


def template_settings(home: Path, **changes: Any) -> Settings:
    """One validator decides, and a batch holds two records."""
    chosen = {"chain_port": 0, "dev_validators": 1, "quorum": 1, "batch_records": 2, **changes}
    return settings.load(home, **chosen)


def runs(count: int, first: int = 0) -> list[Record]:
    return [execution("sort", "m4.2xlarge", 2, 10 + first + place, 0) for place in range(count)]


def anchored_records(node: Node) -> Counter[Digest]:
    """How often each record stands on the chain."""
    counted: Counter[Digest] = Counter()
    for log in node.contracts.registry.events.Anchored.get_logs(from_block=0):
        counted.update(read_batch(node.blocks, Digest(log["args"]["manifestDigest"])).records())
    return counted


def pay(node: Node, account: Any, to: str, wei: int) -> None:
    w3 = node.chain.w3
    transaction = {
        "chainId": w3.eth.chain_id,
        "nonce": w3.eth.get_transaction_count(account.address),
        "gas": 21_000,
        "maxFeePerGas": 3 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        "to": to,
        "value": wei,
    }
    sent = w3.eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
    assert w3.eth.get_transaction_receipt(sent)["status"] == 1
