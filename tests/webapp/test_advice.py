"""The page and the operations that foretell runs: what is asked is in the address."""

import html
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from ledger.model.advice.usual import Usual
from webapp.advice.state import form_of
from webapp.advice.state import query_of
from webapp.format import TIMES

SORT = {"job": "sort", "input": "10 GB", "deadline": "5 min", "confidence": "0.75"}


def page(client: FlaskClient, **asked: Any) -> str:
    return html.unescape(client.get("/predict", query_string=asked).get_data(as_text=True))


def test_a_cluster_is_chosen_and_told_with_its_model_and_records(client: FlaskClient) -> None:
    told = page(client, **SORT)
    found = client.get(
        "/api/v1/recommend/sort?input_bytes=10+GB&deadline=5+min&confidence=0.75"
    ).get_json()

    choice = found["choice"]
    assert f"{choice['nodes']} {TIMES} {choice['machine_type']}" in told
    assert "The cheapest cluster that ends within" in told
    assert f"Model {choice['runtime']['model']}" in told
    assert choice["spark_submit"] in told
    assert choice["sure_seconds"] <= 300


def test_the_curve_has_the_runs_under_it(client: FlaskClient) -> None:
    content = client.get("/predict", query_string=SORT).get_data(as_text=True)
    figure = json.loads(re.search(r'id="figure-curve">(.*?)</script>', content)[1])

    points = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert points
    assert all(link.startswith("/records/bafy") for link in points[0]["meta"]["links"])
    assert figure["layout"]["shapes"][0]["y0"] == 300


def test_without_a_question_the_usual_one_is_asked(client: FlaskClient) -> None:
    told = page(client, job="sort")

    assert 'id="figure-curve"' in told
    assert re.search(r'name="input" value="[0-9.]+ GB"', told)


def test_what_was_written_is_kept_though_it_cannot_be_understood(client: FlaskClient) -> None:
    asked = {**SORT, "deadline": "soon"}
    answer = client.get("/predict", query_string=asked)
    told = html.unescape(answer.get_data(as_text=True))

    assert answer.status_code == 400
    assert "'soon' is not a quantity of seconds" in told
    assert 'name="deadline" value="soon"' in told


def test_too_little_to_say_anything_is_told_and_not_hidden(client: FlaskClient) -> None:
    answer = client.get("/predict", query_string={"job": "sort", "input": "900 TB"})

    assert answer.status_code == 200
    assert "no runtime can be foretold" in html.unescape(answer.get_data(as_text=True))


def test_a_job_that_nobody_ran_is_not_found(client: FlaskClient) -> None:
    assert client.get("/predict?job=nobody").status_code == 404
    assert client.get("/api/v1/predict/nobody").status_code == 404
    assert client.get("/api/v1/recommend/nobody").status_code == 404


def test_an_app_starts_without_what_models_are_learned_with() -> None:
    told = "import sys, webapp.app; print(sorted({'sklearn', 'skops'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_what_no_run_has_is_not_looked_for(client: FlaskClient) -> None:
    asked = [("job", "sort"), *(("machine", f"m{number}") for number in range(500))]
    told = client.get("/predict", query_string=asked)
    number = client.get("/predict", query_string={"job": "sort", "p.k": "9" * 400})

    assert told.status_code == number.status_code == 200
    assert "m499" not in told.get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    [
        "nodes=0",
        "level=1",
        "parameter=k",
        "only=all",
        "input_bytes=big",
        "deadline=1",
        "contributor=me",
        "cores_per_node=0",
    ],
)
def test_wrong_parameters_of_a_prediction_are_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/predict/sort?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    ["confidence=1", "confidence=0.3", "budget=-1", "price=cheap", "nodes=0", "trials=21"],
)
def test_wrong_wishes_are_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/recommend/sort?{query}").status_code == 400


def test_a_prediction_names_its_records_and_its_level(client: FlaskClient) -> None:
    asked = {"nodes": 4, "machine_type": "m4.2xlarge", "input_bytes": "10 GB", "level": "0.5"}
    found = client.get("/api/v1/predict/sort", query_string=asked).get_json()

    assert found["level"] == 0.5
    assert found["lower_seconds"] <= found["runtime_seconds"] <= found["upper_seconds"]
    assert len(found["cids"]) == found["records"] == sum(found["standing"].values())


def test_a_prediction_is_for_whoever_is_named(client: FlaskClient) -> None:
    asked = {
        "nodes": 4,
        "machine_type": "m4.2xlarge",
        "input_bytes": "10 GB",
        "contributor": "0x" + "1" * 40,
    }

    found = client.get("/api/v1/predict/sort", query_string=asked).get_json()

    assert any("ran it too few times" in note for note in found["notes"])


def test_only_who_ran_a_job_can_be_chosen() -> None:
    ran, stranger = "0x" + "1" * 40, "0x" + "2" * 40
    usual = Usual(size_bytes=None, properties={})

    forms = [
        form_of(MultiDict({"job": "sort", "contributor": each}), usual, [], [ran])
        for each in (ran, stranger)
    ]

    assert [query_of(each).contributor for each in forms] == [ran, None]


@pytest.mark.browser
def test_a_deadline_that_is_moved_changes_the_choice(page: Any, served: str) -> None:
    page.goto(served + "/predict?job=sort&input=10+GB&confidence=0.75")
    page.wait_for_selector(".plot[data-drawn]")
    title, slide = page.locator("#choice-title"), page.locator("#slide")
    cheapest = title.text_content()

    options = json.loads(page.locator("#options").text_content())
    times = sorted(each["sure"] for each in options)
    slide.fill(str(times[0] * 1.001))
    page.wait_for_function("document.querySelector('.plot')._fullLayout.shapes.length === 1")

    assert title.text_content() != cheapest
    assert "The cheapest cluster that ends within" in page.locator("#choice").text_content()
    submit = page.locator("[data-choice=submit]").text_content()
    assert page.locator("#choice .copy").get_attribute("data-copy") == submit
    slide.dispatch_event("change")
    assert "deadline=" in page.url

    slide.fill(slide.get_attribute("min"))
    assert "Nothing ends within" in page.locator("#choice").text_content()


@pytest.mark.browser
def test_the_deadline_moves_by_keyboard(page: Any, served: str) -> None:
    page.goto(served + "/predict?job=sort&input=10+GB&confidence=0.75")
    slide = page.locator("#slide")
    slide.focus()
    before = slide.get_attribute("aria-valuetext")

    page.keyboard.press("Home")

    assert slide.get_attribute("aria-valuetext") != before
