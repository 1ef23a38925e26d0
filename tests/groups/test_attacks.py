"""What strangers and members try with envelopes, and what comes of it. One node, real chain."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from pyrage.x25519 import Identity
from pyrage.x25519 import Recipient

from ledger.anchor import submission as submissions
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.groups.identities import load_identities
from ledger.groups.identities import path_in
from ledger.groups.padding import padded
from ledger.groups.sealing import seal
from ledger.index.views import EnvelopeRow
from ledger.node import Node
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.record.envelope import wrap
from ledger.record.schema import Record
from ledger.validate.reasons import Reason
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings

STRANGER = LocalSigner(dev_account(5))
MEMBER = LocalSigner(dev_account(1))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A member's node with the one validator there is."""
    with Node(template_settings(tmp_path / "home", batch_records=10)) as opened:
        opened.groups.create("team", opened.recipient())
        yield opened


def hand_in(node: Node, blocks: list[bytes], bearer: LocalSigner) -> list[str]:
    """What anybody can do: anchor any blocks in a submission of one's own."""
    digests = [digest_of(block) for block in blocks]
    node.blocks.put_many(zip(digests, blocks, strict=True))
    signed = submissions.sign(digests, node.deployment.submission_domain, bearer)
    node.outbox.records.submit(signed)
    node.cycle()
    return [to_text(digest) for digest in digests]


def sealed(
    node: Node, *records: Record, bearer: str, contributor: LocalSigner = MEMBER
) -> list[bytes]:
    group = node.groups.get("team")
    domain = node.deployment.submission_domain
    blocks = [codec.encode(record) for record in records]
    return [
        block
        for _, block in seal(blocks, group, domain=domain, contributor=contributor, bearer=bearer)
    ]


def judged(node: Node) -> None:
    node.follow()
    (validator,) = node.validators()
    failures: list[Any] = []
    validator.step(failed=lambda *failed: failures.append(failed))
    assert failures == []
    node.follow()


def rows_of(node: Node, cid: str) -> list[EnvelopeRow]:
    """Its places on chain, the earliest first."""
    return [row for row in node.queries.envelopes().envelopes[::-1] if row.cid == cid]


def reasons_of(node: Node, cid: str) -> set[str]:
    return {each.reason for each in node.queries.envelope(cid).verdicts}


def test_a_copy_that_is_anchored_first_under_another_name_takes_nothing_from_the_original(
    node: Node,
):
    """Envelopes can be fetched before they are anchored twice; the address inside tells whose."""
    (block,) = sealed(node, *runs(1), bearer=MEMBER.address)

    (cid,) = hand_in(node, [block], STRANGER)
    judged(node)
    node.outbox.records._database.execute("DELETE FROM records")  # as another home would have it
    hand_in(node, [block], MEMBER)
    judged(node)

    first, second = rows_of(node, cid)
    assert (first.contributor, first.status) == (STRANGER.address, "rejected")
    assert (second.contributor, second.status) == (MEMBER.address, "accepted")


def test_the_same_envelope_twice_under_its_own_name_is_a_duplicate(node: Node):
    (block,) = sealed(node, *runs(1), bearer=MEMBER.address)
    (cid,) = hand_in(node, [block], MEMBER)
    judged(node)
    node.outbox.records._database.execute("DELETE FROM records")
    hand_in(node, [block, *sealed(node, *runs(1, 5), bearer=MEMBER.address)], MEMBER)
    judged(node)

    assert [row.status for row in rows_of(node, cid)] == ["accepted", "rejected"]


def test_a_record_that_is_sealed_twice_is_a_duplicate_though_the_envelopes_differ(node: Node):
    (first,) = hand_in(node, sealed(node, *runs(1), bearer=MEMBER.address), MEMBER)
    judged(node)
    (second,) = hand_in(node, sealed(node, *runs(1), bearer=MEMBER.address), MEMBER)
    judged(node)

    assert rows_of(node, first)[0].status == "accepted"
    assert rows_of(node, second)[0].status == "rejected"


