"""A record, its canonical bytes, its JSON and its name say the same, whoever writes them."""

import json
from decimal import Decimal
from typing import Any

import dag_cbor
from hypothesis import given
from multiformats import CID
from multiformats import multihash

from ledger.record import cid as cids
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.cid import Digest
from ledger.record.schema import Record
from tests.record.strategies import digests
from tests.record.strategies import records


def as_javascript_writes_it(value: Any) -> Any:
    """A language with one type of number writes 3.0 as 3, and whole numbers below 1e21 in full."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(Decimal(repr(value)))
    if isinstance(value, dict):
        return {name: as_javascript_writes_it(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_javascript_writes_it(each) for each in value]
    return value


def as_python_truncates_it(value: Any) -> Any:
    """Every whole number as an integer of its exact value."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: as_python_truncates_it(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_python_truncates_it(each) for each in value]
    return value


@given(records)
def test_decoding_gives_the_record_that_was_encoded(record: Record):
    block = codec.encode(record)

    assert codec.decode(block) == record
    assert codec.encode(codec.decode(block)) == block


@given(records)
def test_a_record_keeps_its_name_through_json(record: Record):
    text = record.model_dump_json()

    assert codec.cid_of(codec.from_json(text)) == codec.cid_of(record)
    assert codec.cid_of(codec.from_python(json.loads(text))) == codec.cid_of(record)


@given(records)
def test_a_record_keeps_its_name_through_a_reader_that_turns_3_0_into_3(record: Record):
    plain = record.model_dump(mode="json")

    for rewrite in (as_javascript_writes_it, as_python_truncates_it):
        assert codec.cid_of(codec.from_json(json.dumps(rewrite(plain)))) == codec.cid_of(record)


@given(records)
def test_an_independent_implementation_writes_the_same_bytes_and_the_same_name(record: Record):
    block = codec.encode(record)
    value = record.model_dump(mode="json")

    assert dag_cbor.encode(value) == block
    assert dag_cbor.decode(block) == value
    name = CID("base32", 1, "dag-cbor", multihash.digest(block, "sha2-256"))
    assert str(name) == codec.cid_of(record)


@given(records)
def test_absent_and_empty_fields_leave_no_trace(record: Record):
    def check(value: Any) -> None:
        assert value is not None
        assert value not in ({}, [])
        if isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                check(each)

    check(dagcbor.decode(codec.encode(record)))


@given(digests)
def test_names_in_text_and_bytes_agree_with_an_independent_implementation(digest: Digest):
    name = CID.decode(cids.to_text(digest))

    assert bytes(name) == cids.to_bytes(digest)
    assert name.raw_digest == digest
    assert cids.from_text(str(name)) == digest
    assert cids.from_bytes(bytes(name)) == digest
