"""The JSON API: the same answers for programs."""

import json
import re
from html import unescape
from importlib.metadata import version
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.index.views import Overview
from ledger.index.views import Page
from ledger.index.views import RecordDetail
from ledger.node import Node
from ledger.record import codec
from ledger.record.schema import json_schema
from tests.conftest import execution
from tests.webapp import forms
from webapp.api.description import ordered
from webapp.api.openapi import document
from webapp.api.routes import OPERATIONS
from webapp.api.routes import ROOT


def problem(response: object) -> dict[str, Any]:
    assert response.mimetype == "application/problem+json"  # type: ignore[attr-defined]
    return response.get_json()  # type: ignore[attr-defined, no-any-return]


def test_answers_are_the_views_of_the_index(client: FlaskClient, ledger_node: Node) -> None:
    queries = ledger_node.queries
    row = queries.records(limit=1).rows[0]

    assert Overview.model_validate(client.get("/api/v1/overview").get_json()) == queries.overview()
    page = Page.model_validate(client.get("/api/v1/records?limit=5").get_json())
    assert page == queries.records(limit=5)
    detail = RecordDetail.model_validate(client.get(f"/api/v1/records/{row.cid}").get_json())
    assert detail == queries.record(row.cid)


@pytest.mark.parametrize(
    "path",
    ["facets?job=sort", "batches", "contributors", "validators", "status", "healthz", "schema",
     "contributions"],
)  # fmt: skip
def test_lists_and_states_answer(client: FlaskClient, path: str) -> None:
    response = client.get(f"/api/v1/{path}")

    assert response.status_code == 200
    assert response.is_json or response.mimetype == "application/schema+json"


def test_single_things_answer(client: FlaskClient, ledger_node: Node) -> None:
    row = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    validator = ledger_node.queries.validators()[0].address
    contribution = ledger_node.contributions.latest(1)[0].id

    for path in (
        f"batches/{row.batch_id}",
        f"contributors/{row.contributor}",
        f"validators/{validator}",
        f"contributions/{contribution}",
        f"records/{row.cid}/block",
        f"records/{row.cid}/proof",
    ):
        assert client.get(f"/api/v1/{path}").status_code == 200, path


def test_the_schema_of_a_record_has_an_address_to_cite(client: FlaskClient) -> None:
    assert client.get("/schema/record-1.json").get_json() == dict(json_schema())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("records/nothing", 404),
        ("nothing", 404),
        ("records?jobb=sort", 400),
        ("records?limit=5000", 400),
        ("records?after=x", 400),
        ("batches/0x12", 404),
        ("contributors/me", 400),
        ("export.xml", 404),
        ("records/bafyrei/block", 400),
    ],
)
def test_errors_are_problem_details(client: FlaskClient, path: str, status: int) -> None:
    response = client.get(f"/api/v1/{path}")

    found = problem(response)
    assert (response.status_code, found["status"]) == (status, status)
    assert found["detail"]


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    response = client.delete("/api/v1/overview")

    assert problem(response)["status"] == 405
    assert "GET" in response.headers["Allow"]


def test_contributing_returns_the_contribution_and_the_bad_rows(
    contributor: FlaskClient, empty_node: Node
) -> None:
    rows = b"job,framework,nodes,runtime_s\nwc,spark,2,31\nwc,spark,two,31\n"

    response = contributor.post("/api/v1/contributions", data=rows, content_type="text/csv")

    answer = response.get_json()
    assert response.status_code == 201
    assert (answer["new"], answer["bad"]) == (1, 1)
    assert (answer["faults"][0]["line"], answer["faults"][0]["column"]) == (3, "nodes")
    followed = contributor.get(response.headers["Location"]).get_json()
    assert followed["id"] == answer["contribution"]["id"]
    again = contributor.post("/api/v1/contributions", data=rows, content_type="text/csv")
    assert (again.status_code, again.get_json()["contribution"]) == (200, None)


def test_contributing_a_file_names_its_signer(contributor: FlaskClient, empty_node: Node) -> None:
    rows = b"job\tframework\tnodes\truntime_s\nwc\tspark\t2\t37\n"
    signer = empty_node.signers()[3].address

    response = contributor.post(
        "/api/v1/contributions",
        data={"file": forms.file(rows, "wc.tsv"), "signer": signer},
        content_type="multipart/form-data",
    )

    assert response.get_json()["contribution"]["contributor"] == signer


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil"}])
def test_a_page_of_another_site_cannot_contribute(
    contributor: FlaskClient, empty_node: Node, headers: dict[str, str]
) -> None:
    before = empty_node.queries.count()

    response = contributor.post(
        "/api/v1/contributions",
        data=b"job,framework,nodes,runtime_s\nevil,spark,2,31\n",
        content_type="text/plain",
        headers=headers,
    )

    assert problem(response)["status"] == 403
    assert empty_node.queries.count() == before


