"""Charts in a browser: by keyboard, in other scales, series by series, and as files."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

LIST = "/records?job=sort&limit=25"
TYPE_OF_Y = "document.querySelector('.plot')._fullLayout.yaxis.type"
SHOWN = "document.querySelectorAll('.plot .scatterlayer .trace').length"


@pytest.fixture
def chart(page: Any, served: str) -> Any:
    page.goto(served + LIST)
    page.wait_for_selector(".plot[data-drawn]")
    return page


def downloaded(page: Any, name: str) -> bytes:
    with page.expect_download() as pending:
        page.get_by_role("button", name=name).click()
    return Path(pending.value.path()).read_bytes()


def test_points_are_told_and_opened_by_keyboard(chart: Any) -> None:
    chart.locator(".plot").focus()
    chart.keyboard.press("ArrowRight")
    told = chart.locator(".chart output").text_content()
    assert "scale-out (nodes): " in told
    assert "runtime (s): " in told

    chart.keyboard.press("ArrowRight")
    assert chart.locator(".chart output").text_content() != told
    chart.keyboard.press("Enter")

    chart.wait_for_url("**/records/bafyrei*")


def test_a_point_tells_what_it_is_under_the_pointer(chart: Any) -> None:
    """And does so without a style attribute, of which the page would complain."""
    points = chart.locator(".plot .scatterlayer .point")
    points.first.hover(force=True)

    chart.wait_for_selector(".hoverlayer .hovertext")


def test_a_scale_is_switched_to_logarithms_and_back(chart: Any) -> None:
    switch = chart.get_by_role("button", name="log y")
    switch.focus()
    chart.keyboard.press("Enter")
    chart.wait_for_function(f"{TYPE_OF_Y} === 'log'")
    assert switch.get_attribute("aria-pressed") == "true"

    chart.keyboard.press("Enter")

    chart.wait_for_function(f"{TYPE_OF_Y} === 'linear'")


def test_a_series_is_taken_out_and_put_back(chart: Any) -> None:
    before = chart.evaluate(SHOWN)
    series = chart.locator(".tools .tool").first

    series.click()
    chart.wait_for_function(f"before => {SHOWN} < before", arg=before)
    series.click()

    chart.wait_for_function(f"before => {SHOWN} === before", arg=before)


def test_zooming_in_is_taken_back(chart: Any) -> None:
    ends = "document.querySelector('.plot')._fullLayout.xaxis.range.join()"
    whole = chart.evaluate(ends)
    chart.evaluate("Plotly.relayout(document.querySelector('.plot'), {'xaxis.range': [2, 3]})")
    assert chart.evaluate(ends) == "2,3"

    chart.get_by_role("button", name="Reset zoom").click()

    chart.wait_for_function(f"whole => {ends} === whole", arg=whole)


def test_the_table_of_a_chart_is_had_as_csv(chart: Any) -> None:
    rows = list(csv.reader(io.StringIO(downloaded(chart, "Download as CSV").decode())))

    shown = chart.locator(".chart-table tbody tr").count()
    assert len(rows) == 1 + shown
    assert rows[0][0] == "Machine type"


def test_a_chart_is_had_as_svg_and_png(chart: Any) -> None:
    assert b"<svg" in downloaded(chart, "Download as SVG")
    assert downloaded(chart, "Download as PNG").startswith(b"\x89PNG")


def test_a_cluster_of_a_job_leads_to_its_runs(page: Any, served: str) -> None:
    page.goto(served + "/jobs/sort")
    page.wait_for_selector("[data-chart=scale-out][data-drawn]")
    page.locator("[data-chart=scale-out]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    page.wait_for_url("**/records?**")

    shown = page.locator("table.records tbody td[data-label=Nodes]").all_inner_texts()
    assert set(shown) == {"2"}
