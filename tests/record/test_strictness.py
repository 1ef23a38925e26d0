"""One value has one block: what a canonical encoder would not have written is refused."""

import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import dag_cbor
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.record import cid as cids
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.codec import InvalidRecordError
from ledger.record.dagcbor import MalformedBlockError
from ledger.record.dagcbor import NonCanonicalError
from ledger.record.schema import Metrics
from ledger.record.schema import Record
from tests.conftest import execution
from tests.record.strategies import records

NOT_CANONICAL = {
    "an array of indefinite length": "9f01ff",
    "a map of indefinite length": "bf616101ff",
    "bytes of indefinite length": "5f4100ff",
    "text of indefinite length": "7f6161ff",
    "unsorted keys": "a2616201616102",
    "keys sorted by letter before length": "a26261610161620a",
    "a key twice": "a2616101616102",
    "a key that is no text": "a10101",
    "an integer in a longer form than it needs": "1801",
    "a negative integer in a longer form than it needs": "3800",
    "a length in a longer form than it needs": "980101",
    "a half-precision float": "f93c00",
    "a single-precision float": "fa3f800000",
    "not a number": "fb7ff8000000000000",
    "infinity": "fb7ff0000000000000",
    "negative zero": "fb8000000000000000",
    "undefined": "f7",
    "a simple value": "f8ff",
    "a date": "c100",
    "a big integer": "c249010000000000000000",
    "a link that is no CID": "d82a450001711220",
    "a second item": "0101",
    "a trailing byte": "a0ff",
    "half an item": "1a0000",
    "an array longer than the block": "9b7fffffffffffffff",
    "text that is not UTF-8": "62c328",
    "nothing": "",
}


@pytest.mark.parametrize("fault", NOT_CANONICAL)
def test_bytes_that_are_not_canonical_are_refused(fault: str):
    with pytest.raises(MalformedBlockError):
        dagcbor.decode(bytes.fromhex(NOT_CANONICAL[fault]))


@given(st.binary(max_size=200))
def test_whatever_is_decoded_is_written_the_same_by_an_independent_encoder(block: bytes):
    try:
        value = dagcbor.decode(block)
    except MalformedBlockError:
        return

    assert dag_cbor.encode(value) == block or links_in(value)


def links_in(value: Any) -> bool:
    """Whether any part is bytes, which `dag_cbor` writes as bytes and `libipld` as links."""
    if isinstance(value, dict | list):
        return any(
            links_in(each) for each in (value.values() if isinstance(value, dict) else value)
        )
    return isinstance(value, bytes)


@pytest.mark.parametrize(
    "extra",
    [
        {"started_at": None},
        {"configuration": {}},
        {"stages": []},
        {"input": {}},
        {"metrics": {}},
        {"runtime_seconds": 300},
        {"started_at": "2024-03-01T02:00:00+00:00"},
        {"started_at": "2024-03-01T03:00:00+01:00"},
        {"cluster": {"nodes": 2.0}},
    ],
    ids=str,
)
def test_a_block_that_says_the_same_in_other_words_is_refused(extra: dict[str, Any]):
    plain = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json") | extra

    with pytest.raises(NonCanonicalError, match="canonical form of their record"):
        codec.decode(dagcbor.encode(plain))


@pytest.mark.parametrize("absent", ["version", "status"])
def test_a_block_without_a_field_that_is_always_written_is_refused(absent: str):
    plain = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json")
    del plain[absent]

    with pytest.raises(NonCanonicalError):
        codec.decode(dagcbor.encode(plain))


def test_a_record_that_is_too_large_is_neither_written_nor_read():
    plain = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json")
    large = codec.from_python(plain | {"configuration": {f"k{i}": "v" * 4096 for i in range(65)}})

    with pytest.raises(MalformedBlockError, match="at most 262,144 are allowed"):
        codec.encode(large)
    with pytest.raises(MalformedBlockError, match="at most 262,144 are allowed"):
        codec.decode(dagcbor.encode(large.model_dump(mode="json")))


def test_a_block_that_is_too_large_is_not_even_looked_at():
    with pytest.raises(MalformedBlockError, match="at most 1,048,576 are allowed"):
        dagcbor.decode(b"\xff" * (dagcbor.MAX_BLOCK_BYTES + 1))


def test_nesting_is_allowed_up_to_a_bound():
    deepest = b"\x81" * dagcbor.MAX_DEPTH + b"\x00"

    assert dagcbor.encode(dagcbor.decode(deepest)) == deepest
    with pytest.raises(MalformedBlockError, match="nested more than 64 deep"):
        dagcbor.decode(b"\x81" + deepest)


@pytest.mark.parametrize("opening", [b"\x81", b"\xa1\x61a", b"\xd8\x2a", b"\x82\x00", b"\x9f"])
def test_nesting_is_counted_through_maps_tags_and_earlier_items(opening: bytes):
    with pytest.raises(MalformedBlockError):
        dagcbor.decode(opening * 100_000)


