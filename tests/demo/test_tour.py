"""The demonstration: every stage of a record's life, on jobs that really run."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.cli.session import Session
from ledger.demo.jobs import JobKind
from ledger.demo.jobs import kind
from ledger.demo.tour import tour
from ledger.index.filters import Filter

SMALL = 200_000
MEGABYTE = 1_000_000


@pytest.fixture
def jobs() -> tuple[JobKind, ...]:
    return tuple(
        replace(kind(name), sizes=(SMALL, 2 * SMALL, 4 * SMALL), predicted_size=3 * SMALL)
        for name in ("grep",)
    )


@pytest.mark.long
@pytest.mark.slow
def test_the_tour_takes_real_runs_the_whole_way_and_continues_the_second_time(
    tmp_path: Path, jobs: tuple[JobKind, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(tmp_path / "home")

    tour(session, jobs)
    first = capsys.readouterr().out
    tour(session, jobs)

    assert "7, of which 7 accepted" in first
    assert "7 verified offline" in first
    with session.node() as node:
        overview = node.queries.overview()
        predicted = Filter(job=("grep",), input_bytes_min=3 * SMALL, input_bytes_max=3 * SMALL)
        later = Filter(job=("grep",), input_bytes_min=MEGABYTE)
        assert overview.by_status["accepted"] == overview.records == 14
        assert node.queries.count(predicted) == 1
        assert node.queries.count(later) == 1
