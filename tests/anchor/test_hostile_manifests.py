"""What a stranger may anchor a manifest of: every lie is refused, and named."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.anchor import batch as anchoring
from ledger.anchor import manifest
from ledger.anchor.manifest import MalformedBatchError
from ledger.anchor.manifest import read_batch
from ledger.record import dagcbor
from ledger.record.cid import PREFIX
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import from_bytes
from ledger.record.cid import to_bytes
from ledger.store.blocks import BlockNotFoundError
from ledger.store.blocks import CorruptBlockError
from ledger.store.sqlite import SQLiteBlockStore
from tests.anchor import batches
from tests.anchor.batches import DOMAIN


class Forgery:
    """An honest batch of two submissions, taken apart to be put together otherwise."""

    def __init__(self, store: SQLiteBlockStore) -> None:
        self.store = store
        self.batch = anchoring.gather(
            DOMAIN,
            [
                batches.unsigned(batches.digests(0, 3), 1),
                batches.unsigned(batches.digests(10, 2), 2),
            ],
        )
        self.manifest = self.read(batches.publish(store, self.batch))
        self.page = self.read(from_bytes(self.manifest["submissions"][0]))
        self.entries = self.page["submissions"]

    def read(self, digest: Digest) -> Any:
        return dagcbor.decode(self.store.get(digest))

    def link(self, value: Any) -> bytes:
        return to_bytes(batches.keep(self.store, value))

    def publish(self, **changes: Any) -> Digest:
        """The manifest, with changes, over the entries as they are now."""
        pages = [self.link({"submissions": self.entries})]
        return batches.keep(self.store, {**self.manifest, "submissions": pages, **changes})

    def records(self, start: int, count: int) -> bytes:
        return self.link({"records": [to_bytes(each) for each in batches.digests(start, count)]})

    def consistent(self) -> None:
        """Recompute what the entries say of themselves, so that only the intended lie is left."""
        submissions = []
        for entry in self.entries:
            digests = [
                from_bytes(link)
                for page in entry["pages"]
                for link in self.read(from_bytes(page))["records"]
            ]
            submission = batches.unsigned(digests, 1)
            entry["root"] = "0x" + submission.root.hex()
            entry["count"] = len(digests)
            entry["contributor"] = submission.contributor
            submissions.append(submission)
        batch = anchoring.Batch(DOMAIN, tuple(submissions))
        self.manifest["count"] = batch.count
        self.manifest["root"] = "0x" + batch.root.hex()


@pytest.fixture
def forgery(tmp_path: Path) -> Iterator[Forgery]:
    store = batches.open_store(tmp_path)
    yield Forgery(store)
    store.close()


Lie = Callable[[Forgery], Digest]


def entry(**changes: Any) -> Lie:
    def lie(forgery: Forgery) -> Digest:
        forgery.entries[0].update(changes)
        return forgery.publish()

    return lie


def head(**changes: Any) -> Lie:
    return lambda forgery: forgery.publish(**changes)


def pages(*of: tuple[int, int]) -> Lie:
    """The first submission's pages, as (first record, number of records)."""

    def lie(forgery: Forgery) -> Digest:
        forgery.entries[0]["pages"] = [forgery.records(*each) for each in of]
        return forgery.publish()

    return lie


def page_of(value: Any) -> Lie:
    def lie(forgery: Forgery) -> Digest:
        forgery.entries[0]["pages"] = [forgery.link(value)]
        return forgery.publish()

    return lie


def without(name: str) -> Lie:
    def lie(forgery: Forgery) -> Digest:
        del forgery.manifest[name]
        return forgery.publish()

    return lie


def record_in_two_submissions(forgery: Forgery) -> Digest:
    forgery.entries[1]["pages"] = [forgery.records(2, 2)]
    forgery.consistent()
    return forgery.publish()


def same_submission_twice(forgery: Forgery) -> Digest:
    return batches.keep(
        forgery.store,
        {
            **forgery.manifest,
            "submissions": forgery.manifest["submissions"] * 2,
            "count": 2 * forgery.batch.count,
        },
    )


def manifest_as_its_own_kind_of_page(forgery: Forgery) -> Digest:
    return forgery.publish(submissions=[to_bytes(forgery.publish())])


def page_of_pages(forgery: Forgery) -> Digest:
    forgery.entries[0]["pages"] = [forgery.link({"records": forgery.entries[0]["pages"]})] * 2
    return forgery.publish()


def record_for_a_manifest(forgery: Forgery) -> Digest:
    return batches.keep(forgery.store, {"version": 1, "job": {"name": "sort"}})


def bytes_for_a_manifest(forgery: Forgery) -> Digest:
    block = b"not DAG-CBOR"
    digest = digest_of(block)
    forgery.store.put_many([(digest, block)])
    return digest


SIGNATURE = "0x" + "00" * 65