def test_bytes_that_only_look_like_nesting_are_no_nesting():
    digest = cids.Digest(b"\x81" * 32)
    value = {"links": [cids.to_bytes(digest)] * 1_000, "text": "ÁÁÁÁÁ" * 1_000, "x": [[1.1]] * 500}

    assert dagcbor.decode(dagcbor.encode(value)) == value


@given(st.recursive(st.integers() | st.text(), st.lists, max_leaves=200), st.integers(0, 80))
def test_the_depth_of_any_value_is_counted_exactly(value: Any, wrapped: int):
    def depth(value: Any) -> int:
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    for _ in range(wrapped):
        value = [value, 0]
    block = dag_cbor.encode(in_range(value))

    if depth(value) > dagcbor.MAX_DEPTH:
        with pytest.raises(MalformedBlockError, match="nested"):
            dagcbor.decode(block)
    else:
        assert dagcbor.decode(block) == in_range(value)


def in_range(value: Any) -> Any:
    """CBOR integers have 64 bits."""
    if isinstance(value, list):
        return [in_range(each) for each in value]
    return value % 2**64 if isinstance(value, int) else value


@pytest.mark.parametrize("first", ["web3", "eth_account", "ledger.node"])
def test_deep_nesting_is_an_error_and_no_crash_whatever_was_imported(first: str):
    """py_ecc raises the recursion limit so far that decoders would overflow the C stack."""
    attempt = f"""
import importlib, json, sys, threading
importlib.import_module({first!r})
from ledger.record import dagcbor, eip712
from ledger.errors import InvalidInputError

statement = eip712.submission(eip712.Domain(1, "0x" + "00" * 20), bytes(32), 1)
eip712.recover(statement, bytes(64) + b"\\x1b")

def attempt():
    try:
        dagcbor.decode(b"\\x81" * 100_000)
    except dagcbor.MalformedBlockError:
        print("refused")
    for opening in ("[", '{{"a":'):
        try:
            json.loads(opening * 100_000)
        except RecursionError:
            print("refused")

attempt()
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
"""

    ended = subprocess.run(
        [sys.executable, "-c", attempt], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ended.returncode, ended.stdout.split()) == (0, ["refused"] * 6), ended.stderr


WHOLE: dict[str, Any] = {
    "version": 1,
    "job": {"name": "sort", "framework": {"name": "spark"}, "parameters": {"k": True, "t": "1"}},
    "input": {"size_bytes": 1},
    "cluster": {"nodes": 1, "cores_per_node": 1, "memory_bytes_per_node": 1},
    "runtime_seconds": 1.0,
    "metrics": dict.fromkeys(Metrics.model_fields, 1),
    "stages": [
        {"name": "map", "runtime_seconds": 1.0, "tasks": 1, "failed_tasks": 1,
         "metrics": dict.fromkeys(Metrics.model_fields, 1)},
    ],
}  # fmt: skip
"""A record that says one of everything that is a number."""

ORIGINS: tuple[dict[str, Any], ...] = (
    {"kind": "command", "argv": ["sort"], "run_id": "a", "exit_code": 1},
    {"kind": "file", "sha256": "0" * 64, "row": 1},
)


def numbers_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of the numbers in a value, but for scalars, where text and truth have a place."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in items:
        if isinstance(part, dict | list):
            if name != "parameters":
                yield from numbers_in(part, (*path, name))
        elif not isinstance(part, str):
            yield (*path, name)


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    copy = deepcopy(value)
    within = copy
    for name in path[:-1]:
        within = within[name]
    within[path[-1]] = by
    return copy


NUMBERS = [
    pytest.param({**WHOLE, "origin": origin}, path, id=".".join(map(str, path)))
    for origin in ORIGINS
    for path in numbers_in({**WHOLE, "origin": origin})
    if path[0] == "origin" or origin["kind"] == "command"
]


@pytest.mark.parametrize("disguise", [True, False, "1", "1.0", " 1 ", "1_0", b"1"])
@pytest.mark.parametrize(("record", "path"), NUMBERS)
def test_truth_and_text_are_no_numbers(record: dict[str, Any], path: Any, disguise: object):
    assert codec.from_python(record)

    with pytest.raises(InvalidRecordError) as refused:
        codec.from_python(replaced(record, path, disguise))

    fields = [field for field, _ in refused.value.problems]
    assert any(field.endswith(str(path[-1])) for field in fields)


@pytest.mark.parametrize(("record", "path"), NUMBERS)
def test_a_whole_number_is_the_same_with_and_without_a_point(record: dict[str, Any], path: Any):
    with_point = codec.from_python(replaced(record, path, 1.0))

    assert codec.cid_of(with_point) == codec.cid_of(codec.from_python(replaced(record, path, 1)))


@given(records)
def test_every_record_is_read_from_its_json_as_it_was(record: Record):
    read = codec.from_json(record.model_dump_json())

    assert codec.encode(read) == codec.encode(record)
