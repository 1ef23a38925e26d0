"""Signatures that are none: of another form, for another place or time, or by a lying wallet."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import to_canonical_address
from eth_utils import to_checksum_address

import contracts
from tests.contracts.chain import BOND
from tests.contracts.chain import FAR
from tests.contracts.chain import FOR_TESTS
from tests.contracts.chain import digest
from tests.contracts.chain import malleated
from tests.contracts.evm import Evm
from tests.contracts.evm import Outcome
from tests.contracts.evm import selector

ROOT, MANIFEST, BATCH = digest("root"), digest("manifest"), digest("batch")
OTHER_ROOT = digest("other root")
WALLET = "0x" + "77" * 20
SENDER = "0x" + "99" * 20
PARAMETERS = {
    "anchorBySig": ("Anchor", "registry"),
    "attestBySig": ("Attest", "attestations"),
    "verifySubmissionSignature": ("Submission", "registry"),
    "proveEquivocation": ("Verdicts", "attestations"),
}
USES = sorted(PARAMETERS)
"""Every function that takes a signature."""

Form = Callable[[bytes], bytes]


def compact(signature: bytes) -> bytes:
    """EIP-2098: 64 bytes, v in the highest bit of s."""
    s = int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255
    return signature[:32] + s.to_bytes(32, "big")


FORMS: dict[str, Form] = {
    "high s": malleated,
    "EIP-2098": compact,
    "v of 0 or 1": lambda given: given[:64] + bytes([given[64] - 27]),
    "v of 2": lambda given: given[:64] + b"\x02",
    "v of EIP-155": lambda given: given[:64] + bytes([given[64] - 27 + 37]),
    "the other v": lambda given: given[:64] + bytes([55 - given[64]]),
    "66 bytes": lambda given: given + b"\x00",
    "64 bytes": lambda given: given[:64],
    "nothing": lambda _: b"",
    "zeros": lambda _: bytes(65),
    "r of zero": lambda given: bytes(32) + given[32:],
    "s of zero": lambda given: given[:32] + bytes(32) + given[64:],
    "r too large": lambda given: b"\xff" * 32 + given[32:],
    "twice": lambda given: given + given,
}


def use(
    evm: Evm, name: str, account: str, /, *, form: Form = bytes, **domain: Any
) -> tuple[str, tuple[Any, ...]]:
    """A call of a function by somebody's signature; the validator's key signs."""
    kind, place = PARAMETERS[name]
    chain = evm.chain
    verifier = domain.pop("verifier", getattr(chain, place))

    def signature(values: list[Any]) -> bytes:
        return form(chain.sign(chain.validator, kind, values, verifier, **domain))

    if name == "anchorBySig":
        given = signature([ROOT, 3, MANIFEST, 0, FAR])
        return "ContributionRegistry", (account, ROOT, 3, MANIFEST, FAR, given)
    if name == "attestBySig":
        values = [batch_of(evm), 1, ROOT, 3, 0, MANIFEST, FAR]
        return "Attestations", (account, *values, signature(values))
    if name == "verifySubmissionSignature":
        return "ContributionRegistry", (account, ROOT, 3, signature([ROOT, 3]))
    said = [(each, 3, 0) for each in (ROOT, OTHER_ROOT)]
    signatures = [signature([BATCH, 1, *each]) for each in said]
    return "Attestations", (account, BATCH, 1, said[0], signatures[0], said[1], signatures[1])


def batch_of(evm: Evm) -> bytes:
    name = evm.view("ContributionRegistry", "batchIdOf", SENDER, ROOT)
    if not evm.view("ContributionRegistry", "recordCountIn", name):
        assert evm.call(SENDER, "ContributionRegistry", "anchor", ROOT, 3, MANIFEST).ok
    return bytes(name)


def tried(evm: Evm, name: str, account: str, /, **changed: Any) -> Outcome:
    contract, arguments = use(evm, name, account, **changed)
    return evm.call(SENDER, contract, name, *arguments)


def taken(outcome: Outcome) -> bool:
    return outcome.ok and outcome.values != (False,)


def active(evm: Evm, account: str) -> str:
    """Makes anybody an active validator, so that only signatures stand in the way."""
    evm.state.set_balance(to_canonical_address(account), 2 * BOND)
    assert evm.call(evm.chain.governor.address, "ValidatorSet", "admit", account).ok
    assert evm.call(account, "ValidatorSet", "join", value=BOND).ok
    return account


@pytest.mark.parametrize("name", USES)
def test_a_keys_signature_is_taken(evm: Evm, name):
    assert taken(tried(evm, name, active(evm, evm.chain.validator.address)))


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("form", FORMS)
def test_no_other_form_is_taken(evm: Evm, name, form):
    account = active(evm, evm.chain.validator.address)

    outcome = tried(evm, name, account, form=FORMS[form])

    assert not taken(outcome)
    assert outcome.ok or outcome.error == ("InvalidSignature", account)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize(
    "domain",
    [{"chainId": 1}, {"name": "Perfledger"}, {"version": "2"}, {"verifyingContract": WALLET}],
    ids=lambda domain: next(iter(domain)),
)
def test_no_other_domain_is_taken(evm: Evm, name, domain):
    account = active(evm, evm.chain.validator.address)

    assert not taken(tried(evm, name, account, **domain))


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("other", ["registry", "validators", "attestations"])
def test_a_signature_for_one_contract_is_none_for_another(evm: Evm, name, other):
    account = active(evm, evm.chain.validator.address)
    is_own = PARAMETERS[name][1] == other

    outcome = tried(evm, name, account, verifier=getattr(evm.chain, other))

    assert taken(outcome) == is_own


@pytest.mark.parametrize("name", USES)
def test_a_fork_of_the_chain_takes_no_signature_from_before(evm: Evm, name):
    """The contracts look at the chain id each time, not only when they were deployed."""
    account = active(evm, evm.chain.validator.address)
    before = evm.chain_id
    evm.chain_id = 987_654

    assert not taken(tried(evm, name, account, chainId=before))
    assert taken(tried(evm, name, account, chainId=987_654))


@pytest.mark.parametrize("contract", ["ContributionRegistry", "Attestations"])
def test_the_same_code_at_another_address_is_another_contract(evm: Evm, contract):
    own = evm.interfaces[contract].address
    evm.state.set_code(to_canonical_address(WALLET), evm.state.get_code(own))
    view = ("submissionDigest", (ROOT, 3))
    if contract == "Attestations":
        view = ("verdictsDigest", (BATCH, 1, ROOT, 3, 0))
    here = evm.view(contract, view[0], *view[1])

    evm.interfaces[contract].address = to_canonical_address(WALLET)
    there = evm.view(contract, view[0], *view[1])
    domain = evm.view(contract, "eip712Domain")
    evm.interfaces[contract].address = own

    assert here != there
    assert domain[4] == to_checksum_address(WALLET)


@pytest.mark.parametrize("name", ["anchorBySig", "attestBySig"])
def test_a_signature_is_good_until_its_deadline(evm: Evm, name):
    account = active(evm, evm.chain.validator.address)
    evm.time = FAR + 1
    assert tried(evm, name, account).error == ("SignatureExpired", FAR)

    evm.time = FAR
    assert taken(tried(evm, name, account))


LIES = (
    "no",
    "revert",
    "nothing",
    "31 bytes",
    "magic at the wrong end",
    "magic and more",
    "true",
    "100,000 bytes",
    "all gas",
    "writes state",
)
"""Answers of `Liar`, by their place in its enumeration."""


@pytest.fixture
def liar(evm: Evm) -> str:
    """A contract wallet of the test contract's code, an active validator."""
    code = contracts.read(FOR_TESTS / "Liar.json").deployed_bytecode
    active(evm, WALLET)
    evm.state.set_code(to_canonical_address(WALLET), code)
    return to_checksum_address(WALLET)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("answer", range(len(LIES)), ids=LIES)
def test_a_wallet_that_lies_signs_nothing(evm: Evm, liar, name, answer):
    choose = selector("choose", ["uint8"]) + answer.to_bytes(32, "big")
    assert evm.send(SENDER, to_canonical_address(liar), choose).ok

    outcome = tried(evm, name, liar)

    assert not taken(outcome)
    assert outcome.ok or outcome.error == ("InvalidSignature", liar)


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("number", range(1, 18))
def test_a_precompile_signs_nothing(evm: Evm, name, number):
    """The identity precompile gives back what it is asked, which begins with the magic value."""
    account = active(evm, to_checksum_address(number.to_bytes(20, "big")))

    assert not taken(tried(evm, name, account))


@pytest.mark.parametrize("name", USES)
def test_the_zero_address_signs_nothing(evm: Evm, name):
    """ecrecover answers zero for what is no signature."""
    for form in FORMS.values():
        assert not taken(tried(evm, name, "0x" + 40 * "0", form=form))