def test_an_execution_counts_once_in_a_group(node: Node):
    """The same run told with another runtime, by the same contributor."""
    run = runs(1)[0]
    again = run.model_copy(update={"runtime_seconds": run.runtime_seconds + 1})

    both = hand_in(node, sealed(node, run, again, bearer=MEMBER.address), MEMBER)
    judged(node)

    assert [rows_of(node, cid)[0].status for cid in both] == ["accepted", "rejected"]


def test_what_is_public_already_is_a_duplicate_in_a_group(node: Node):
    node.submit(node.accept(runs(1)).new)
    node.cycle()
    judged(node)

    (cid,) = hand_in(node, sealed(node, *runs(1), bearer=MEMBER.address), MEMBER)
    judged(node)

    assert rows_of(node, cid)[0].status == "rejected"


def test_a_member_cannot_hand_in_what_another_signed_by_sealing_it_again(node: Node):
    (block,) = sealed(node, *runs(1), bearer=MEMBER.address)
    opened = plain_of(node, block)
    again = wrap(pyrage.encrypt(padded(opened), own_recipients(node)))

    (cid,) = hand_in(node, [again], STRANGER)
    judged(node)

    assert rows_of(node, cid)[0].status == "rejected"
    assert reasons_of(node, cid) == {Reason.REJECTED_BY_MEMBER.label}


def plain_of(node: Node, block: bytes) -> bytes:
    from ledger.groups.padding import unpadded
    from ledger.record.envelope import unwrap

    identities = load_identities(path_in(node.settings.home))
    return unpadded(pyrage.decrypt(unwrap(block), identities))


def own_recipients(node: Node) -> list[Recipient]:
    return [Recipient.from_str(node.recipient())]


def nonsense(node: Node) -> bytes:
    return wrap(pyrage.encrypt(b"nonsense", own_recipients(node)))


def for_nobody(_: Node) -> bytes:
    return wrap(pyrage.encrypt(b"nonsense", [Identity.generate().to_public()]))


def not_even_age(_: Node) -> bytes:
    return wrap(b"age-encryption.org/v1\n-> nothing of the kind\n---")


@pytest.mark.parametrize(
    ("make", "status", "reason"),
    [
        (nonsense, "rejected", Reason.REJECTED_BY_MEMBER),
        (for_nobody, "anchored", Reason.ENCRYPTED),
        (not_even_age, "anchored", Reason.ENCRYPTED),
    ],
)
def test_junk_in_an_envelope_harms_nobody(
    node: Node, make: Callable[[Node], bytes], status: str, reason: Reason
):
    (junk, good) = hand_in(
        node, [make(node), *sealed(node, *runs(1), bearer=MEMBER.address)], MEMBER
    )
    judged(node)

    assert (rows_of(node, junk)[0].status, reasons_of(node, junk)) == (status, {reason.label})
    assert rows_of(node, good)[0].status == "accepted"


LONG_HEADER = b"age-encryption.org/v1\n-> x y\n" + b"A" * 200_000


@pytest.mark.parametrize(("version", "age"), [(7, "later"), (1, LONG_HEADER)])
def test_what_only_says_that_it_is_an_envelope_is_no_record_of_any_kind(
    node: Node, version: int, age: str | bytes
):
    block = dagcbor.encode({"kind": "perfledger/envelope", "version": version, "age": age})

    (cid,) = hand_in(node, [block], MEMBER)
    judged(node)

    assert rows_of(node, cid) == []
    (batch,) = node.queries.batches()
    assert batch.state == "complete"
    (said,) = node.queries.batch(batch.batch_id).attestations
    assert (said.rejected, said.abstained) == (1, 0)


