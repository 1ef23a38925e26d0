"""The JSON API: the same answers for programs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.index.views import Overview
from ledger.index.views import Page
from ledger.index.views import RecordDetail
from ledger.node import Node
from ledger.record.schema import json_schema
from tests.webapp import forms
from webapp.api.reference import endpoints


def problem(response: object) -> dict[str, object]:
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


def test_the_reference_lists_every_endpoint_with_what_it_does(
    app: Flask, client: FlaskClient
) -> None:
    html = client.get("/api").get_data(as_text=True)

    for endpoint in endpoints(app, "http://localhost"):
        assert endpoint.path in html
        assert endpoint.says.endswith(".")
