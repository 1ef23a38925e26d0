"""Comparing: sides, ratios and their uncertainty, what differs, and the ways to the page."""

import html
import math
import re
from collections.abc import Iterator
from statistics import fmean
from statistics import median
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.index.filters import Filter
from ledger.node import Node
from ledger.record import codec
from tests.conftest import execution
from tests.webapp.test_pages import inline_parts
from webapp import create_app
from webapp.format import TIMES
from webapp.format import seconds
from webapp.format import short

MACHINES = ("of", "job=sort&machine_type=m4.2xlarge"), ("of", "job=sort&machine_type=c4.2xlarge")
SORT_AND_GREP = ("of", "job=sort&nodes=2"), ("of", "job=grep&nodes=2")


def page_of(client: FlaskClient, *sides: tuple[str, str]) -> str:
    response = client.get("/compare", query_string=sides)
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True))


def sides_of(address: str) -> list[dict[str, list[str]]]:
    return [parse_qs(each) for each in parse_qs(urlsplit(address).query)["of"]]


def runtimes(node: Node, **chosen: object) -> list[float]:
    wanted = Filter.model_validate(
        {"status": ("pending", "anchored", "accepted"), "outcome": ("succeeded",), **chosen}
    )
    return [row.runtime_seconds for row in node.queries.records(wanted, limit=1_000).rows]


def test_the_median_of_each_group_is_that_of_its_runs(
    client: FlaskClient, ledger_node: Node
) -> None:
    page = page_of(client, *SORT_AND_GREP)

    for job in ("sort", "grep"):
        assert seconds(median(runtimes(ledger_node, job=(job,), nodes=(2,)))) in page


def test_a_rejected_run_does_not_count(client: FlaskClient, ledger_node: Node) -> None:
    found = client.get("/api/v1/compare", query_string=SORT_AND_GREP).get_json()

    counted = len(runtimes(ledger_node, job=("sort",), nodes=(2,)))
    everything = ledger_node.queries.count(Filter(job=("sort",), nodes=(2,)))
    assert found["sides"][0]["measured"]["runtime"]["count"] == counted
    assert counted < everything


def test_like_is_compared_with_like(client: FlaskClient, ledger_node: Node) -> None:
    """Both machine types ran each configuration in the same time, one of them one of them more."""
    found = client.get("/api/v1/compare", query_string=MACHINES).get_json()

    ratio = found["sides"][1]["against_first"]
    assert (ratio["method"], ratio["configurations"]) == ("matched", 4)
    assert ratio["ratio"] == pytest.approx(1, abs=0.05)
    assert ratio["low"] <= ratio["ratio"] <= ratio["high"]


def test_jobs_have_a_ratio_where_nothing_else_tells_them_apart(
    client: FlaskClient, ledger_node: Node
) -> None:
    sides = (("of", "job=sort&nodes=2"), ("of", "job=kmeans&nodes=2"))

    found = client.get("/api/v1/compare", query_string=sides).get_json()

    ratio = found["sides"][1]["against_first"]
    assert ratio["ratio"] > 2
    assert TIMES in found["sides"][1]["says"]


def test_two_records_are_compared_over_their_repeats(
    client: FlaskClient, ledger_node: Node
) -> None:
    rows = {
        job: ledger_node.queries.records(
            Filter(job=(job,), machine_type=("c4.2xlarge",), nodes=(2,), status=("accepted",),
                   input_bytes_max=10**10), limit=10
        ).rows
        for job in ("kmeans", "grep")
    }  # fmt: skip
    sides = [("of", found[0].cid) for found in rows.values()]

    found = client.get("/api/v1/compare", query_string=sides).get_json()

    ratio = found["sides"][1]["against_first"]
    logs = [fmean(math.log(row.runtime_seconds) for row in each) for each in rows.values()]
    assert ratio["method"] == "repeats"
    assert (ratio["baseline_runs"], ratio["runs"]) == (2, 2)
    assert ratio["ratio"] == pytest.approx(math.exp(logs[1] - logs[0]))
    assert ratio["high"] > ratio["ratio"] > ratio["low"]


