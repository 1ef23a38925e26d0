"""The browser's verifier says what the command's says: same result, same steps, same words."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.verify import Policy
from ledger.verify import Verification
from ledger.verify import verify_offline
from tests.frontend.browser_verifier import BrowserVerifier
from tests.verify.recorded import expected
from tests.verify.recorded import policy
from tests.verify.recorded import read

pytestmark = pytest.mark.node

ALL = {**expected()["recorded"], **expected()["derived"]}
VALID = json.loads(read("valid"))


def said_in_python(found: Verification) -> dict[str, Any]:
    steps = [
        {
            "name": step.name,
            "ok": step.ok,
            "proved": step.proved,
            "restsOn": step.rests_on,
            "values": dict(step.values),
        }
        for step in found.steps
    ]
    return {"result": found.result.value, "cid": found.cid, "steps": steps}


def in_its_own_words(found: dict[str, Any]) -> dict[str, Any]:
    """Without what a library said: why bytes are not JSON or RLP, each says in its own words."""
    *_, last = found["steps"]
    if last["ok"]:
        return found
    if last["name"] == "format":
        last = {**last, "proved": ""}
    elif "not RLP: " in last["proved"]:
        last = {**last, "proved": last["proved"].partition("not RLP: ")[0]}
    return {**found, "steps": [*found["steps"][:-1], last]}


def agreed(verifier: BrowserVerifier, proof: bytes, trusted: Policy) -> dict[str, Any]:
    """What both say; fails where they differ."""
    browser = verifier.verify(proof, trusted)
    python = said_in_python(verify_offline(proof, trusted))
    assert in_its_own_words(browser) == in_its_own_words(python)
    return browser


@pytest.mark.parametrize(("name", "result"), ALL.items(), ids=ALL)
def test_every_recorded_proof_ends_alike(verifier: BrowserVerifier, name: str, result: str) -> None:
    assert agreed(verifier, read(name), policy())["result"] == result


@pytest.mark.parametrize(
    "name", [name for name, result in expected()["recorded"].items() if result != "malformed"]
)
def test_a_policy_that_asks_for_more_ends_alike(verifier: BrowserVerifier, name: str) -> None:
    validators = [verdict["validator"] for verdict in VALID["verdicts"]]
    for changed in (
        {"expected_cid": VALID["record"]["cid"]},
        {"minimum_accepted": 3},
        {"minimum_accepted": 5},
        {"validators": frozenset(validators[:2])},
        {"validators": frozenset({VALID["batch"]["publisher"]})},
        {"trusted_blocks": frozenset()},
        {"contracts": replace(policy().contracts, attestations=policy().contracts.registry)},
        {"contracts": replace(policy().contracts, chain_id=1)},
    ):
        agreed(verifier, read(name), replace(policy(), **changed))


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*path, index))


PLACES = [place for place in _places(VALID) if place]
OTHERS = [
    inner
    for name in expected()["recorded"]
    for inner in (json.loads(read(name)),)
    if inner.get("verdicts")
]
"""Honest proofs, whose parts may be put into each other."""


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def _with(place: tuple[Any, ...], value: Any) -> bytes:
    proof = json.loads(read("valid"))
    _at(proof, place[:-1])[place[-1]] = value
    return json.dumps(proof).encode()


def _flipped(data: st.DataObject, text: str) -> str:
    raw = bytearray.fromhex(text[2:])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    return "0x" + raw.hex()


BYTES = [place for place in PLACES if str(_at(VALID, place)).startswith("0x")]
ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers(-1, 1 << 65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "0x", "0x0", "0xAB", "0x00", "baf", [], {}, [[]], "\ud800", "\x7f"])
    | st.text(max_size=8)
)


@given(data=st.data(), place=st.sampled_from(BYTES))
@settings(max_examples=400)
def test_no_flipped_bit_passes_in_either(
    verifier: BrowserVerifier, data: st.DataObject, place: tuple[Any, ...]
) -> None:
    altered = _with(place, _flipped(data, _at(VALID, place)))

    assert agreed(verifier, altered, policy())["result"] != "valid"


@given(data=st.data(), place=st.sampled_from([p for p in BYTES if p[-1] != "cid"]))
@settings(max_examples=200)
def test_what_is_cut_off_or_too_long_ends_alike(
    verifier: BrowserVerifier, data: st.DataObject, place: tuple[Any, ...]
) -> None:
    text = _at(VALID, place)
    size = data.draw(st.integers(0, len(text) + 4))

    agreed(verifier, _with(place, (text + "0000")[:size]), policy())


@given(place=st.sampled_from(PLACES), value=ANYTHING)
@settings(max_examples=400)
def test_any_other_value_ends_alike(
    verifier: BrowserVerifier, place: tuple[Any, ...], value: Any
) -> None:
    found = agreed(verifier, _with(place, value), policy())

    assert found["result"] != "valid" or _at(VALID, place) == value


@given(place=st.sampled_from(PLACES), data=st.data())
@settings(max_examples=400)
def test_parts_of_other_proofs_end_alike(
    verifier: BrowserVerifier, place: tuple[Any, ...], data: st.DataObject
) -> None:
    other = data.draw(st.sampled_from(OTHERS))
    try:
        value = _at(other, place)
    except (KeyError, IndexError):
        return

    agreed(verifier, _with(place, value), policy())


@given(st.integers(0, len(read("valid")) - 1), st.integers(1, 255))
@settings(max_examples=400)
def test_a_damaged_file_ends_alike(verifier: BrowserVerifier, at: int, flip: int) -> None:
    raw = bytearray(read("valid"))
    raw[at] ^= flip

    agreed(verifier, bytes(raw), policy())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"{}",
        b'{"version": 1',
        b"\xff\xfe",
        "{}".encode("utf-16"),
        read("valid").decode().encode("utf-16"),
        read("valid").decode().encode("utf-8-sig"),
        read("valid").replace(b'"version": 1', b'"version": true', 1),
        read("valid").replace(b'"version": 1', b'"version": 1.0', 1),
        read("valid").replace(b'"version": 1', b'"version": 1e0', 1),
        read("valid").replace(b'"chain_id": 1337', b'"chain_id": -0', 1),
        read("valid").replace(b'"chain_id": 1337', b'"chain_id": 01337', 1),
        read("valid").replace(b'"chain_id": 1337', b'"chain_id": NaN', 1),
        read("valid").replace(b'"chain_id"', b'"chain\\u005fid"', 1),
        read("valid").replace(b'"chain_id"', b'"chain_id": 1337, "chain\\u005fid"', 1),
        read("valid").replace(b'"chain_id"', b'"__proto__": {}, "chain_id"', 1),
        read("valid").replace(b'"chain_id"', b'"constructor": 1, "chain_id"', 1),
        read("valid") + b"{}",
        read("valid") + b"\x00",
        b"[" * 100_000,
        b"0x" * 8_192,
        b'"' + b"\\" * 9_999,
    ],
    ids=lambda content: repr(content[:20] + content[-4:]),
)
def test_what_readers_of_json_differ_in_ends_alike(
    verifier: BrowserVerifier, content: bytes
) -> None:
    agreed(verifier, content, policy())
