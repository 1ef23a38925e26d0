"""Each reason has records that meet it, and records just this side of it that do not."""

from typing import Any

import libipld
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.record import dagcbor
from ledger.record.cid import digest_of
from ledger.record.schema import MAX_SAFE_INTEGER
from ledger.record.schema import Record
from ledger.validate.checks import Context
from ledger.validate.checks import Execution
from ledger.validate.checks import check_record
from ledger.validate.reasons import Reason
from ledger.validate.report import MAX_DETAIL
from tests.validate.records import ANCHORED_AT
from tests.validate.records import CONTEXT
from tests.validate.records import FILE
from tests.validate.records import GIB
from tests.validate.records import PLAUSIBLE
from tests.validate.records import block_of
from tests.validate.records import changed
from tests.validate.records import command
from tests.validate.records import stage

REJECTED: list[tuple[Reason, str, dict[str, Any]]] = [
    (
        Reason.INCONSISTENT_SIZES,
        "megabytes taken for bytes",
        changed(
            input={
                "size_bytes": 9_630,
                "characteristics": {"lines": 10**8, "line_length": 100},
            }
        ),
    ),
    (
        Reason.INCONSISTENT_SIZES,
        "a number of 100 kB",
        changed(
            input={
                "size_bytes": 10**12,
                "characteristics": {"observations": 10**6, "features": 10},
            }
        ),
    ),
    (Reason.IMPLAUSIBLE_RUNTIME, "no time at all", changed(runtime_seconds=0, metrics=None)),
    (Reason.IMPLAUSIBLE_RUNTIME, "milliseconds", changed(runtime_seconds=4e7)),
    (Reason.IMPLAUSIBLE_RUNTIME, "beyond any calendar", changed(runtime_seconds=1e300)),
    (Reason.IMPOSSIBLE_CPU, "twice the cores", changed(metrics={"cpu_seconds": 6_400})),
    (
        Reason.IMPOSSIBLE_CPU,
        "more cores than any machine has",
        changed(cluster={"nodes": 1}, metrics={"cpu_seconds": 1e6}),
    ),
    (Reason.IMPOSSIBLE_CPU, "in a stage", changed(stages=[stage(10, cpu_seconds=1_000)])),
    (
        Reason.IMPOSSIBLE_MEMORY,
        "twice the memory",
        changed(metrics={"peak_memory_bytes": 256 * GIB}),
    ),
    (
        Reason.IMPOSSIBLE_MEMORY,
        "more memory than any machine has",
        changed(cluster={"nodes": 1}, metrics={"peak_memory_bytes": 1 << 50}),
    ),
    (
        Reason.IMPOSSIBLE_MEMORY,
        "in a stage",
        changed(stages=[stage(10, peak_memory_bytes=256 * GIB)]),
    ),
    (Reason.IMPOSSIBLE_IO, "read", changed(metrics={"read_bytes": 1 << 50})),
    (Reason.IMPOSSIBLE_IO, "written", changed(metrics={"written_bytes": 1 << 50})),
    (Reason.IMPOSSIBLE_IO, "shuffled", changed(metrics={"shuffle_read_bytes": 1 << 50})),
    (Reason.IMPOSSIBLE_IO, "for shuffles", changed(metrics={"shuffle_written_bytes": 1 << 50})),
    (Reason.IMPOSSIBLE_IO, "spilled", changed(metrics={"spilled_bytes": 1 << 50})),
    (Reason.IMPOSSIBLE_IO, "in a stage", changed(stages=[stage(1, read_bytes=1 << 45)])),
    (Reason.INCONSISTENT_STAGES, "longer than the whole", changed(stages=[stage(150)])),
    (
        Reason.INCONSISTENT_STAGES,
        "CPU time of the stages",
        changed(
            metrics={"cpu_seconds": 100},
            stages=[stage(50, cpu_seconds=80), stage(50, cpu_seconds=80)],
        ),
    ),
    (
        Reason.INCONSISTENT_STAGES,
        "shuffles of the stages",
        changed(
            metrics={"shuffle_written_bytes": GIB},
            stages=[stage(50, shuffle_written_bytes=2 * GIB)],
        ),
    ),
    (Reason.INCONSISTENT_TIME, "from the future", changed(started_at="2026-01-02T00:00:00Z")),
    (
        Reason.INCONSISTENT_TIME,
        "not ended yet",
        changed(started_at="2025-12-31T23:59:00Z", runtime_seconds=3_600),
    ),
    (Reason.INCONSISTENT_TIME, "at the end of time", changed(started_at="9999-12-31T23:59:59Z")),
    (Reason.INCONSISTENT_STATUS, "succeeded with 1", changed(origin=command(1))),
    (Reason.INCONSISTENT_STATUS, "succeeded by SIGKILL", changed(origin=command(-9))),
    (Reason.INCONSISTENT_STATUS, "failed with 0", changed(origin=command(0), status="failed")),
]

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("as it is", PLAUSIBLE),
    (
        "nothing but what must be",
        {key: PLAUSIBLE[key] for key in ("job", "cluster", "runtime_seconds", "origin")},
    ),
    ("a year", changed(runtime_seconds=366 * 86_400, started_at=None)),
    ("every core busy", changed(metrics={"cpu_seconds": 3_200})),
    ("ticks rounded up", changed(runtime_seconds=0.004, metrics={"cpu_seconds": 0.01})),
    ("GB taken for GiB", changed(metrics={"peak_memory_bytes": int(4 * 32 * GIB * 1.074)})),
    (
        "pages shared by forked workers",
        changed(origin=command(), metrics={"peak_memory_bytes": 3 * 128 * GIB}),
    ),
    (
        "a footer of four petabytes",
        changed(input={"size_bytes": 1 << 52}, runtime_seconds=2, metrics=None),
    ),
    ("the input a hundred times", changed(metrics={"read_bytes": 1_000 * GIB})),
    ("stages side by side", changed(stages=[stage(90), stage(95), stage(99)])),
    ("a stage rounded up", changed(stages=[stage(101)])),
    ("a clock that is ahead", changed(started_at="2026-01-01T00:05:00Z")),
    ("failed", changed(origin=command(1), status="failed")),
    ("killed", changed(origin=command(-15), status="killed")),
    ("killed, but tidy", changed(origin=command(0), status="killed")),
    ("killed in a shell", changed(origin=command(137), status="killed")),
    ("exit code unknown", changed(origin=command(None))),
]


