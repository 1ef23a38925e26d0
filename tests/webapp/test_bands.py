"""Many runs as medians and bands: nothing is dropped without a word."""

from collections.abc import Mapping

from ledger.insight.questions import Grouped
from ledger.insight.spread import Quartiles
from webapp.bands import band_chart
from webapp.charts import MAX_SERIES


def group(series: str | None, place: int | None, *runtimes: float) -> Grouped:
    return Grouped(key=(series, place), runtime=Quartiles.of_ascending(sorted(runtimes)))


def test_the_line_is_the_median_and_the_band_the_middle_half() -> None:
    groups = [group("m4", 4, 1, 2, 3, 4, 5), group("m4", 2, 10, 20, 30)]

    chart = band_chart(groups, "nodes", by="machine type")

    assert chart is not None
    band, line = chart.figure["data"]
    assert (line["x"], line["y"]) == ([2, 4], [20, 3])
    assert band["x"] == [2, 4, 4, 2]
    assert band["y"] == [25, 4, 2, 15]


def test_the_table_says_what_is_drawn() -> None:
    chart = band_chart([group("m4", 2, 10, 20, 30)], "nodes", by="machine type")

    assert chart is not None
    assert [cell.replace("\u202f", " ") for cell in chart.rows[0]] == [
        "m4", "2", "3", "20 s", "15 s", "25 s",
    ]  # fmt: skip


def test_what_is_left_out_is_counted() -> None:
    groups = [group(f"m{at}", 2, *range(1, 30 - at)) for at in range(MAX_SERIES + 1)]
    groups.append(group("m0", None, 1.0, 2.0))
    total = sum(each.runtime.count for each in groups) + 5

    chart = band_chart(groups, "input_bytes", by="machine type", total=total)

    assert chart is not None
    rarest = groups[MAX_SERIES].runtime.count
    assert "2 without input size are left out." in chart.note
    assert f"{rarest + 5} of rarer machine types or places are left out." in chart.note


def test_runs_without_a_place_are_no_chart() -> None:
    assert band_chart([group("m4", None, 1.0)], "input_bytes", by="job") is None


def test_what_has_no_name_is_called_unknown() -> None:
    chart = band_chart([group(None, 2, 1.0)], "nodes", by="machine type")

    assert chart is not None
    assert chart.rows[0][0] == "unknown machine type"


def test_points_lead_to_the_records_they_are_made_of() -> None:
    def link(series: str, bounds: Mapping[str, str]) -> str:
        return f"{series} {dict(bounds)}"

    groups = [group("m4", 150, 1.0), group(None, 150, 1.0)]

    chart = band_chart(groups, "input_range", by="machine type", link=link)

    assert chart is not None
    links = {trace["name"]: trace["meta"]["links"] for trace in chart.figure["data"][1::2]}
    assert links == {
        "m4": ["m4 {'input_bytes_min': '150', 'input_bytes_max': '219'}"],
        "unknown machine type": [None],
    }
