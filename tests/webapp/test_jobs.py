"""Pages of jobs and of machine types: their figures are those of their records."""

import html
from statistics import median

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node
from webapp.format import TIMES
from webapp.format import seconds
from webapp.named import named_url


def text_of(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True))


def test_the_list_has_every_job_with_its_records(client: FlaskClient, ledger_node: Node) -> None:
    found = client.get("/api/v1/jobs").get_json()["rows"]

    expected = {each.value: each.count for each in ledger_node.queries.facets()["job"]}
    assert {row["name"]: row["records"] for row in found} == expected
    page = text_of(client, "/jobs")
    assert all(f'href="/jobs/{job}"' in page for job in expected)


def test_accepted_and_refused_are_counted_apart(client: FlaskClient, ledger_node: Node) -> None:
    (row,) = [
        each for each in client.get("/api/v1/jobs").get_json()["rows"] if each["name"] == "sort"
    ]

    count = ledger_node.queries.count
    assert row["accepted"] == count(Filter(job=("sort",), status=("accepted",)))
    assert row["refused"] == count(Filter(job=("sort",), status=("rejected",))) == 1


def test_a_jobs_page_ranks_the_clusters_that_ran_the_same(
    client: FlaskClient, ledger_node: Node
) -> None:
    chosen = Filter(job=("kmeans",), nodes=(4,), input_bytes_max=10**10)
    runs = [row.runtime_seconds for row in ledger_node.queries.records(chosen).rows]

    page = text_of(client, "/jobs/kmeans")

    assert "What it takes on 10 GB" in page.replace("\u202f", " ")
    assert seconds(median(runs)) in page
    assert page.index(f"4 {TIMES} m4.2xlarge") < page.index(f"2 {TIMES} m4.2xlarge")


def test_another_input_can_be_shown(client: FlaskClient) -> None:
    page = text_of(client, "/jobs/kmeans?work=1").replace("\u202f", " ")

    assert "What it takes on 20 GB" in page


def test_consistency_is_told_over_repeats(client: FlaskClient) -> None:
    found = client.get("/api/v1/jobs/grep").get_json()

    consistency = found["consistency"]
    variations = [each["runtime"]["variation"] for each in consistency["worst"]]
    assert consistency["repeated"] == 8
    assert variations == sorted(variations, reverse=True)
    assert consistency["median"] == pytest.approx(median(variations))


def test_machine_types_stand_against_each_other(client: FlaskClient) -> None:
    """They take the same time in the fixture, so the ratio is 1, or all but."""
    found = client.get("/api/v1/machines/c4.2xlarge").get_json()

    (other,) = found["standings"]
    assert other["machine_type"] == "m4.2xlarge"
    assert other["ratio"]["configurations"] == 12
    assert other["ratio"]["ratio"] == pytest.approx(1, abs=0.02)


def test_pages_link_to_records_and_back(client: FlaskClient, ledger_node: Node) -> None:
    cid = ledger_node.queries.records(Filter(job=("grep",)), limit=1).rows[0].cid

    assert 'href="/jobs/grep"' in text_of(client, f"/records/{cid}")
    assert "/records?job=grep" in text_of(client, "/jobs/grep")
    assert 'href="/jobs/grep"' in text_of(client, "/machines/m4.2xlarge")


@pytest.mark.parametrize(
    "path",
    ["/jobs/unknown", "/machines/unknown", "/api/v1/jobs/unknown", "/jobs/" + "x" * 300,
     "/jobs/called", "/machines/called?called="],
)  # fmt: skip
def test_what_nobody_ran_answers_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("place", ["-1", "x", "99", "9" * 5_000])
def test_a_work_that_is_not_there_is_no_fault(client: FlaskClient, place: str) -> None:
    assert client.get(f"/jobs/sort?work={place}").status_code == 200


@pytest.mark.parametrize("name", ["sort", "a b", "a/b", "ü?#%", "..", "a//b", "a/../b", "/a", "\n"])
def test_every_name_has_an_address_that_leads_to_it(app: Flask, name: str) -> None:
    with app.test_request_context():
        address = named_url("jobs.detail", name)

    with app.test_request_context(address) as context:
        given = dict(context.request.view_args or {}) or context.request.args.to_dict()
    assert list(given.values()) == [name]