def test_a_proof_is_verified_however_it_is_sent(client: FlaskClient, ledger_node: Node) -> None:
    cid = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid
    proof = client.get(f"/api/v1/records/{cid}/proof").data

    answers = [
        client.post("/api/v1/verify", json={"cid": cid}),
        client.post("/api/v1/verify", data=proof),
        client.post("/api/v1/verify", data=proof, content_type="application/x-www-form-urlencoded"),
        client.post(
            "/api/v1/verify",
            data={"proof": forms.file(proof, "p.json")},
            content_type="multipart/form-data",
        ),
    ]

    assert [answer.get_json()["result"] for answer in answers] == ["valid"] * 4
    assert answers[0].get_json()["steps"][-1]["name"] == "quorum"


def test_the_reference_lists_every_operation_with_what_it_does(client: FlaskClient) -> None:
    html = client.get("/api").get_data(as_text=True)

    for each in ordered():
        assert f"/api/v1{each.path}<" in html
        assert f'id="op-{each.name}"' in html
        assert each.summary.endswith((".", ":")) or each.summary[-1].isalpha()


def test_every_operation_can_be_tried_on_the_page(client: FlaskClient) -> None:
    html = client.get("/api").get_data(as_text=True)
    tried = [
        unescape(url) for url in re.findall(r'<a class="button quiet" href="([^"]+)">Try', html)
    ]

    reading = [each for each in ordered() if each.method == "GET" and each.scope is None]
    # A contribution is known by its answer alone, and no record here is encrypted.
    assert len(tried) >= len(reading) - 2
    for url in tried:
        assert client.get(url).status_code == 200, url


def test_the_description_is_served_as_it_is_made_of_the_code(client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json").get_json()

    assert served == json.loads(json.dumps(document(ordered(), ["http://localhost"], ROOT)))
    assert served["openapi"].startswith("3.1")
    assert served["info"]["version"] == version("perfledger")


def test_every_filter_of_the_index_is_one_of_the_api() -> None:
    described = document(ordered(), [], ROOT)["paths"]["/records"]["get"]["parameters"]

    assert set(Filter.model_fields) <= {each["name"] for each in described}
    assert all(each["description"] for each in described)


def test_every_route_of_the_api_is_described(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith(ROOT)}

    assert routes == {f"api.{name}" for name in OPERATIONS}


def test_every_json_answer_has_an_example() -> None:
    operations = [
        (path, method, operation)
        for path, methods in document(ordered(), [], ROOT)["paths"].items()
        for method, operation in methods.items()
    ]
    bare = {"NodeStatus", "Standing", "Holders"}  # figures of one node, told by their descriptions

    for path, method, operation in operations:
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json", {})
            model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if model and model not in bare:
                assert "example" in content, (path, method, status)


def test_parameters_that_are_wrong_are_all_named(client: FlaskClient) -> None:
    found = problem(client.get("/api/v1/records?jobb=sort&nodes=4.0&limit=5&limit=6&q=a"))

    assert [each["parameter"] for each in found["errors"]] == ["'jobb'", "limit", "nodes"]
    assert "job, framework" in str(found["hint"])


@pytest.mark.parametrize(
    ("query", "same_as"),
    [
        ("input_bytes_min=20 GB", "input_bytes_min=20000000000"),
        ("runtime_max=3.5 min", "runtime_max=210"),
        ("started_from=2024-03-02", "started_from=2024-03-02T00:00:00Z"),
        ("nodes=2&nodes=4", ""),
    ],
)
def test_sizes_times_and_moments_are_read_as_people_write_them(
    client: FlaskClient, query: str, same_as: str
) -> None:
    one, other = (client.get(f"/api/v1/records?{each}").get_json() for each in (query, same_as))

    assert one["rows"] == other["rows"]
    assert one["total"] > 0


@pytest.mark.parametrize("query", ["provider=aws", "validator={validator}", "provider=gcp"])
def test_the_newest_filters_narrow_lists_facets_and_ranges(
    client: FlaskClient, ledger_node: Node, query: str
) -> None:
    query = query.format(validator=ledger_node.queries.validators()[0].address)

    total = client.get(f"/api/v1/records?{query}").get_json()["total"]
    found = client.get(f"/api/v1/facets?{query}").get_json()

    assert (total == 0) == (query == "provider=gcp")
    assert sum(each["count"] for each in found["facets"]["job"]) == total
    assert sum(each["count"] for each in found["ranges"]["runtime_seconds"]) == total


def walked(client: FlaskClient, path: str, name: str, key: str) -> list[str]:
    """Every row of a list, by following its links."""
    rows: list[str] = []
    at: str | None = path
    while at is not None:
        response = client.get(at)
        rows += [row[key] for row in response.get_json()[name]]
        links = {
            found[2]: found[1]
            for found in re.finditer(
                r'<([^>]+)>; rel="([a-z]+)"', ", ".join(response.headers.getlist("Link"))
            )
        }
        at = links.get("next")
        assert (at is None) == (response.get_json()["next_after"] is None)
    return rows


def test_every_list_is_walked_by_its_links(client: FlaskClient, ledger_node: Node) -> None:
    queries = ledger_node.queries
    validator = queries.validators()[0].address

    everything = queries.records(limit=1_000)
    assert walked(client, "/api/v1/records?limit=20", "rows", "cid") == [
        row.cid for row in everything.rows
    ]
    assert walked(client, "/api/v1/batches?limit=1", "batches", "batch_id") == [
        row.batch_id for row in queries.batches()
    ]
    assert walked(client, "/api/v1/contributors?limit=1", "contributors", "address") == [
        row.address for row in queries.contributors()
    ]
    assert walked(client, "/api/v1/validators?limit=1", "validators", "address") == [
        row.address for row in queries.validators()
    ]
    assert walked(
        client, f"/api/v1/validators/{validator}/attestations?limit=1", "attestations", "batch_id"
    ) == [row.batch_id for row in queries.attestations(validator)]
    assert walked(client, "/api/v1/contributions?limit=1", "contributions", "id") == [
        each.id for each in ledger_node.latest_contributions()
    ]


def test_a_page_in_the_middle_links_back(client: FlaskClient) -> None:
    first = client.get("/api/v1/records?limit=2").get_json()
    second = client.get(f"/api/v1/records?limit=2&after={first['next_after']}")
    links = ", ".join(second.headers.getlist("Link"))

    assert 'rel="prev"' in links
    assert '</api/v1/records?limit=2>; rel="first"' in links
    previous = client.get(
        f"/api/v1/records?limit=2&before={second.get_json()['previous_before']}"
    ).get_json()
    assert previous["rows"] == first["rows"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("{cid}", "record"), ("{batch}", "batch"), ("{validator}", "validator"),
     ("{contributor}", "contributor"), ("sort", "records"), ("", "records")],
)  # fmt: skip
def test_a_search_leads_to_what_is_named(
    client: FlaskClient, ledger_node: Node, text: str, kind: str
) -> None:
    row = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    names = {
        "cid": row.cid,
        "batch": row.batch_id,
        "contributor": row.contributor,
        "validator": ledger_node.queries.validators()[0].address,
    }

    found = client.get("/api/v1/search", query_string={"q": text.format(**names)}).get_json()

    assert found["kind"] == kind
    assert client.get(found["url"]).status_code == client.get(found["page"]).status_code == 200


