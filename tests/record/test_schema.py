"""What a record may say, in which units, and how faults are named."""

import json
from typing import Any

import pytest

from ledger.record import cid
from ledger.record import codec
from ledger.record import schema
from ledger.record.codec import InvalidRecordError
from tests.conftest import execution


def plain(**changes: Any) -> dict[str, Any]:
    return execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json") | changes


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"runtime_minutes": 5}, "runtime_minutes: unknown field"),
        ({"cluster": {"nodes": 2, "gpus": 1}}, "cluster.gpus: unknown field"),
        ({"stages": [{"name": "map", "runtime_seconds": 1, "cost": 2}]}, "stages.0.cost: unknown"),
        (
            {"origin": {"kind": "file", "sha256": "ab" * 32, "row": 1, "line": 1}},
            "origin.file.line",
        ),
        ({"runtime_seconds": -1}, "runtime_seconds: Input should be greater"),
        ({"runtime_seconds": "fast"}, "runtime_seconds: Input should be a valid number"),
        ({"cluster": {"nodes": 0}}, "cluster.nodes: Input should be greater"),
        ({"cluster": {"nodes": 2.5}}, "cluster.nodes: Input should be a valid integer"),
        ({"input": {"size_bytes": 2**53}}, "input.size_bytes: Input should be less"),
        ({"configuration": {"n": 2**53 + 1}}, "configuration.n: integers beyond"),
        ({"configuration": {"n": 10**400}}, "configuration.n: integers beyond"),
        ({"configuration": {"n": [1]}}, "configuration.n."),
        ({"configuration": {"": 1}}, "configuration."),
        ({"status": "done"}, "status: Input should be 'succeeded', 'failed' or 'killed'"),
        ({"started_at": "2024-03-01T02:00:00"}, "started_at: Input should have timezone"),
        ({"origin": {"kind": "rumour"}}, "origin: Input tag 'rumour'"),
        ({"origin": {"kind": "file", "sha256": "AB" * 32, "row": 1}}, "origin.file.sha256: "),
        ({"version": 2}, "version: Input should be 1"),
        ({"parents": ["bafybeigdyrzt"]}, "parents.0: not a CID of this ledger"),
        ({"job": {"name": "sort"}}, "job.framework: Field required"),
    ],
)
def test_a_fault_is_reported_with_its_field(changes: dict[str, Any], named: str):
    with pytest.raises(InvalidRecordError) as caught:
        codec.from_python(plain(**changes))

    assert caught.value.message.startswith(named)
    assert caught.value.hint


def test_every_fault_of_a_record_is_reported_at_once():
    with pytest.raises(InvalidRecordError) as caught:
        codec.from_python(plain(status="done", speed=1, runtime_seconds=float("nan")))

    assert {field for field, _ in caught.value.problems} == {"status", "speed", "runtime_seconds"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", ["runtime_seconds", "configuration"])
def test_numbers_that_are_none_are_refused(value: float, place: str):
    given = {"x": value} if place == "configuration" else value

    with pytest.raises(InvalidRecordError):
        codec.from_python(plain(**{place: given}))


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"version": 1', "\ud800"])
def test_text_that_is_no_record_is_refused(text: str):
    with pytest.raises(InvalidRecordError):
        codec.from_json(text)


def test_json_that_is_nested_without_end_is_refused():
    with pytest.raises(InvalidRecordError):
        codec.from_json('{"configuration": ' + '{"a":' * 100_000)


def test_text_that_is_not_unicode_has_no_canonical_form():
    with pytest.raises(codec.dagcbor.MalformedBlockError):
        codec.encode(codec.from_python(plain(configuration={"name": "\udc80"})))


@pytest.mark.parametrize("value", [3, 3.0])
def test_a_whole_number_is_one_value_however_it_is_written(value: float):
    three = codec.cid_of(codec.from_python(plain(configuration={"k": 3}, runtime_seconds=3)))

    found = codec.from_python(plain(configuration={"k": value}, runtime_seconds=value))

    assert codec.cid_of(found) == three


@pytest.mark.parametrize(("one", "other"), [(True, 1), (False, 0), ("1", 1), (0.1, "0.1")])
def test_values_of_different_types_have_different_names(one: Any, other: Any):
    names = {
        codec.cid_of(codec.from_python(plain(configuration={"k": value}))) for value in (one, other)
    }

    assert len(names) == 2


def test_one_moment_is_one_value_in_every_zone():
    names = {
        codec.cid_of(codec.from_python(plain(started_at=moment)))
        for moment in (
            "2024-03-01T02:00:00Z",
            "2024-03-01T03:00:00+01:00",
            "2024-02-29T18:30:00.000-07:30",
        )
    }

    assert len(names) == 1


def test_repeats_of_one_configuration_are_told_apart_by_their_origin():
    first, second = (
        plain(origin={"kind": "file", "sha256": "ab" * 32, "row": row}) for row in (1, 2)
    )

    assert codec.cid_of(codec.from_python(first)) != codec.cid_of(codec.from_python(second))


def leaves(part: dict[str, Any], definitions: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, field)
        for model in [part, *definitions.values()]
        for name, field in model.get("properties", {}).items()
    ]


def test_every_field_of_the_json_schema_is_described_and_refuses_others():
    published = dict(schema.json_schema())
    json.dumps(published)

    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name, field in leaves(published, published["$defs"]):
        described = published["$defs"].get(field.get("$ref", "").removeprefix("#/$defs/"), field)
        assert name == "kind" or field.get("description") or described["description"], name
    models = [part for part in published["$defs"].values() if "properties" in part]
    assert all(part["additionalProperties"] is False for part in [published, *models])


def test_quantities_name_their_unit():
    published = dict(schema.json_schema())
    quantities = {
        name
        for name, _ in leaves(published, published["$defs"])
        for word in ("time", "memory", "size", "bytes", "seconds", "spilled")
        if word in name
    }

    assert quantities
    endings = ("_seconds", "_records")
    assert all("_bytes" in name or name.endswith(endings) for name in quantities)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bafyrei",
        "Qm" + "a" * 44,
        "B" + cid.to_text(cid.Digest(bytes(32)))[1:],
        cid.to_text(cid.Digest(bytes(32))).upper(),
        cid.to_text(cid.Digest(bytes(32)))[:-1] + "1",
        cid.to_text(cid.Digest(bytes(32)))[:-1] + "b",
        "bafybei" + cid.to_text(cid.Digest(bytes(32)))[7:],
        cid.to_text(cid.Digest(bytes(32))) + "a",
        "ü" * 59,
    ],
)
def test_other_names_than_the_ledgers_are_refused(text: str):
    with pytest.raises(cid.InvalidCIDError):
        cid.from_text(text)