def test_public_records_in_the_same_batch_are_judged_as_ever(node: Node):
    public = node.accept(runs(2)).new
    node.submit(public)
    node.accept_for("team", runs(1, 5))
    node.contribute_sealed("team")
    node.cycle()
    judged(node)

    (batch,) = node.queries.batches()
    assert batch.count == 3
    assert {node.queries.row(cid).status for cid in public} == {"accepted"}
    assert {row.status for row in node.queries.envelopes().envelopes} == {"accepted"}


def test_a_batch_of_which_nothing_can_be_read_stays_anchored(node: Node):
    """Too few validators are members: nobody has vouched for it, and nobody says it is wrong."""
    node.accept_for("team", runs(1))
    node.contribute_sealed("team")
    node.cycle()
    path_in(node.settings.home).rename(node.settings.home / "elsewhere.key")
    judged(node)

    (row,) = node.queries.envelopes().envelopes
    (said,) = node.queries.envelope(row.cid).verdicts
    assert (row.status, row.accepted, row.rejected) == ("anchored", 0, 0)
    assert (said.abstained, said.reason) == (True, "encrypted")
    assert node.queries.validator(said.validator).rejected == 0


def test_who_was_removed_reads_what_was_sealed_before_and_nothing_after(node: Node):
    former = Identity.generate()
    node.groups.add("team", str(former.to_public()))
    node.accept_for("team", runs(1))
    node.contribute_sealed("team")
    node.cycle()
    node.groups.remove("team", str(former.to_public()))
    node.accept_for("team", runs(1, 5))
    node.contribute_sealed("team")
    node.cycle()
    node.follow()

    readable = []
    for row in node.queries.envelopes().envelopes[::-1]:
        try:
            pyrage.decrypt(dagcbor.decode(node.blocks.get(_digest(row.cid)))["age"], [former])
            readable.append(True)
        except pyrage.DecryptError:
            readable.append(False)

    assert readable == [True, False]


def _digest(cid: str) -> Digest:
    from ledger.record.cid import from_text

    return from_text(cid)


def test_who_finds_an_identity_again_reads_what_was_closed(node: Node):
    """An envelope that could not be opened is tried again with other identities."""
    node.accept_for("team", runs(1))
    node.contribute_sealed("team")
    node.cycle()
    node.follow()
    (row,) = node.queries.envelopes().envelopes
    key, hidden = path_in(node.settings.home), node.settings.home / "hidden.key"
    key.rename(hidden)
    node.recipient()  # another identity
    before = node.group_contents(row.cid)
    key.write_text(key.read_text() + hidden.read_text())

    after = node.group_contents(row.cid)

    assert before is None
    assert after is not None
    assert after.contributor == node.signer().address


@pytest.mark.parametrize("moment", ["submission signed", "submission kept"])
def test_a_crash_while_it_is_handed_in_loses_nothing_and_hands_in_nothing_twice(
    tmp_path: Path, moment: str
):
    chosen = template_settings(tmp_path / "home", batch_records=10)

    def killed(step: str) -> None:
        if step == moment:
            raise KeyboardInterrupt

    with Node(chosen, observer=killed) as node:
        node.groups.create("team", node.recipient())
        node.accept_for("team", runs(3))
        with pytest.raises(KeyboardInterrupt):
            node.contribute_sealed("team")

    with Node(chosen) as node:
        node.connect()
        node.contribute_sealed("team")
        node.cycle()
        node.follow()
        sealed_records = node.queries.envelopes()
        with node.group_answers("team") as answers:
            found = answers.records()

    assert sealed_records.total == 3
    assert {row.cid for row in found.rows} == {codec.cid_of(record) for record in runs(3)}


def test_many_records_are_sealed_in_parts(node: Node):
    """A batch here takes ten records; each submission fits into one."""
    node.accept_for("team", runs(25))

    identifiers = node.contribute_sealed("team")
    node.cycle()
    node.follow()

    assert [node.contribution(each).count for each in identifiers] == [10, 10, 5]
    with node.group_answers("team") as answers:
        assert answers.records().total == 25
