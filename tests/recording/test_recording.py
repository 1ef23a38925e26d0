"""A block of a program becomes a record, whatever becomes of the block."""

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.capture.sampling import memory_of
from ledger.record import codec
from ledger.record.schema import ProgramOrigin
from ledger.record.schema import Record
from ledger.recording import current_run
from ledger.recording import recording
from ledger.recording import run as runs
from ledger.recording.draft import this_machine
from tests.recording.programs import drafts

MEGABYTE = 1_000_000


def recorded_runs(home: Path) -> list[Record]:
    """What the queue holds, each a valid record."""
    return [codec.from_python(each) for each in drafts(home)]


def only_run(home: Path) -> Record:
    (record,) = recorded_runs(home)
    return record


def test_a_block_is_a_record_of_what_was_said_and_measured(home: Path, tmp_path: Path):
    (tmp_path / "big").write_bytes(b"x" * 12_345)

    with recording(
        "sort",
        parameters={"k": 5},
        input=tmp_path / "big",
        traits={"lines": 7},
        configuration={"buffer": "1g"},
        home=home,
    ) as run:
        run.parameters["stable"] = True
        kept = bytearray(50 * MEGABYTE)
        (tmp_path / "out").write_bytes(b"y" * MEGABYTE)
        del kept

    record = only_run(home)
    assert record.job.name == "sort"
    assert record.job.framework.name == "python"
    assert record.job.parameters == {"k": 5, "stable": True}
    assert (record.input.size_bytes, record.input.characteristics) == (12_345, {"lines": 7})
    assert record.configuration == {"buffer": "1g"}
    assert record.status == "succeeded"
    assert record.cluster.model_dump() == this_machine()
    assert record.runtime_seconds > 0
    assert record.metrics.peak_memory_bytes > 50 * MEGABYTE
    assert record.metrics.written_bytes >= MEGABYTE
    assert record.metrics.cpu_seconds >= 0


def test_wall_time_includes_waiting_and_cpu_time_does_not(home: Path):
    with recording("waiting", home=home):
        threading.Event().wait(0.3)

    record = only_run(home)
    assert record.runtime_seconds >= 0.3
    assert record.metrics.cpu_seconds < 0.3


def test_memory_that_was_used_before_is_not_the_runs(home: Path):
    before = bytearray(300 * MEGABYTE)
    earlier = memory_of(__import__("os").getpid())[1]
    del before

    with recording("small", home=home):
        pass

    assert only_run(home).metrics.peak_memory_bytes < earlier - 200 * MEGABYTE


def test_what_a_program_says_replaces_what_was_measured(home: Path):
    with recording("remote", framework="ray", framework_version="2.9", nodes=4, home=home) as run:
        run.cores, run.machine_type, run.input_bytes = 8, "m5.2xlarge", 10**12
        run.metrics |= {"cpu_seconds": 99.5, "shuffle_read_bytes": 7}

    record = only_run(home)
    assert (record.job.framework.name, record.job.framework.version) == ("ray", "2.9")
    assert (record.cluster.nodes, record.cluster.cores_per_node) == (4, 8)
    assert (record.cluster.machine_type, record.input.size_bytes) == ("m5.2xlarge", 10**12)
    assert (record.metrics.cpu_seconds, record.metrics.shuffle_read_bytes) == (99.5, 7)


class OddError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "status", "named"),
    [
        (ValueError("secret"), "failed", "ValueError"),
        (OddError(), "failed", f"{__name__}.OddError"),
        (SystemExit(3), "failed", "SystemExit"),
        (KeyboardInterrupt(), "killed", "KeyboardInterrupt"),
        (asyncio.CancelledError(), "killed", "asyncio.exceptions.CancelledError"),
        (SystemExit(), "succeeded", None),
        (SystemExit(0), "succeeded", None),
    ],
)
def test_how_a_block_ends_is_recorded_and_goes_on(
    home: Path, error: BaseException, status: str, named: str | None
):
    with pytest.raises(type(error)) as raised, recording("job", home=home):
        raise error

    assert raised.value is error
    record = only_run(home)
    assert isinstance(record.origin, ProgramOrigin)
    assert (record.status, record.origin.error) == (status, named)
    assert "secret" not in record.model_dump_json()