@pytest.mark.parametrize(
    ("reason", "value"),
    [pytest.param(reason, value, id=f"{reason.label}: {what}") for reason, what, value in REJECTED],
)
def test_what_cannot_be_is_rejected_with_its_reason(reason: Reason, value: dict[str, Any]) -> None:
    verdict = check_record(block_of(value), CONTEXT)

    assert verdict.code == reason
    assert 0 < len(verdict.detail) <= MAX_DETAIL


@pytest.mark.parametrize("value", [pytest.param(value, id=what) for what, value in ACCEPTED])
def test_what_may_well_be_is_accepted(value: dict[str, Any]) -> None:
    verdict = check_record(block_of(value), CONTEXT)

    assert verdict.accepted, verdict.detail
    assert not verdict.detail


def test_every_reason_of_content_has_a_case() -> None:
    elsewhere = {
        Reason.ACCEPTED,
        Reason.BAD_SIGNATURE,
        Reason.NON_CANONICAL,
        Reason.SCHEMA,
        Reason.DUPLICATE,
        Reason.DUPLICATE_CONTENT,
        Reason.OUTLIER,
        Reason.IMPOSSIBLE_SCALING,
        Reason.ENCRYPTED,
        Reason.REJECTED_BY_MEMBER,
    }

    assert {reason for reason, _, _ in REJECTED} == set(Reason) - elsewhere


def test_bytes_that_no_canonical_encoder_writes_are_rejected() -> None:
    block = block_of(PLAUSIBLE)
    # The same map with its length in a byte of its own, which RFC 8949 4.2.1 does not allow.
    assert block[0] >> 5 == 5
    longer = bytes((0xB8, block[0] & 31)) + block[1:]

    assert libipld.decode_dag_cbor(longer) == libipld.decode_dag_cbor(block)
    assert check_record(longer, CONTEXT).code == Reason.NON_CANONICAL


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="empty"),
        pytest.param({**PLAUSIBLE, "version": 2}, id="a version to come"),
        pytest.param({**PLAUSIBLE, "colour": "red"}, id="an unknown field"),
        pytest.param({**PLAUSIBLE, "cluster": {"nodes": 0}}, id="no nodes"),
        pytest.param({**PLAUSIBLE, "parents": ["bafy"]}, id="a parent that is no CID"),
        pytest.param({**PLAUSIBLE, "started_at": "0001-01-01T00:00:00+23:59"}, id="before time"),
    ],
)
def test_what_is_not_a_record_is_rejected(value: Any) -> None:
    assert check_record(dagcbor.encode(value), CONTEXT).code == Reason.SCHEMA


