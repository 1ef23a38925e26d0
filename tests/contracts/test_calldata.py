"""Malformed calls of every function: refused before anything is done."""

from collections.abc import Iterator
from typing import Any

import pytest

import contracts
from tests.contracts.chain import BOND
from tests.contracts.chain import digest
from tests.contracts.evm import Evm
from tests.contracts.evm import words_of
from tests.contracts.model import batch_name

FUNCTIONS = [
    pytest.param(name, entry, id=f"{name}.{entry['name']}")
    for name in contracts.NAMES
    for entry in contracts.load(name).abi
    if entry["type"] == "function"
]
ROOT = digest("root")
FULL_WORD = b"\xff" * 32
WIDTHS = {"bytes32": 256, "uint256": 256, "address": 160}


def refused(evm: Evm, contract: str, data: bytes, *, value: int = 0) -> bool:
    sender = evm.chain.governor.address
    sent = evm.send(sender, evm.interfaces[contract].address, data, value=value)
    return not sent.ok and sent.output == b""


def well_formed(evm: Evm, contract: str, entry: Any) -> tuple[bytes, list[bytes]]:
    """A call with small values and empty lists, as selector and words."""
    data = evm.interfaces[contract].data(entry["name"], *values_of(entry["inputs"]))
    return data[:4], words_of(data[4:])


def values_of(inputs: Any) -> list[Any]:
    return [value_of(given) for given in inputs]


def value_of(given: Any) -> Any:
    kind = given["type"]
    if kind == "tuple":
        return tuple(values_of(given["components"]))
    if kind.endswith("[]"):
        return []
    if kind == "address":
        return "0x" + "00" * 19 + "01"
    if kind == "bytes":
        return b""
    if kind.startswith("bytes"):
        return bytes(int(kind[5:]))
    return kind == "bool" or 1


@pytest.mark.parametrize(("contract", "entry"), FUNCTIONS)
def test_ether_comes_with_join_only(evm: Evm, contract, entry):
    selector, words = well_formed(evm, contract, entry)
    data = selector + b"".join(words)

    assert refused(evm, contract, data, value=1) == (entry["stateMutability"] != "payable")


@pytest.mark.parametrize(("contract", "entry"), FUNCTIONS)
def test_views_answer_and_change_nothing(evm: Evm, contract, entry):
    selector, words = well_formed(evm, contract, entry)
    before = evm.state.state_root

    sent = evm.send(
        evm.chain.stranger.address, evm.interfaces[contract].address, selector + b"".join(words)
    )

    if entry["stateMutability"] in ("view", "pure"):
        assert sent.ok
        assert (sent.logs, evm.state.state_root) == ((), before)


@pytest.mark.parametrize(("contract", "entry"), FUNCTIONS)
def test_calldata_that_ends_too_early_is_refused(evm: Evm, contract, entry):
    selector, words = well_formed(evm, contract, entry)

    for kept in range(len(words)):
        assert refused(evm, contract, selector + b"".join(words[:kept]))
        assert refused(evm, contract, selector + b"".join(words[:kept]) + words[kept][:31])


@pytest.mark.parametrize(("contract", "entry"), FUNCTIONS)
def test_values_that_do_not_fit_their_types_are_refused(evm: Evm, contract, entry):
    """Offsets and lengths too. A struct's members are checked where they are used, see below."""
    selector, words = well_formed(evm, contract, entry)

    for place in narrow(entry["inputs"], len(words)):
        changed = [*words]
        for word in (FULL_WORD, (2**64).to_bytes(32, "big"), (2**63).to_bytes(32, "big")):
            changed[place] = word
            assert refused(evm, contract, selector + b"".join(changed)) or fits(word, entry, place)


def narrow(inputs: Any, count: int) -> Iterator[int]:
    """The places of words that not every value fits: the tail's are lengths."""
    flat = list(flattened(inputs))
    yield from (place for place, kind in enumerate(flat) if WIDTHS.get(kind, 0) < 256)
    yield from range(len(flat), count)


def flattened(inputs: Any) -> Iterator[str]:
    """The types of a call's words; a struct's members take any value."""
    for given in inputs:
        if given["type"] == "tuple":
            yield from ("bytes32" for _ in given["components"])
        else:
            yield given["type"]


