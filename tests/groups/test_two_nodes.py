"""Two nodes of one ledger: a member's, and one that is none.

The canaries are values of the record that nobody but members may ever see.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.errors import NotFoundError
from ledger.groups.identities import load_identities
from ledger.groups.identities import path_in
from ledger.index.queries.details import EncryptedRecordError
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import from_text
from ledger.record.schema import Record
from ledger.validate.reasons import Reason
from ledger.verify.policy import Policy
from ledger.verify.results import Result
from tests.conftest import execution
from tests.conftest import impossible_execution
from tests.groups.canary import found_in
from tests.groups.canary import said_by
from tests.peers import neighbours

CANARY = "canary-7f3a"
CONTRIBUTOR = dev_account(3)
MEMBERS = [LocalSigner(dev_account(10)), LocalSigner(dev_account(11))]
STRANGER = LocalSigner(dev_account(12))


def secret(place: int = 0) -> Record:
    """A plausible run whose every name gives it away."""
    plain = execution("sort", "m4.2xlarge", 2, 10 + place, 0).model_dump(mode="json")
    plain["job"]["name"] = f"{CANARY}-job"
    plain["configuration"] = {f"{CANARY}.key": f"{CANARY}-value"}
    plain["origin"]["argv"] = [f"{CANARY}-command"]
    plain["origin"]["run_id"] = f"{CANARY}-{place}"
    return codec.from_python(plain)


def wrong() -> Record:
    plain = impossible_execution().model_dump(mode="json")
    plain["job"]["name"] = f"{CANARY}-job"
    plain["origin"]["run_id"] = f"{CANARY}-wrong"
    return codec.from_python(plain)


class Ledger(NamedTuple):
    """What two nodes made together.

    Attributes:
        member: made the group, anchored for it, and runs two validators of three.
        outsider: another node, with the third.
        envelopes: CIDs, by what is in them.
    """

    member: Node
    outsider: Node
    envelopes: dict[str, str]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder = tmp_path_factory.mktemp("group")
    with (
        neighbours.founder(folder / "member", batches=1) as member,
        neighbours.reachable(member) as url,
        neighbours.joined(member, folder / "outsider", url) as outsider,
        neighbours.reachable(outsider) as other_url,
    ):
        member.peering.book.peers.introduce([other_url])
        member.groups.create("team", member.recipient())
        outsider.recipient()  # has an identity, and is no member
        member.accept_for("team", [secret(), wrong()])
        member.contribute_sealed("team", CONTRIBUTOR.address)
        member.cycle()
        member.follow()
        neighbours.replicate(outsider)
        validate(member, *MEMBERS)
        validate(outsider, STRANGER)
        member.follow()
        neighbours.replicate(member)
        neighbours.replicate(outsider)
        yield Ledger(member, outsider, names_of(member))


def validate(node: Node, *signers: LocalSigner) -> None:
    for signer in signers:
        node.follow()
        waiting = node.history.unattested(signer.address)
        assert len(node.validator(signer).step()) == len(waiting) > 0


def names_of(member: Node) -> dict[str, str]:
    found = {}
    for row in member.queries.envelopes().envelopes:
        opened = member.group_contents(row.cid)
        assert opened is not None
        found[str(opened.record.origin.run_id)] = row.cid  # type: ignore[union-attr]
    return found


def test_members_read_the_record_and_who_signed_it(ledger: Ledger):
    with ledger.member.group_answers("team") as answers:
        page = answers.records()
        detail = answers.record(codec.cid_of(secret()))

    assert {row.job for row in page.rows} == {f"{CANARY}-job"}
    assert page.total == 2
    assert detail.record == secret().model_dump(mode="json")
    assert detail.row.contributor == CONTRIBUTOR.address
    assert detail.row.status is LedgerStatus.ACCEPTED


def test_outsiders_see_that_records_exist(ledger: Ledger):
    page = ledger.outsider.queries.envelopes()
    overview = ledger.outsider.queries.overview()

    assert {row.cid for row in page.envelopes} == set(ledger.envelopes.values())
    assert (page.total, overview.envelopes, overview.records) == (2, 2, 8)
    assert {row.contributor for row in page.envelopes} == {ledger.member.signer().address}
    (batch_id,) = {row.batch_id for row in page.envelopes}
    assert ledger.outsider.queries.batch(batch_id).batch.state == "complete"
    with pytest.raises(EncryptedRecordError):
        ledger.outsider.queries.record(page.envelopes[0].cid)
    assert ledger.outsider.group_contents(page.envelopes[0].cid) is None


def test_only_the_validators_that_are_members_count(ledger: Ledger):
    """Two of three can read it, and two are the quorum; the third has no opinion."""
    for node in (ledger.member, ledger.outsider):
        good = node.queries.envelope(ledger.envelopes[f"{CANARY}-0"])
        bad = node.queries.envelope(ledger.envelopes[f"{CANARY}-wrong"])

        assert (good.row.status, good.row.accepted, good.row.rejected) == ("accepted", 2, 0)
        assert (bad.row.status, bad.row.accepted, bad.row.rejected) == ("rejected", 0, 2)
        said = {each.validator: each for each in bad.verdicts}
        assert said[STRANGER.address].abstained
        assert {said[each.address].code for each in MEMBERS} == {Reason.REJECTED_BY_MEMBER}
        assert {each.detail for each in (*good.verdicts, *bad.verdicts)} == {""}


def test_who_has_no_opinion_is_not_counted_as_rejecting(ledger: Ledger):
    row = ledger.outsider.queries.validator(STRANGER.address)
    activity = ledger.outsider.queries.validator_activity(STRANGER.address)

    assert (row.accepted, row.rejected) == (8, 0)
    assert (row.agreed, row.decided) == (8, 8)
    assert activity.objections == []
    (batch_id,) = {each.batch_id for each in ledger.outsider.queries.envelopes().envelopes}
    said = {each.validator: each for each in ledger.outsider.queries.batch(batch_id).attestations}
    assert (said[STRANGER.address].rejected, said[STRANGER.address].abstained) == (0, 2)


def test_nothing_of_the_record_is_in_anything_an_outsider_has(ledger: Ledger):
    home = ledger.outsider.settings.home

    assert found_in(home, CANARY) == []
    assert said(ledger.outsider) == []


def test_nothing_of_the_record_is_in_anything_that_a_member_shows_or_serves(ledger: Ledger):
    """What the member itself keeps is in one folder, which only its owner may enter."""
    home = ledger.member.settings.home

    assert {path.parent.name for path in found_in(home, CANARY)} == {"groups"}
    assert (home / "groups").stat().st_mode & 0o077 == 0
    assert said(ledger.member) == []


def said(node: Node) -> list[str]:
    """Addresses of the app and of the gateway under which anything of a record can be read."""
    plain = [codec.cid_of(record) for record in (secret(), wrong())]
    return said_by(node, [CANARY, CONTRIBUTOR.address, *plain], plain=plain)


def test_a_proof_shows_that_it_was_anchored_and_accepted_and_to_members_what_it_is(
    ledger: Ledger,
):
    cid = ledger.envelopes[f"{CANARY}-0"]
    proof = ledger.outsider.proof(cid[:20])
    own = load_identities(path_in(ledger.member.settings.home))
    others = load_identities(path_in(ledger.outsider.settings.home))
    contracts = ledger.outsider.deployment.contracts

    plain = ledger.outsider.verify(proof.to_json().encode())
    opened = ledger.outsider.verify(
        proof.to_json().encode(), policy=Policy(contracts, identities=own)
    )
    refused = ledger.outsider.verify(
        proof.to_json().encode(), policy=Policy(contracts, identities=others)
    )

    assert (plain.result, plain.cid) == (Result.VALID, cid)
    assert CANARY not in json.dumps(plain.as_dict())
    assert opened.result is Result.VALID
    (step,) = [each for each in opened.steps if each.name == "opened"]
    assert step.values["cid"] == codec.cid_of(secret())
    assert step.values["contributor"] == CONTRIBUTOR.address
    assert refused.result is Result.SEALED_FOR_OTHERS


def test_the_proof_of_a_rejected_one_is_rejected_whoever_abstained(ledger: Ledger):
    proof = ledger.outsider.proof(ledger.envelopes[f"{CANARY}-wrong"])

    assert ledger.outsider.verify(proof.to_json().encode()).result is Result.REJECTED


def test_the_index_is_the_same_when_it_is_made_anew(ledger: Ledger, tmp_path: Path):
    before = ledger.outsider.queries.envelopes()

    ledger.outsider.rebuild()
    after = ledger.outsider.queries.envelopes()

    assert after == before


def test_a_batch_of_encrypted_records_is_kept_like_any_other(ledger: Ledger):
    """What nobody here can read is not taken for withdrawn, and dropped to make room."""
    for node in (ledger.member, ledger.outsider):
        (batch_id,) = {row.batch_id for row in node.queries.envelopes().envelopes}
        (dag,) = [
            each
            for each in node.peering.dags.whole()
            if each.batch_id == batch_id and each.kind == "batch"
        ]
        contents = node.peering.dags.contents(dag.batch)

        assert dag.batch not in node.peering.dags.withdrawn()
        assert contents.statuses == {"accepted", "rejected"}
        assert contents.jobs == frozenset()


def test_what_waits_for_a_group_is_listed_to_its_own_home_only(ledger: Ledger):
    waiting = secret(7)
    accepted = ledger.member.accept_for("team", [waiting])

    with ledger.member.group_answers("team") as answers:
        row = answers.row(codec.cid_of(waiting))

    assert accepted.new == (codec.cid_of(waiting),)
    assert row.status is LedgerStatus.PENDING
    assert ledger.member.accept_for("team", [waiting]).known == accepted.new
    assert ledger.member.unsigned() == []
    assert ledger.member.blocks.missing([from_text(accepted.new[0])]) != []
    with pytest.raises(NotFoundError):
        ledger.member.queries.row(accepted.new[0])
