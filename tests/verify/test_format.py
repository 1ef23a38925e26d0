"""The file is bounded before it is parsed, and says the same when it is written again."""

import json
from pathlib import Path

import pytest

from ledger import errors
from ledger.verify import MalformedProofError
from ledger.verify import Result
from ledger.verify import parse_proof
from ledger.verify.format import MAX_CONTAINERS
from ledger.verify.format import MAX_FILE_BYTES
from tests.verify.recorded import expected
from tests.verify.recorded import read

DOCUMENT = Path(__file__).parents[2] / "docs" / "proof-format.md"


@pytest.mark.parametrize("name", expected()["recorded"])
def test_a_proof_survives_being_read_and_written(name: str) -> None:
    proof = parse_proof(read(name))

    assert json.loads(proof.to_json()) == json.loads(read(name))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b" " * (MAX_FILE_BYTES + 1), "bytes", id="too large"),
        pytest.param(b"[" * 1_000, "nested", id="too deep"),
        pytest.param(b"[]" * (MAX_CONTAINERS + 1), "lists and objects", id="too many lists"),
        pytest.param(b'"' + b'\\"' * 500_000, "not JSON", id="a text without an end"),
        pytest.param(b"9" * 10_000, "not JSON", id="a number without an end"),
        pytest.param(b"\xff\xfe\x00", "not JSON", id="not Unicode"),
        pytest.param('{"a": "\ud800"}', "not JSON", id="half a character"),
        pytest.param(read("valid").decode().encode("utf-16"), "not JSON", id="UTF-16"),
        pytest.param(read("valid").replace(b": 1,", b": true,", 1), "version", id="true for 1"),
        pytest.param(b"{}", "chain_id", id="nothing"),
        pytest.param(b"NaN", "malformed", id="not a number"),
    ],
)
def test_hostile_files_are_refused_with_a_reason(content: bytes | str, fault: str) -> None:
    with pytest.raises(MalformedProofError, match=fault):
        parse_proof(content)


def test_hexadecimal_with_blanks_is_refused() -> None:
    values = json.loads(read("valid"))
    values["submission"]["root"] = values["submission"]["root"][:-2] + "  "

    with pytest.raises(MalformedProofError, match="hex"):
        parse_proof(json.dumps(values))


def test_exit_codes_differ_from_each_other_and_from_every_error() -> None:
    codes = [result.exit_code for result in Result]
    known = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PerfledgerError)
    }

    assert len(set(codes)) == len(codes)
    assert not set(codes) & ({1, 2} | known)
    assert max(codes) < 64
    assert Result.VALID.exit_code == 0


def test_every_result_has_a_meaning() -> None:
    assert all(result.meaning.endswith(".") for result in Result)


def test_the_document_lists_every_result_with_its_exit_code() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    for result in Result:
        assert f"| {result.exit_code} | `{result.value}` | {result.meaning} |" in document