def test_the_timeline_counts_what_was_anchored(client: FlaskClient, ledger_node: Node) -> None:
    days = client.get("/api/v1/timeline").get_json()["days"]

    anchored = sum(batch.count for batch in ledger_node.queries.batches())
    assert sum(day["records"] for day in days) == anchored


def test_a_preview_keeps_nothing(contributor: FlaskClient, empty_node: Node) -> None:
    before = empty_node.queries.count()
    rows = b"job,framework,nodes,runtime_s\npv,spark,2,31\npv,spark,two,31\n"

    found = contributor.post("/api/v1/preview", data=rows, content_type="text/csv").get_json()

    assert (found["good"], found["bad"], found["faults"][0]["column"]) == (1, 1, "nodes")
    assert found["records"][0]["cid"].startswith("bafyrei")
    assert empty_node.queries.count() == before


def test_an_upload_without_a_record_is_told_line_by_line(contributor: FlaskClient) -> None:
    rows = b"job,framework,nodes,runtime_s\npv,spark,two,31\npv,spark,2,x\n"

    response = contributor.post("/api/v1/contributions", data=rows, content_type="text/csv")

    found = problem(response)
    assert response.status_code == 422
    assert [each["parameter"] for each in found["errors"]] == ["line 2, nodes", "line 3, runtime_s"]


@pytest.mark.parametrize("path", ["contributions", "preview", "verify"])
def test_a_body_of_another_type_is_refused_with_those_that_are_taken(
    contributor: FlaskClient, path: str
) -> None:
    response = contributor.post(f"/api/v1/{path}", data=b"<a/>", content_type="application/xml")

    assert (response.status_code, problem(response)["status"]) == (415, 415)
    assert "application/json" in str(problem(response)["hint"])


def test_every_problem_leads_to_its_description(client: FlaskClient) -> None:
    html = client.get("/api/problems").get_data(as_text=True)

    for response in (
        client.get("/api/v1/nothing"),
        client.get("/api/v1/records?x=1"),
        client.delete("/api/v1/records"),
        client.post("/api/v1/verify", data=b"x", content_type="application/xml"),
    ):
        page, _, name = str(problem(response)["type"]).partition("#")
        assert page == "/api/problems"
        assert f'id="{name}"' in html


def test_a_job_whose_name_has_slashes_is_found(contributor: FlaskClient, empty_node: Node) -> None:
    run = execution("sort", "m4.2xlarge", 2, 10, 7).model_dump(mode="json")
    run["job"]["name"] = "etl/daily sums"
    empty_node.accept([codec.from_python(run)])

    found = contributor.get("/api/v1/jobs/etl%2Fdaily%20sums")

    assert (found.status_code, found.get_json()["records"]) == (200, 1)
    page = contributor.get("/jobs/etl/daily%20sums").get_data(as_text=True)
    (link,) = re.findall(r'href="([^"]+)">As JSON', page)
    assert contributor.get(unescape(link)).status_code == 200