def test_the_same_record_in_an_earlier_batch_is_a_duplicate() -> None:
    block = block_of(PLAUSIBLE)
    context = Context(ANCHORED_AT, seen=lambda digests: set(digests) & {digest_of(block)})

    assert check_record(block, context).code == Reason.DUPLICATE
    assert check_record(block_of(changed(runtime_seconds=101)), context).accepted


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        (FILE, f"file:{'ab' * 32}:1"),
        (command(run_id="x7"), "command:x7"),
        ({"kind": "program", "run_id": "x7"}, "program:x7"),
        (
            {"kind": "event-log", "application_id": "app-1", "sha256": "cd" * 32},
            f"event-log:app-1:{'cd' * 32}",
        ),
    ],
)
def test_an_execution_told_again_with_other_figures_is_a_duplicate(
    origin: dict[str, Any], name: str
) -> None:
    known = {Execution("0xA", name)}
    context = Context(ANCHORED_AT, executed=lambda asked: known & set(asked))
    block = block_of(changed(origin=origin, runtime_seconds=101))

    assert check_record(block, context, contributor="0xA").code == Reason.DUPLICATE
    # Or whoever reads a pending run identifier could have its record rejected.
    assert check_record(block, context, contributor="0xB").accepted


@given(st.binary(max_size=300))
def test_no_bytes_make_a_validator_fail(block: bytes) -> None:
    assert not check_record(block, CONTEXT).accepted


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=("Cs",)), max_size=8), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(Record.model_fields)), _json)
def test_no_value_in_a_record_makes_a_validator_fail(field: str, value: Any) -> None:
    verdict = check_record(dagcbor.encode({**PLAUSIBLE, field: value}), CONTEXT)

    assert verdict.code in set(Reason)


@st.composite
def plausible(draw: st.DrawFn) -> dict[str, Any]:
    """Executions as they happen: use is a share of what the cluster could give."""
    nodes = draw(st.integers(1, 200))
    cores = draw(st.integers(1, 256))
    memory = draw(st.integers(1, 4_096)) * GIB
    seconds = draw(st.floats(0.001, 30 * 86_400, allow_nan=False))
    share = st.floats(0, 1)
    wall = draw(st.lists(share, max_size=5))
    cpu = draw(share) * nodes * cores * seconds
    parts = [draw(share) / max(len(wall), 1) for _ in wall]
    known = draw(st.booleans())
    status, code = draw(
        st.sampled_from([("succeeded", 0), ("failed", 1), ("killed", -9), ("killed", 143)])
    )
    return {
        "job": {"name": "job", "framework": {"name": "flink"}},
        "input": {"size_bytes": draw(st.integers(0, 1 << 50))},
        "cluster": {
            "nodes": nodes,
            "cores_per_node": cores if known else None,
            "memory_bytes_per_node": memory if known else None,
        },
        "runtime_seconds": seconds,
        "status": status,
        "started_at": draw(st.sampled_from([None, "2010-01-01T00:00:00Z"])),
        "metrics": {
            "cpu_seconds": cpu,
            "peak_memory_bytes": int(draw(share) * nodes * memory),
            "read_bytes": min(int(draw(share) * nodes * seconds * 10**10), MAX_SAFE_INTEGER),
            "written_bytes": min(int(draw(share) * nodes * seconds * 10**10), MAX_SAFE_INTEGER),
            "gc_seconds": draw(share) * nodes * cores * seconds * 4,
        },
        "stages": [
            stage(seconds * length, cpu_seconds=min(cpu * part, nodes * cores * seconds * length))
            for length, part in zip(wall, parts, strict=True)
        ],
        "origin": command(code),
    }


@given(plausible())
def test_no_plausible_execution_is_rejected(value: dict[str, Any]) -> None:
    verdict = check_record(block_of(value), CONTEXT)

    assert verdict.accepted, verdict