LIES: dict[str, tuple[Lie, str]] = {
    "a larger count in the manifest": (head(count=6), "count differs"),
    "a smaller count in the manifest": (head(count=4), "more records than the manifest says"),
    "a count beyond all bounds": (head(count=2**40), "count: Input should be less"),
    "a count of none": (head(count=0), "count: Input should be greater"),
    "a count that is a float": (head(count=5.5), "count: Input should be a valid integer"),
    "a count that is a truth value": (head(count=True), "count: Input should be a valid integer"),
    "another root in the manifest": (head(root="0x" + "ab" * 32), "do not lead to the manifest's"),
    "a root in capitals": (head(root="0x" + "AB" * 32), "root: Value error, expected 0x"),
    "a root that is too short": (head(root="0x" + "ab" * 31), "root: Value error, expected 0x"),
    "a root that is not hexadecimal": (head(root="0x" + "xy" * 32), "root: Value error"),
    "a root with blanks": (head(root="0x" + "a " * 32), "root: Value error"),
    "a root of bytes": (head(root=PREFIX + bytes(32)), "root: Value error"),
    "another kind": (head(kind="perfledger/report"), "kind: Input should be"),
    "a version to come": (head(version=2), "version: Input should be 1"),
    "an unknown field": (head(comment="hello"), "comment: Extra inputs"),
    "no kind": (without("kind"), "kind: Field required"),
    "a registry in lower case": (head(registry=DOMAIN.contract.lower()), "EIP-55"),
    "a registry that is no address": (head(registry="0x12"), "registry: Value error"),
    "chain zero": (head(chain=0), "chain: Input should be greater"),
    "no submissions": (head(submissions=[]), "submissions: List should have at least 1"),
    "text for a link": (
        head(submissions=["bafyrei"]),
        "submissions.0: Value error, expected a link",
    ),
    "more links than any batch needs": (
        lambda forgery: forgery.publish(submissions=[to_bytes(batches.digest(1))] * 16_385),
        "submissions: List should have at most",
    ),
    "a submission with a larger count": (entry(count=4), "fewer records than it says"),
    "a submission with a smaller count": (entry(count=2), "more records than it says"),
    "a submission larger than the batch": (entry(count=6), "more records than the manifest says"),
    "a submission with another root": (entry(root="0x" + "cd" * 32), "lead to their submission's"),
    "another contributor": (
        entry(contributor=batches.signer(3).address),
        "do not lead to the manifest's root",
    ),
    "a contributor with a wrong checksum": (
        entry(contributor=batches.signer(1).address.swapcase().replace("0X", "0x")),
        "contributor: Value error, expected an EIP-55 address",
    ),
    "a truncated signature": (entry(signature=SIGNATURE[:-2]), "signature: Value error"),
    "no pages": (entry(pages=[]), "pages: List should have at least 1"),
    "a record twice on a page": (
        page_of({"records": [to_bytes(batches.digest(each)) for each in (0, 1, 1)]}),
        "holds a record twice",
    ),
    "a page twice": (pages((0, 3), (0, 3)), "more records than it says"),
    "an empty page": (page_of({"records": []}), "records: List should have at least 1"),
    "other records": (pages((1, 3)), "do not lead to their submission's root"),
    "a page that is too long": (
        page_of({"records": [to_bytes(batches.digest(1))] * 8_193}),
        "records: List should have at most 8192",
    ),
    "a page of numbers": (
        page_of({"records": [1, 2, 3]}),
        "records.0: Value error, expected a link",
    ),
    "a page that is a list": (page_of([1]), "Input should be a valid dictionary"),
    "a manifest for a page": (
        manifest_as_its_own_kind_of_page,
        "a page of submissions is malformed",
    ),
    "a page of submissions for a page of records": (
        lambda forgery: page_of({"submissions": forgery.entries})(forgery),
        "a page of records is malformed",
    ),
    "a page that lists pages": (page_of_pages, "fewer records than it says"),
    "a record in two submissions": (record_in_two_submissions, "count differs from its distinct"),
    "a submission twice": (same_submission_twice, "count differs|given twice"),
    "a record for a manifest": (record_for_a_manifest, "the manifest is malformed"),
    "bytes for a manifest": (bytes_for_a_manifest, "the manifest is malformed: not DAG-CBOR"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_refused_with_its_reason(forgery: Forgery, name: str):
    lie, reason = LIES[name]

    with pytest.raises(MalformedBatchError, match=reason):
        read_batch(forgery.store, lie(forgery))


def test_the_honest_batch_is_read(forgery: Forgery):
    assert read_batch(forgery.store, forgery.publish()) == forgery.batch


@pytest.mark.parametrize("place", ["manifest", "page of submissions", "page of records"])
def test_a_block_that_is_missing_is_named(forgery: Forgery, place: str):
    absent = batches.digest(77)
    if place == "manifest":
        found = absent
    elif place == "page of submissions":
        found = forgery.publish(submissions=[to_bytes(absent)])
    else:
        forgery.entries[0]["pages"] = [to_bytes(absent)]
        found = forgery.publish()

    with pytest.raises(BlockNotFoundError) as caught:
        read_batch(forgery.store, found)
    assert caught.value.digest == absent


def test_a_block_that_is_damaged_is_not_used(forgery: Forgery):
    found = forgery.publish()
    forgery.store._database._connection.execute(
        "UPDATE blocks SET bytes = zeroblob(9) WHERE digest = ?", (found,)
    )

    with pytest.raises(CorruptBlockError):
        read_batch(forgery.store, found)


def test_no_more_pages_are_read_than_the_counts_allow(forgery: Forgery):
    """A stranger's manifest must not make a reader fetch and hold what it never promised."""
    forgery.entries[0]["pages"] = [forgery.records(100 * page, 2) for page in range(50)]
    found = forgery.publish()
    store = CountingStore(forgery.store)

    with pytest.raises(MalformedBatchError, match="more records than it says"):
        read_batch(store, found)
    assert store.reads == 4  # the manifest, the submissions, two pages of records


class CountingStore:
    def __init__(self, store: SQLiteBlockStore) -> None:
        self._store = store
        self.reads = 0

    def get(self, digest: Digest) -> bytes:
        self.reads += 1
        return self._store.get(digest)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_the_bounds_hold_what_an_honest_batch_can_need():
    assert manifest._MAX_LINKS * anchoring.RECORDS_PER_PAGE >= manifest.MAX_RECORDS