def test_stages_are_timed_in_the_order_in_which_they_began_and_named_after_those_around(
    home: Path,
):
    with recording("job", home=home) as run:
        with run.stage("load", tasks=4) as load:
            with run.stage("parse"):
                time.sleep(0.01)
            load.failed_tasks = 1
            load.metrics["read_bytes"] = 5
        with recording("inner", home=home) as inner, inner.stage("own"):
            pass
        with pytest.raises(OddError), run.stage("fit"):
            raise OddError

    inner_record, record = recorded_runs(home)
    assert [each.name for each in record.stages] == ["load", "load / parse", "fit"]
    load_stage, parse, _ = record.stages
    assert load_stage.runtime_seconds >= parse.runtime_seconds >= 0.01
    assert (load_stage.tasks, load_stage.failed_tasks) == (4, 1)
    assert load_stage.metrics.read_bytes == 5
    assert [each.name for each in inner_record.stages] == ["own"]


def test_of_too_many_stages_the_longest_stay(home: Path):
    with recording("job", home=home) as run:
        with run.stage("long"):
            time.sleep(0.01)
        for number in range(runs.MOST_STAGES + 10):
            with run.stage(f"short {number}"):
                pass

    record = only_run(home)
    assert len(record.stages) == runs.MOST_STAGES
    assert record.stages[0].name == "long"


def test_the_run_around_is_found_from_anywhere_and_there_need_not_be_one(home: Path):
    with recording("outer", home=home) as outer:
        assert current_run() is outer
        with recording("inner", home=home) as inner:
            assert current_run() is inner
        assert current_run() is outer
    with current_run().stage("of nothing"):
        pass

    assert [each.job.name for each in recorded_runs(home)] == ["inner", "outer"]


def test_runs_within_each_other_have_figures_and_runs_beside_each_other_have_none(home: Path):
    both = threading.Barrier(2)

    def beside(name: str) -> None:
        with recording(name, home=home):
            both.wait(30)
            both.wait(30)

    with recording("around", home=home), recording("within", home=home):
        pass
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(beside, ["left", "right"]))
    with recording("after", home=home):
        pass

    measured = {each.job.name: each.metrics is not None for each in recorded_runs(home)}
    assert measured == {
        "around": True,
        "within": True,
        "left": False,
        "right": False,
        "after": True,
    }


def test_many_threads_lose_nothing(home: Path):
    def work(number: int) -> None:
        with recording("job", parameters={"number": number}, home=home):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))

    found = recorded_runs(home)
    assert sorted(each.job.parameters["number"] for each in found) == list(range(200))
    assert len({each.origin.run_id for each in found}) == 200


class Colour(Enum):
    RED = "red"


def test_values_are_recorded_as_far_as_a_record_holds_them(
    home: Path, caplog: pytest.LogCaptureFixture
):
    parameters = {
        "path": Path("a/b"),
        "colour": Colour.RED,
        "int64": np.int64(7),
        "float32": np.float32(0.5),
        "huge": 2**80,
        "absent": None,
        "list": [1],
        "array": np.zeros(3),
        "nan": float("nan"),
        "long": "x" * 10_000,
    }

    with caplog.at_level(logging.WARNING), recording("job", parameters=parameters, home=home):
        pass

    kept = only_run(home).job.parameters
    assert kept.pop("long")[-1] == "…"
    assert kept == {
        "path": "a/b",
        "colour": "red",
        "int64": 7,
        "float32": 0.5,
        "huge": str(2**80),
    }
    told = " ".join(each.getMessage() for each in caplog.records)
    assert all(f"'{name}'" in told for name in ("list", "array", "nan"))
    assert "absent" not in told


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.complex_numbers(),
)


@given(
    job=st.text(min_size=1).filter(lambda text: text.strip()),
    values=st.dictionaries(st.text(min_size=1).filter(lambda text: text.strip()), anything),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_program_says_a_record_comes_of_it(home: Path, job: str, values: Any):
    with recording(job, parameters=values, traits=values, configuration=values, home=home):
        pass

    assert recorded_runs(home)[-1].status == "succeeded"


def test_an_input_that_is_not_there_is_told_and_the_block_runs(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING), recording("job", input=tmp_path / "none", home=home):
        pass

    assert only_run(home).input.size_bytes is None
    assert "there is no input file" in caplog.text


def test_where_nothing_can_be_written_the_block_runs_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "home-queue").write_text("no folder")

    with caplog.at_level(logging.WARNING), recording("job", home=tmp_path / "home") as run:
        run.parameters["k"] = 3

    assert "could not be recorded" in caplog.text
    with pytest.raises(OddError), recording("job", home=tmp_path / "home"):
        raise OddError