def test_one_run_on_each_side_has_no_interval(client: FlaskClient) -> None:
    first = "machine_type=c4.2xlarge&nodes=2&input_bytes_max=10 GB&started_to=2024-03-01T23:00:00Z"

    page = page_of(client, ("of", f"job=grep&{first}"), ("of", f"job=kmeans&{first}"))

    assert "no interval: too few runs to tell how much they vary" in page
    assert "No side is clearly the fastest" in page


def test_values_keep_their_units(client: FlaskClient, ledger_node: Node) -> None:
    rows = ledger_node.queries.records(Filter(job=("grep",), nodes=(2,)), limit=2).rows

    page = page_of(client, *(("of", row.cid) for row in rows))

    assert "\N{REPLACEMENT CHARACTER}" not in page
    assert "GB" in page


def test_records_alike_are_told_apart_by_their_cids(client: FlaskClient, ledger_node: Node) -> None:
    chosen = Filter(
        job=("kmeans",), nodes=(2,), machine_type=("c4.2xlarge",), input_bytes_max=10**10
    )
    rows = ledger_node.queries.records(chosen).rows

    found = client.get("/api/v1/compare", query_string=[("of", row.cid) for row in rows])

    labels = [side["label"] for side in found.get_json()["sides"]]
    assert [label.rpartition(", ")[2] for label in labels] == [short(row.cid) for row in rows]


def test_what_differs_is_told_and_what_is_the_same_is_folded_away(client: FlaskClient) -> None:
    page = page_of(client, *SORT_AND_GREP)

    differing, _, same = page.partition('<details class="same">')
    assert 'data-differs><th scope="row">Job</th><td>sort</td><td>grep</td>' in differing
    assert '<th scope="row">Framework</th><td>spark</td><td>spark</td>' in same


def test_history_is_drawn_below(client: FlaskClient) -> None:
    page = page_of(client, *SORT_AND_GREP)

    assert page.index('id="results-title"') < page.index('id="figure-history"')
    assert "2024-03-01" in page


def test_a_comparison_carries_nothing_inline(client: FlaskClient) -> None:
    response = client.get("/compare", query_string=SORT_AND_GREP)

    assert inline_parts(response.get_data(as_text=True)) == []


def test_a_job_is_split_by_machine_type(client: FlaskClient) -> None:
    response = client.get("/compare/split?by=machine_type&job=sort")

    assert sides_of(response.headers["Location"]) == [
        {"job": ["sort"], "machine_type": ["m4.2xlarge"]},
        {"job": ["sort"], "machine_type": ["c4.2xlarge"]},
    ]


def test_a_record_leads_to_the_same_job_on_other_machine_types(
    client: FlaskClient, ledger_node: Node
) -> None:
    chosen = Filter(job=("grep",), machine_type=("c4.2xlarge",), nodes=(2,))
    cid = ledger_node.queries.records(chosen, limit=1).rows[0].cid

    sides = sides_of(client.get(f"/compare/machines/{cid}").headers["Location"])

    assert [side["machine_type"] for side in sides] == [["c4.2xlarge"], ["m4.2xlarge"]]
    assert {side["nodes"][0] for side in sides} == {"2"}


