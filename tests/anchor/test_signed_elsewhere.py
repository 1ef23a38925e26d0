"""A submission that a wallet signed: taken once, whole, and in nobody's name but its signer's."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from ledger.anchor.outbox.batches import BatchState
from ledger.anchor.outbox.records import AlreadySubmittedError
from ledger.anchor.signatures import ContractWalletError
from ledger.anchor.signatures import WrongSignatureError
from ledger.errors import InvalidInputError
from ledger.node import Node
from ledger.record.eip712 import submission
from tests.anchor.homes import anchored_records
from tests.anchor.homes import runs
from tests.anchor.test_submission import malleated

ALICE: LocalAccount = Account.from_key("0x" + "a1" * 32)
BOB: LocalAccount = Account.from_key("0x" + "b2" * 32)


def accepted(node: Node, count: int = 2) -> tuple[str, ...]:
    return node.accept(runs(count)).new


def signature_of(node: Node, cids: Sequence[str], account: LocalAccount = ALICE) -> bytes:
    """What a wallet gives for the typed data it is shown."""
    shown = node.statement_of(cids).typed_data()
    return bytes(account.sign_message(encode_typed_data(full_message=shown)).signature)


def test_it_is_carried_to_the_chain_in_the_name_of_who_signed_it(node: Node):
    cids = accepted(node)

    identifier = node.submit_signed(cids, ALICE.address, signature_of(node, cids))
    while [batch.state for batch in node.outbox.batches.all()] != [BatchState.FINAL]:
        node.cycle()

    assert node.contribution(identifier).contributor == ALICE.address
    assert set(anchored_records(node).values()) == {1}
    assert {node.queries.record(cid).row.contributor for cid in cids} == {ALICE.address}
    assert node.verify(node.proof(cids[0]).to_json().encode()).steps[1].ok


def test_sending_it_again_finds_the_first(node: Node):
    cids = accepted(node)
    signature = signature_of(node, cids)

    first = node.submit_signed(cids, ALICE.address, signature)
    again = node.submit_signed(cids, ALICE.address, signature)
    in_another_order = node.submit_signed(cids[::-1], ALICE.address, signature)

    assert first == again == in_another_order
    assert len(node.on_their_way()) == 1


def test_records_that_another_has_signed_here_are_refused_and_counted(node: Node):
    cids = accepted(node, 3)
    node.submit_signed(cids[:1], BOB.address, signature_of(node, cids[:1], BOB))

    with pytest.raises(AlreadySubmittedError, match="1 of the records"):
        node.submit_signed(cids, ALICE.address, signature_of(node, cids))

    assert node.unsigned() == list(cids[1:])
    left = node.submit_signed(cids[1:], ALICE.address, signature_of(node, cids[1:]))
    assert node.contribution(left).cids == cids[1:]


def test_the_same_records_under_a_second_contributor_are_not_the_first_ones(node: Node):
    cids = accepted(node)
    node.submit_signed(cids, BOB.address, signature_of(node, cids, BOB))

    with pytest.raises(AlreadySubmittedError, match="2 of the records"):
        node.submit_signed(cids, ALICE.address, signature_of(node, cids))


def test_a_part_of_a_submission_is_not_that_submission(node: Node):
    cids = accepted(node)
    node.submit_signed(cids, ALICE.address, signature_of(node, cids))

    with pytest.raises(AlreadySubmittedError):
        node.submit_signed(cids[:1], ALICE.address, signature_of(node, cids[:1]))


def test_another_key_than_the_contributors_is_refused_by_name(node: Node):
    cids = accepted(node)

    with pytest.raises(WrongSignatureError, match=BOB.address) as refused:
        node.submit_signed(cids, ALICE.address, signature_of(node, cids, BOB))

    assert "sign again" in refused.value.hint
    assert node.unsigned() == list(cids)


@pytest.mark.parametrize("fault", ["other records", "another chain", "another contract"])
def test_a_signature_of_something_else_is_refused(node: Node, fault: str):
    cids = accepted(node)
    said = node.statement_of(cids)
    domain = said.domain
    if fault == "another chain":
        domain = replace(domain, chain_id=domain.chain_id + 1)
    if fault == "another contract":
        domain = replace(domain, contract=node.deployment.attestations)
    root = said.values["root"] if fault != "other records" else bytes(32)
    signed = ALICE.sign_message(submission(domain, root, len(cids)).signable())

    with pytest.raises(WrongSignatureError, match="is not a signature by"):
        node.submit_signed(cids, ALICE.address, bytes(signed.signature))

    assert node.on_their_way() == []


@pytest.mark.parametrize("signature", [b"", b"\1" * 64, b"\1" * 65, b"\xff" * 65, b"\0" * 10_000])
def test_what_is_no_signature_is_refused(node: Node, signature: bytes):
    with pytest.raises(WrongSignatureError):
        node.submit_signed(accepted(node), ALICE.address, signature)


def test_a_second_form_of_a_signature_is_refused(node: Node):
    cids = accepted(node)

    with pytest.raises(WrongSignatureError):
        node.submit_signed(cids, ALICE.address, malleated(signature_of(node, cids)))


def test_wallets_may_write_the_recovery_id_as_parity(node: Node):
    """As some hardware wallets do: 0 and 1 for 27 and 28."""
    cids = accepted(node)
    signature = signature_of(node, cids)

    identifier = node.submit_signed(
        cids, ALICE.address, signature[:64] + bytes([signature[64] - 27])
    )

    kept = node.outbox.records.read(identifier)
    assert kept.signature == signature


def test_wallets_may_sign_compactly(node: Node):
    """EIP-2098: the parity is the highest bit of s."""
    cids = accepted(node)
    signature = signature_of(node, cids)
    compact = signature[:32] + bytes([signature[32] | (signature[64] - 27) << 7]) + signature[33:64]

    identifier = node.submit_signed(cids, ALICE.address, compact)

    assert node.outbox.records.read(identifier).signature == signature


def test_a_contract_wallet_is_told_that_it_cannot_sign_here(node: Node):
    cids = accepted(node)
    contract = node.deployment.registry

    with pytest.raises(ContractWalletError, match="contract") as refused:
        node.submit_signed(cids, contract, signature_of(node, cids))

    assert "ERC-1271" in refused.value.message
    assert "key of its own" in refused.value.hint


def test_nothing_is_signed_that_is_not_on_disk(node: Node):
    elsewhere = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
    signature = signature_of(node, [elsewhere])

    with pytest.raises(InvalidInputError, match="not known here"):
        node.submit_signed([elsewhere], ALICE.address, signature)


def test_a_record_given_twice_is_refused(node: Node):
    cids = accepted(node, 1) * 2

    with pytest.raises(InvalidInputError):
        node.submit_signed(cids, ALICE.address, b"\1" * 65)
