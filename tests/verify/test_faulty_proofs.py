"""Every faulty proof fails in its own way, and nothing that is altered passes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.verify import Result
from ledger.verify import verify_offline
from tests.assets.generate_proofs import derived
from tests.verify.recorded import FOLDER
from tests.verify.recorded import expected
from tests.verify.recorded import path_of
from tests.verify.recorded import policy
from tests.verify.recorded import read

ALL = {**expected()["recorded"], **expected()["derived"]}
MISSING_IN_FILES = {
    # These need a policy that asks for more, or a node: see test_outcomes and tests/groups.
    Result.WRONG_RECORD,
    Result.UNKNOWN_VALIDATOR,
    Result.OMITTED_VERDICT,
    Result.SEALED_FOR_OTHERS,
    Result.BAD_CONTENT,
}


@pytest.mark.parametrize(("name", "result"), ALL.items(), ids=ALL)
def test_a_proof_ends_in_the_result_its_fault_calls_for(name: str, result: str) -> None:
    found = verify_offline(read(name), policy())

    assert found.result == result, found.steps[-1]
    assert found.ok == (result == "valid")


def test_every_file_has_an_expectation_and_every_expectation_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {*ALL, "expected"}


def test_every_result_has_a_file() -> None:
    assert {Result(result) for result in ALL.values()} == set(Result) - MISSING_IN_FILES


@pytest.mark.parametrize(("name", "text"), derived().items(), ids=derived())
def test_the_files_are_those_that_the_script_derives(name: str, text: str) -> None:
    assert path_of(name).read_text(encoding="utf-8") == text


def test_trust_in_any_other_block_is_not_enough() -> None:
    other = replace(policy(), trusted_blocks=frozenset({bytes(32)}))

    assert verify_offline(read("valid"), other).result is Result.UNTRUSTED_BLOCK


def _hex_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _hex_places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _hex_places(inner, (*path, index))
    elif isinstance(value, str) and value.startswith("0x") and path[-1] not in ADDRESSES:
        yield path


ADDRESSES = {
    "registry",
    "validator_set",
    "attestations",
    "contributor",
    "publisher",
    "validator",
    "address",
}
VALID = json.loads(read("valid"))
PLACES = [place for place in _hex_places(VALID) if place]


def _altered(place: tuple[Any, ...], change: Any) -> bytes:
    proof = json.loads(read("valid"))
    inner = proof
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = change(inner[place[-1]])
    return json.dumps(proof).encode()


@given(st.sampled_from(PLACES), st.data())
@settings(max_examples=400)
def test_no_altered_byte_passes(place: tuple[Any, ...], data: st.DataObject) -> None:
    def change(text: str) -> str:
        raw = bytearray.fromhex(text[2:])
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] ^= data.draw(st.integers(1, 255))
        return "0x" + raw.hex()

    found = verify_offline(_altered(place, change), policy())

    assert not found.ok, place


@given(st.sampled_from(PLACES), st.integers(0, 40))
def test_nothing_that_is_cut_off_passes(place: tuple[Any, ...], kept: int) -> None:
    found = verify_offline(
        _altered(place, lambda text: text[: 2 + 2 * min(kept, len(text) // 2 - 2)]), policy()
    )

    assert not found.ok, place


def _numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _numbers(inner, (*path, index))
    elif isinstance(value, int):
        yield path


@given(st.sampled_from(list(_numbers(VALID))), st.integers(0, 2**32))
@settings(max_examples=200)
def test_no_altered_number_passes(place: tuple[Any, ...], number: int) -> None:
    altered = _altered(place, lambda _: number)

    assert verify_offline(altered, policy()).ok == (json.loads(altered) == VALID)


@given(st.integers(0, len(read("valid")) - 1), st.integers(1, 255))
@settings(max_examples=200)
def test_no_damaged_file_breaks_the_verifier(at: int, flip: int) -> None:
    raw = bytearray(read("valid"))
    raw[at] ^= flip

    found = verify_offline(bytes(raw), policy())

    same = _values(bytes(raw)) == VALID
    assert found.ok == same


def _values(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_what_is_no_proof_is_malformed(content: bytes | str) -> None:
    assert verify_offline(content, policy()).result is Result.MALFORMED
