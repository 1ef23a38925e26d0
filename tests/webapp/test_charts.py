"""Figures and the tables beside them."""

from ledger.index.views import FacetValue
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from ledger.index.views import TimelinePoint
from webapp.charts import MAX_SERIES
from webapp.charts import categories
from webapp.charts import plain
from webapp.charts import shown
from webapp.overview.charts import jobs_chart
from webapp.overview.charts import timeline_chart
from webapp.records.charts import runtime_chart
from webapp.status_split import WIDTH
from webapp.status_split import split


def run(job: str = "sort", machine: str = "a", nodes: int = 2, **more: object) -> RecordRow:
    given: dict[str, object] = {
        "cid": "c", "job": job, "framework": "spark", "algorithm": None, "machine_type": machine,
        "provider": "aws", "nodes": nodes, "input_bytes": 10**9, "runtime_seconds": 5.0,
        "outcome": "succeeded",
        "status": LedgerStatus.ACCEPTED, "contributor": None, "started_at": None,
        "batch_id": None, "accepted": 3, "rejected": 0, "validators": 3, "quorum": 2,
    }  # fmt: skip
    return RecordRow.model_validate(given | more)


def test_markup_in_a_name_is_not_markup_in_a_chart() -> None:
    chart = jobs_chart([FacetValue(value='<a href="x">', count=1)])

    assert chart.figure["data"][0]["y"] == ['&lt;a href="x"&gt;']
    assert chart.rows[0][0] == '<a href="x">'


def test_the_table_has_the_medians_that_the_chart_draws() -> None:
    rows = [run(runtime_seconds=seconds) for seconds in (1.0, 2.0, 9.0)]

    chart = runtime_chart(rows, 3, "nodes")

    assert chart is not None
    assert chart.figure["data"][1]["y"] == [2.0]
    assert [cell.replace("\u202f", " ") for cell in chart.rows[0]] == [
        "a", "2", "3", "2 s", "1 s", "9 s",
    ]  # fmt: skip


def test_jobs_are_told_apart_before_machine_types() -> None:
    chart = runtime_chart([run("sort"), run("grep")], 2, "nodes")

    assert chart is not None
    assert {row[0] for row in chart.rows} == {"sort", "grep"}


def test_more_machine_types_than_colours_are_drawn_as_one() -> None:
    rows = [run(machine=f"m{place}") for place in range(MAX_SERIES + 5)]

    chart = runtime_chart(rows, len(rows), "nodes")

    assert chart is not None
    assert len(chart.figure["data"]) == 2 * MAX_SERIES
    assert sum(len(trace.get("customdata", ())) for trace in chart.figure["data"]) == len(rows)


def test_what_is_left_out_is_said() -> None:
    chart = runtime_chart([run(), run(input_bytes=None)], 5, "input_bytes")

    assert chart is not None
    assert chart.note == "The 2 most recent of 5 records. 1 without input size are left out."


def test_nothing_to_draw_is_no_chart() -> None:
    assert runtime_chart([run(input_bytes=None)], 1, "input_bytes") is None


def test_input_sizes_are_drawn_in_a_unit_that_fits_them() -> None:
    chart = runtime_chart([run(input_bytes=size * 10**6) for size in (8, 16)], 2, "input_bytes")

    assert chart is not None
    assert chart.figure["layout"]["xaxis"]["title"]["text"] == "input size (MB)"
    assert chart.figure["data"][0]["x"] == [8, 16]


def test_the_timeline_sums_up() -> None:
    chart = timeline_chart(
        [TimelinePoint(day=f"2026-01-0{day}", batches=1, records=day) for day in (1, 2, 3)]
    )

    assert chart.figure["data"][1]["y"] == [1, 3, 6]


def test_a_split_bar_is_full_and_leaves_out_what_is_empty() -> None:
    shares = split({"accepted": 3, "rejected": 0, "pending": 1})

    assert [share.name for share in shares] == ["accepted", "pending"]
    assert sum(share.width for share in shares) == WIDTH
    assert shares[1].x == shares[0].width


def test_long_names_are_short_in_charts_and_two_that_look_alike_stay_two() -> None:
    names = [f"{'nightly-' * 6}{place}{'-of-everything' * 6}" for place in range(2)]

    axis = categories(names)

    assert axis["tickvals"] == names
    assert axis["ticktext"][0] == axis["ticktext"][1] == shown(names[0])
    assert len(shown(names[0])) < len(names[0])
    assert shown("<b>sort") == plain("<b>sort")
