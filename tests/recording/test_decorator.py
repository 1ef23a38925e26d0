"""A function whose calls are recorded is otherwise as it was."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.recording import current_run
from ledger.recording import recorded
from tests.recording.test_recording import only_run
from tests.recording.test_recording import recorded_runs


def test_it_keeps_its_name_signature_and_result(home: Path):
    def cluster(points: list[int], k: int = 8, *, seed: int = 0) -> int:
        """Find clusters."""
        return len(points) * k + seed

    found = recorded("kmeans", parameters=["k", "seed"], home=home)(cluster)

    assert found([1, 2], seed=3) == 19
    assert (found.__name__, found.__doc__) == ("cluster", "Find clusters.")
    assert inspect.signature(found) == inspect.signature(cluster)
    record = only_run(home)
    assert (record.job.name, record.job.parameters) == ("kmeans", {"k": 8, "seed": 3})
    assert record.origin.function == f"{__name__}.{cluster.__qualname__}"[:256]


def test_without_arguments_the_job_is_called_as_the_function_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PERFLEDGER_HOME", str(home))

    @recorded
    def nightly() -> str:
        return "done"

    assert nightly() == "done"
    assert only_run(home).job.name == "nightly"


def test_the_input_is_measured_by_the_argument_that_names_it(home: Path, tmp_path: Path):
    (tmp_path / "points").write_bytes(b"x" * 321)

    @recorded("read", input="path", home=home)
    def read(path: Path) -> bytes:
        return path.read_bytes()

    @recorded("sized", input_bytes="size", home=home)
    def sized(size: int) -> int:
        return size

    read(tmp_path / "points")
    sized(654)

    assert [each.input.size_bytes for each in recorded_runs(home)] == [321, 654]


def test_arguments_that_are_gathered_are_found_by_their_names(home: Path):
    @recorded("any", parameters=["k", "never"], home=home)
    def gather(**options: int) -> int:
        return sum(options.values())

    assert gather(k=2, other=3) == 5
    assert only_run(home).job.parameters == {"k": 2}


def test_a_name_that_is_no_argument_is_told_when_the_function_is_made(
    home: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):

        @recorded("job", parameters=["kk"], home=home)
        def job(k: int) -> int:
            return k

    assert "has no argument 'kk'" in caplog.text
    assert job(3) == 3


def test_parameters_may_be_given_instead_and_added_within(home: Path):
    @recorded("job", parameters={"mode": "fast"}, home=home)
    def job() -> None:
        current_run().parameters["rounds"] = 12
        with current_run().stage("only"):
            pass

    job()

    record = only_run(home)
    assert record.job.parameters == {"mode": "fast", "rounds": 12}
    assert [each.name for each in record.stages] == ["only"]


def test_a_failure_is_recorded_and_raised(home: Path):
    @recorded("job", home=home)
    def job(k: int) -> float:
        return 1 / k

    with pytest.raises(ZeroDivisionError):
        job(0)
    with pytest.raises(TypeError, match="positional argument"):
        job()  # type: ignore[call-arg]  # which is what is tested

    assert [(each.status, each.origin.error) for each in recorded_runs(home)] == [
        ("failed", "ZeroDivisionError"),
        ("failed", "TypeError"),
    ]


def test_methods_of_all_kinds_are_recorded(home: Path):
    class Model:
        def __init__(self, k: int) -> None:
            self.k = k

        @recorded("fit", parameters=["rounds"], home=home)
        def fit(self, rounds: int) -> int:
            return self.k * rounds

        @classmethod
        @recorded("make", home=home)
        def make(cls) -> "Model":
            return cls(2)

        @staticmethod
        @recorded("plain", home=home)
        def plain() -> int:
            return 7

    assert Model.make().fit(3) == 6
    assert Model.plain() == 7
    assert [each.job.name for each in recorded_runs(home)] == ["make", "fit", "plain"]


def test_a_coroutine_is_recorded_from_its_first_step_to_its_last(home: Path):
    @recorded("fetch", parameters=["pages"], home=home)
    async def fetch(pages: int) -> int:
        await asyncio.sleep(0.05)
        assert current_run().parameters == {"pages": pages}
        return pages

    async def several() -> list[int]:
        return await asyncio.gather(fetch(1), fetch(2))

    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(several()) == [1, 2]
    found = recorded_runs(home)
    assert sorted(each.job.parameters["pages"] for each in found) == [1, 2]
    assert all(each.runtime_seconds >= 0.05 for each in found)
    assert [each.metrics for each in found] == [None, None], "they ran beside each other"


def test_a_coroutine_that_is_cancelled_was_killed(home: Path):
    @recorded("endless", home=home)
    async def endless() -> None:
        await asyncio.Event().wait()

    async def cancel() -> None:
        task = asyncio.create_task(endless())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())

    assert only_run(home).status == "killed"


def test_a_generator_takes_and_gives_what_it_did(home: Path):
    @recorded("echo", home=home)
    def echo() -> Iterator[Any]:
        heard = yield "first"
        try:
            yield heard
        except KeyError:
            yield "caught"
        return "result"

    generator = echo()

    assert inspect.isgeneratorfunction(echo)
    assert [next(generator), generator.send("word"), generator.throw(KeyError)] == [
        "first",
        "word",
        "caught",
    ]
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == "result"
    assert only_run(home).status == "succeeded"


def test_a_generator_that_is_closed_before_its_end_was_killed(home: Path):
    @recorded("count", home=home)
    def count() -> Iterator[int]:
        yield from range(10)

    generator = count()
    next(generator)
    generator.close()

    assert only_run(home).status == "killed"


def test_an_asynchronous_generator_takes_and_gives_what_it_did(home: Path):
    closed = []

    @recorded("echo", home=home)
    async def echo() -> AsyncIterator[Any]:
        try:
            heard = yield "first"
            try:
                yield heard
            except KeyError:
                yield "caught"
        finally:
            closed.append(True)

    async def converse() -> list[Any]:
        generator: Any = echo()
        said = [await anext(generator), await generator.asend("word")]
        said.append(await generator.athrow(KeyError))
        rest = [each async for each in generator]
        return said + rest

    async def leave() -> None:
        generator: Any = echo()
        await anext(generator)
        await generator.aclose()

    assert inspect.isasyncgenfunction(echo)
    assert asyncio.run(converse()) == ["first", "word", "caught"]
    asyncio.run(leave())
    assert [each.status for each in recorded_runs(home)] == ["succeeded", "killed"]
    assert closed == [True, True]