STATEMENT = (digest("verdicts"), 1, 0, digest("report"))


@pytest.mark.parametrize("member", [1, 2])
def test_the_numbers_of_a_statement_fit_their_types(evm: Evm, member):
    interface = evm.interfaces["Attestations"]
    words = words_of(interface.data("commitmentTo", STATEMENT)[4:])
    words[member] = FULL_WORD

    assert refused(evm, "Attestations", interface.selector("commitmentTo") + b"".join(words))


@pytest.mark.parametrize("place", [2, 3, 4, 5, 7, 8])
def test_a_verdict_that_is_none_proves_nothing(evm: Evm, place):
    """Numbers of the statement, the verdict itself: each too large for its type."""
    chain, interface = evm.chain, evm.interfaces["Attestations"]
    assert evm.call(chain.governor.address, "ValidatorSet", "admit", chain.validator.address).ok
    assert evm.call(chain.validator.address, "ValidatorSet", "join", value=BOND).ok
    assert evm.call(chain.validator.address, "ContributionRegistry", "anchor", ROOT, 1, ROOT).ok
    batch = batch_name(chain.validator.address, ROOT)
    assert evm.call(chain.validator.address, "Attestations", "attest", batch, 1, *STATEMENT).ok
    verdict = (digest("record"), True, 0)
    data = interface.data("verifyVerdict", batch, chain.validator.address, STATEMENT, verdict, [])
    words = words_of(data[4:])
    assert evm.send(chain.stranger.address, interface.address, data).ok
    words[place] = FULL_WORD

    broken = evm.send(chain.stranger.address, interface.address, data[:4] + b"".join(words))

    assert not broken.ok or broken.output == bytes(32)


@pytest.mark.parametrize("place", [4, 5, 8, 9])
def test_the_numbers_of_two_verdicts_fit_their_types(evm: Evm, place):
    chain, interface = evm.chain, evm.interfaces["Attestations"]
    said = [(digest(name), 1, 0) for name in "ab"]
    signatures = [
        chain.sign(chain.validator, "Verdicts", [ROOT, 1, *each], chain.attestations)
        for each in said
    ]
    data = interface.data(
        "proveEquivocation",
        chain.validator.address,
        ROOT,
        1,
        said[0],
        signatures[0],
        said[1],
        signatures[1],
    )
    words = words_of(data[4:])
    assert interface.selector("proveEquivocation") == data[:4]
    words[place] = FULL_WORD

    assert refused(evm, "Attestations", data[:4] + b"".join(words))


def fits(word: bytes, entry: Any, place: int) -> bool:
    """Whether a word is a value of its type after all: 2^64 is an address, for example."""
    kinds = list(flattened(entry["inputs"]))
    if place >= len(kinds):
        return False
    kind = kinds[place]
    width = WIDTHS.get(kind, 0) or int(kind.removeprefix("uint") or 0) if "int" in kind else 0
    width = WIDTHS.get(kind, width)
    if kind == "bytes4":
        return word[4:] == bytes(28)
    return int.from_bytes(word, "big") < 2**width


@pytest.mark.parametrize("contract", contracts.NAMES)
def test_unknown_functions_are_refused(evm: Evm, contract):
    known = {evm.interfaces[contract].selector(name) for name in evm.interfaces[contract].functions}

    for selector in [bytes(4), b"\xff" * 4, *(_next(each) for each in known)]:
        assert selector in known or refused(evm, contract, selector + bytes(320))


def _next(selector: bytes) -> bytes:
    return ((int.from_bytes(selector, "big") + 1) % 2**32).to_bytes(4, "big")


@pytest.mark.parametrize("contract", contracts.NAMES)
@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x02\x03"])
@pytest.mark.parametrize("value", [0, 1])
def test_calls_that_name_no_function_are_refused(evm: Evm, contract, data, value):
    assert refused(evm, contract, data, value=value)


def test_more_calldata_than_needed_changes_nothing(evm: Evm):
    interface = evm.interfaces["ValidatorSet"]
    data = interface.data("quorumAt", 0)

    longer = evm.send(evm.chain.stranger.address, interface.address, data + FULL_WORD)

    assert longer.ok
    assert int.from_bytes(longer.output, "big") == 2
