"""A study is made, kept and drawn."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.simulation import study as studies
from bench.simulation.plots import draw
from bench.simulation.study import spread
from bench.simulation.study import study
from tests.bench.simulation.nodes import TYPICAL

LARGEST_PLOT_BYTES = 80_000


@pytest.fixture(scope="module")
def small() -> dict[str, Any]:
    told: list[tuple[str, int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studies, "UPTIMES", (0.5, 0.9))
        patch.setattr(studies, "COPIES", (1, 3))
        patch.setattr(studies, "CROWDS", (1, 10))
        patch.setattr(studies, "WATCHED_BATCHES", 50)
        made = study(TYPICAL, 1_000, lambda *each: told.append(each))
    assert all(0 <= done <= of for _, done, of in told)
    return json.loads(json.dumps(made))


def test_a_study_has_every_size_with_and_without_sharing(small: dict[str, Any]):
    cases = {(each["peers"], each["records"], each["sharing"]) for each in small["replication"]}

    assert cases == {
        (peers, records, sharing)
        for peers in (100, 1_000)
        for records, sharing in ((1, True), (1_000, True), (1_000, False))
    }
    assert [each["joining"] for each in small["crowds"]] == [1, 10]
    watched = {
        (each["uptime"], each["copies"], each["repair_seconds"] is not None)
        for each in small["availability"]
    }
    assert watched == {
        (uptime, copies, repaired)
        for uptime in (0.5, 0.9)
        for copies in (1, 3)
        for repaired in (False, True)
    }


def test_a_curve_goes_from_the_first_peer_to_the_last():
    found = spread(TYPICAL, 300, 10)

    assert found.curve == sorted(found.curve)
    assert (found.curve[0], found.curve[-1]) == (found.seconds.least, found.seconds.most)


def test_what_all_send_is_what_all_receive():
    found = spread(TYPICAL, 300, 10)

    sent = found.sent.mean * 300 + found.publisher_sent
    # The publisher receives requests and announcements.
    assert found.received.mean * 300 <= sent


def test_plots_are_small_and_name_what_they_show(small: dict[str, Any], tmp_path: Path):
    joined = [
        {
            "records": 10_000,
            "joined": [{"present": 1, "seconds": 4.0}, {"present": 2, "seconds": None}],
        }
    ]
    measured = [
        {
            "plan": {"peers": 24},
            "runs": [
                {
                    "chain_is_near": True,
                    "loss": 0.0,
                    "records": 1_000,
                    "samples": {"europe": [1.0, 2.0], "japan": [3.0]},
                }
            ],
        }
    ]

    made = draw(tmp_path, small, measured, joined)

    assert {path.name for path in made} == {
        "replication.svg",
        "traffic.svg",
        "availability.svg",
        "bootstrap.svg",
    }
    for path in made:
        assert path.stat().st_size < LARGEST_PLOT_BYTES
        text = "".join(ET.parse(path).getroot().itertext())
        assert "peers" in text


def test_the_same_study_is_the_same_plot(small: dict[str, Any], tmp_path: Path):
    (first, *_), (second, *_) = (draw(tmp_path / name, small, [], []) for name in "ab")

    assert first.read_bytes() == second.read_bytes()


def test_spread_can_be_written_down():
    assert json.dumps(asdict(spread(TYPICAL, 10, 1)))
