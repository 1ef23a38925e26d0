"""Records for a group that a wallet has signed and a node of the group encrypts."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from ledger import settings
from ledger.anchor.signatures import ContractWalletError
from ledger.anchor.signatures import WrongSignatureError
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.record import codec
from ledger.record import eip712
from ledger.record.schema import Record
from tests.conftest import execution

ALICE = Account.create()
GROUP = "team"

_repeats = count()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as found:
        found.connect()
        found.groups.create(GROUP, found.recipient())
        yield found


def runs(number: int = 2) -> list[Record]:
    plain = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json")
    origins = [{**plain["origin"], "run_id": f"run-{next(_repeats)}"} for _ in range(number)]
    return [codec.from_python({**plain, "origin": each}) for each in origins]


def cids_of(records: list[Record]) -> list[str]:
    return [codec.cid_of(each) for each in records]


def signature_of(statement: eip712.Statement, account: Any = ALICE) -> bytes:
    return bytes(account.sign_message(statement.signable()).signature)


def opened(node: Node) -> list[tuple[str, str | None, str]]:
    with node.group_answers(GROUP) as answers:
        return [(row.cid, row.contributor, row.status) for row in answers.records().rows]


def test_members_accept_what_was_signed_and_outsiders_see_who_paid(node: Node):
    records = runs()
    cids = cids_of(records)
    signature = signature_of(node.sealed_statement_of(GROUP, cids))

    (identifier,) = node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature)
    node.cycle()
    for validator in node.validators():
        validator.step()
    node.follow()

    assert sorted(opened(node)) == sorted(
        (cid, ALICE.address, LedgerStatus.ACCEPTED) for cid in cids
    )
    assert node.contribution(identifier).contributor == node.signer().address
    assert node.queries.count() == 0
    assert node.unsigned() == []


def test_doing_it_again_adds_nothing(node: Node):
    records = runs()
    cids = cids_of(records)
    signature = signature_of(node.sealed_statement_of(GROUP, cids))
    node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature)

    again = node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature)

    assert again == []
    assert len(opened(node)) == len(cids)


@pytest.mark.parametrize(
    "fault", ["another group", "another payer", "other records", "another chain", "for everybody"]
)
def test_a_signature_of_something_else_is_refused_and_nothing_is_kept(node: Node, fault: str):
    records = runs()
    cids = cids_of(records)
    said = node.sealed_statement_of(GROUP, cids)
    changed = {
        "another group": {"group": bytes(32)},
        "another payer": {"bearer": ALICE.address},
        "other records": {"root": bytes(32)},
    }.get(fault, {})
    said = replace(said, values={**said.values, **changed})
    if fault == "another chain":
        said = replace(said, domain=replace(said.domain, chain_id=said.domain.chain_id + 1))
    if fault == "for everybody":
        said = node.statement_of(cids)

    with pytest.raises(WrongSignatureError, match="is not a signature by"):
        node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature_of(said))

    assert opened(node) == []
    assert node.groups_waiting() == []


def test_a_contract_wallet_is_told_that_it_cannot_sign_here(node: Node):
    records = runs()
    cids = cids_of(records)
    signature = signature_of(node.sealed_statement_of(GROUP, cids))

    with pytest.raises(ContractWalletError):
        node.contribute_signed_for(GROUP, cids, records, node.deployment.registry, signature)

    assert node.groups_waiting() == []


def test_where_another_signed_some_of_them_meanwhile_nothing_is_signed_twice(node: Node):
    records = runs(3)
    cids = cids_of(records)
    signature = signature_of(node.sealed_statement_of(GROUP, cids))
    node.accept_for(GROUP, records[:1])
    node.contribute_sealed(GROUP, only=cids[:1])

    with pytest.raises(InvalidInputError, match="signed and encrypted meanwhile"):
        node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature)

    assert [cid for cid, _, _ in opened(node)] == cids[:1]


@pytest.mark.parametrize("given", [0, 1])
def test_what_was_signed_and_is_not_here_is_never_taken_for_known(node: Node, given: int):
    records = runs()
    cids = cids_of(records)
    signature = signature_of(node.sealed_statement_of(GROUP, cids))

    with pytest.raises(InvalidInputError, match=f"{2 - given} of the 2 records"):
        node.contribute_signed_for(GROUP, cids, records[:given], ALICE.address, signature)

    assert opened(node) == [(cid, None, LedgerStatus.PENDING) for cid in cids[:given]]
    (identifier,) = node.contribute_signed_for(GROUP, cids, records, ALICE.address, signature)
    assert node.contribution(identifier).count == len(cids)


def test_no_statement_is_made_for_a_group_that_is_not_known(node: Node):
    with pytest.raises(NotFoundError, match="'taem'"):
        node.sealed_statement_of("taem", cids_of(runs(1)))