@pytest.fixture(scope="module")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A ledger whose jobs ran on one machine type only, but for a run of sort that failed."""
    home = tmp_path_factory.mktemp("lonely") / "home"
    failed = execution("sort", "m4.2xlarge", 2, 10, 0).model_dump(mode="json")
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        runs = [execution(job, "c4.2xlarge", 2, 10, 0) for job in ("sort", "grep")]
        node.accept([*runs, codec.from_python({**failed, "status": "failed"})])
        yield create_app(node).test_client()


def links_to_compare(client: FlaskClient, path: str) -> list[str]:
    page = client.get(path)
    assert page.status_code == 200
    found = re.findall(r'href="(/compare/[^"]+)"', page.get_data(as_text=True))
    return [html.unescape(each) for each in found]


def test_no_page_offers_to_compare_what_ran_on_one_machine_type(lonely: FlaskClient) -> None:
    rows = lonely.get("/api/v1/records").get_json()["rows"]
    paths = ["/compare", "/jobs/sort", "/jobs/grep", "/machines/c4.2xlarge",
             *(f"/records/{row['cid']}" for row in rows)]  # fmt: skip

    assert {path: links_to_compare(lonely, path) for path in paths} == {path: [] for path in paths}


@pytest.mark.parametrize("path", ["/compare", "/jobs/sort", "/machines/c4.2xlarge", "/records",
                                  "/records?job=sort&status=accepted"])  # fmt: skip
def test_every_offer_to_compare_leads_to_a_comparison(client: FlaskClient, path: str) -> None:
    found = links_to_compare(client, path)

    assert found
    for address in found:
        assert client.get(address, follow_redirects=True).status_code == 200, address


def test_a_record_offers_the_machine_types_that_ran_the_same(
    client: FlaskClient, ledger_node: Node
) -> None:
    cid = ledger_node.queries.records(Filter(job=("grep",)), limit=1).rows[0].cid

    assert links_to_compare(client, f"/records/{cid}") == [f"/compare/machines/{cid}"]


def test_a_list_is_split_by_what_its_records_say_even_where_none_counts(
    lonely: FlaskClient,
) -> None:
    (address,) = [
        each for each in links_to_compare(lonely, "/records?job=sort") if "machine" in each
    ]

    page = lonely.get(address, follow_redirects=True)

    assert page.status_code == 200
    assert "cannot be compared" in page.get_data(as_text=True)


def test_the_form_adds_a_side(client: FlaskClient) -> None:
    response = client.get("/compare?of=job%3Dsort&add_job=grep&add_nodes=2")

    assert sides_of(response.headers["Location"]) == [
        {"job": ["sort"]},
        {"job": ["grep"], "nodes": ["2"]},
    ]


@pytest.mark.parametrize(
    "query",
    [
        [("of", "colour=red"), ("of", "job=sort")],
        [("of", "job=sort&runtime_min=fast"), ("of", "job=grep")],
        [("of", f"job=j{place}") for place in range(7)],
        [("of", "job=" + "x" * 5_000), ("of", "job=sort")],
    ],
)
def test_what_cannot_be_compared_is_named(
    client: FlaskClient, query: list[tuple[str, str]]
) -> None:
    for path in ("/compare", "/api/v1/compare"):
        assert client.get(path, query_string=query).status_code == 400


def test_an_unknown_record_answers_404(client: FlaskClient) -> None:
    query = [("of", "bafyrei" + "a" * 52), ("of", "job=sort")]

    assert client.get("/compare", query_string=query).status_code == 404


def test_a_group_without_a_run_that_counts_says_so(client: FlaskClient) -> None:
    page = page_of(client, ("of", "job=sort"), ("of", "job=nothing"))

    assert "cannot be compared" in page
    assert "No side is clearly the fastest" in page


def test_a_list_is_a_form_that_compares_what_is_ticked(
    client: FlaskClient, ledger_node: Node
) -> None:
    page = client.get("/records?job=grep").get_data(as_text=True)

    boxes = re.findall(r'name="of" value="(\w+)" form="compare-form"', page)
    assert boxes == [row.cid for row in ledger_node.queries.records(Filter(job=("grep",))).rows]
    assert re.search(r'<form id="compare-form"[^>]* action="/compare"', page)


def test_a_side_without_a_run_that_counts_is_no_baseline(client: FlaskClient) -> None:
    page = page_of(client, ("of", "job=sort"), ("of", "job=nothing"))

    _, _, line = page.partition('<th scope="row">Against A</th>')
    cells = re.findall(r"<td>([^<]*)(?:<small>([^<]*))?", line.partition("</tr>")[0])
    assert cells == [("baseline", ""), ("\N{EN DASH}", "no run that counts")]


def test_a_record_that_does_not_count_stands_for_itself(lonely: FlaskClient) -> None:
    rows = lonely.get("/api/v1/records").get_json()["rows"]
    failed, other = sorted(rows, key=lambda row: row["outcome"])[:2]
    assert failed["outcome"] == "failed"

    found = lonely.get(
        "/api/v1/compare", query_string=[("of", failed["cid"]), ("of", other["cid"])]
    )

    measured = found.get_json()["sides"][0]["measured"]
    assert measured["runtime"]["median"] == failed["runtime_seconds"]
    assert [period["begins"][:10] for period in measured["history"]] == [failed["started_at"][:10]]
