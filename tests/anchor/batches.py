"""Batches to try things on, and stores to keep them in."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledger.anchor import batch as batches
from ledger.anchor import submission as submissions
from ledger.anchor.batch import Batch
from ledger.anchor.submission import Submission
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.eip712 import Domain
from ledger.store.sqlite import SQLiteBlockStore

DOMAIN = Domain(1337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")


def signer(account: int) -> LocalSigner:
    return LocalSigner(dev_account(account))


def digest(number: int) -> Digest:
    return Digest(hashlib.sha256(number.to_bytes(8, "big")).digest())


def digests(start: int, count: int) -> tuple[Digest, ...]:
    return tuple(digest(number) for number in range(start, start + count))


def submission(start: int, count: int, account: int = 1) -> Submission:
    return submissions.sign(digests(start, count), DOMAIN, signer(account))


def unsigned(records: Sequence[Digest], account: int = 1) -> Submission:
    """A submission whose signature nobody gave: reading a batch does not look at it."""
    return Submission(signer(account).address, tuple(records), bytes(65))


def open_store(folder: Path) -> SQLiteBlockStore:
    return SQLiteBlockStore(folder / "blocks.sqlite")


def publish(store: SQLiteBlockStore, batch: Batch) -> Digest:
    blocks = list(batches.blocks(batch))
    store.put_many(blocks)
    return blocks[-1][0]


def keep(store: SQLiteBlockStore, value: Any) -> Digest:
    """Put a block of any content into a store."""
    block = dagcbor.encode(value)
    store.put_many([(digest_of(block), block)])
    return digest_of(block)
