"""Disclosed values lead to the same result in the browser as in Python, forged ones too."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.privacy import commitment
from ledger.privacy.commitment import Withheld
from ledger.record import cid
from ledger.record import dagcbor
from tests.conftest import execution
from tests.frontend.browser_verifier import BrowserVerifier
from tests.frontend.test_differential import agreed
from tests.verify.recorded import policy
from tests.verify.recorded import read

pytestmark = pytest.mark.node

PATHS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
VALUES = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e9, 1e9)
    | st.text(st.characters(codec="utf-8"), max_size=40)
)
WITHHELD = st.dictionaries(
    PATHS, st.tuples(VALUES, st.binary(min_size=32, max_size=32)), min_size=1, max_size=5
).map(lambda found: [Withheld(path, *each) for path, each in sorted(found.items())])


quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def hex_of(raw: bytes) -> str:
    return f"0x{raw.hex()}"


def parts_of(withheld: list[Withheld]) -> list[dict[str, Any]]:
    shown = commitment.disclose(withheld, [each.path for each in withheld])
    return [
        {
            "field": each.field.path,
            "value": hex_of(dagcbor.encode(each.field.value)),
            "salt": hex_of(each.field.salt),
            "path": [hex_of(node) for node in each.proof],
        }
        for each in shown
    ]


def proof_of(committed: Any, parts: list[dict[str, Any]]) -> bytes:
    """A proof file around a record that is committed to something."""
    plain = execution("sort", "m4.2xlarge", 4, 10, 1).model_dump(mode="json")
    block = dagcbor.encode({**plain, "commitment": committed} if committed else plain)
    proof = json.loads(read("valid"))
    proof["record"] = {"cid": cid.cid_of(block), "bytes": hex_of(block)}
    proof["disclosures"] = parts
    return json.dumps(proof).encode()


@quick
@given(WITHHELD)
def test_what_was_withheld_holds(verifier: BrowserVerifier, withheld: list[Withheld]) -> None:
    committed = commitment.of(withheld).model_dump(mode="json")

    found = agreed(verifier, proof_of(committed, parts_of(withheld)), policy())

    (step,) = [each for each in found["steps"] if each["name"] == "disclosed"]
    assert found["result"] == "not-in-submission"  # the record is none of this file's submission
    assert step["values"] == {each.path: each.value for each in withheld}


@quick
@given(WITHHELD, st.data())
def test_a_part_that_was_changed_does_not(
    verifier: BrowserVerifier, withheld: list[Withheld], data: st.DataObject
) -> None:
    committed = commitment.of(withheld).model_dump(mode="json")
    parts = parts_of(withheld)
    part = data.draw(st.sampled_from(parts))
    name = data.draw(st.sampled_from(["field", "value", "salt", "path"]))
    before = json.dumps(part)
    part[name] = data.draw(
        {
            "field": PATHS,
            "value": VALUES.map(lambda value: hex_of(dagcbor.encode(value)))
            | st.binary(max_size=9).map(hex_of),
            "salt": st.binary(min_size=32, max_size=32).map(hex_of),
            "path": st.lists(st.binary(min_size=32, max_size=32).map(hex_of), max_size=3),
        }[name]
    )

    found = agreed(verifier, proof_of(committed, parts), policy())

    same = json.dumps(part) == before
    assert found["result"] == ("not-in-submission" if same else "wrong-disclosure")


ROOT = "0x" + "11" * 32


@pytest.mark.parametrize(
    "committed",
    [
        None,
        "root",
        [ROOT],
        {"root": ROOT},
        {"root": ROOT, "fields": []},
        {"root": ROOT, "fields": ["b", "a"]},
        {"root": ROOT, "fields": ["a", "a"]},
        {"root": ROOT, "fields": [""]},
        {"root": ROOT, "fields": ["x" * 513]},
        {"root": ROOT, "fields": ["a", 7]},
        {"root": ROOT, "fields": "a"},
        {"root": ROOT, "fields": {"a": 1}},
        {"root": ROOT.upper(), "fields": ["a"]},
        {"root": 7, "fields": ["a"]},
        {"root": ROOT, "fields": ["a"], "more": 1},
        {"root": ROOT, "fields": [f"{number:04}" for number in range(513)]},
    ],
)
def test_a_record_that_is_committed_to_nothing_withholds_nothing(
    verifier: BrowserVerifier, committed: Any
) -> None:
    parts = parts_of([Withheld("a", 1, bytes(32))])

    found = agreed(verifier, proof_of(committed, parts), policy())

    assert found["result"] == "wrong-disclosure"
    assert found["steps"][-1]["proved"] == "the record withholds nothing"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("0x", "a is not disclosed as a value"),
        ("0xf6", "a is not disclosed as a value"),
        ("0x80", "a is not disclosed as a value"),
        ("0x4101", "a is not disclosed as a value"),
        ("0x1801", "a is not disclosed as a value"),
        ("0x0101", "a is not disclosed as a value"),
    ],
)
def test_only_single_canonical_values_are_disclosed(
    verifier: BrowserVerifier, value: str, reason: str
) -> None:
    withheld = [Withheld("a", 1, bytes(32))]
    (part,) = parts_of(withheld)
    committed = commitment.of(withheld).model_dump(mode="json")

    found = agreed(verifier, proof_of(committed, [{**part, "value": value}]), policy())

    assert found["steps"][-1]["proved"] == reason


def test_a_value_is_disclosed_once(verifier: BrowserVerifier) -> None:
    withheld = [Withheld("a", 1, bytes(32))]
    committed = commitment.of(withheld).model_dump(mode="json")

    found = agreed(verifier, proof_of(committed, parts_of(withheld) * 2), policy())

    assert found["steps"][-1]["proved"] == "a is disclosed twice"


@pytest.mark.parametrize("parts", [[], {}, [{}], "x", [{"field": "a"}]])
def test_what_is_no_list_of_disclosures_is_malformed(verifier: BrowserVerifier, parts: Any) -> None:
    assert agreed(verifier, proof_of(None, parts), policy())["result"] == "malformed"
