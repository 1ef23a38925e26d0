"""Browsing: what the address says is what is listed, paged, drawn and downloaded."""

import csv
import io
import json
import re
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.record.cid import cid_of
from ledger.verify import parse_proof
from webapp.records.anchoring import links

ROW = re.compile(r'class="row-link" href="/records/(bafyrei[a-z2-7]{52})"')


def listed(client: FlaskClient, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return ROW.findall(response.get_data(as_text=True))


def test_several_values_of_a_filter_pass_any_of_them(
    client: FlaskClient, ledger_node: Node
) -> None:
    chosen = Filter(job=("sort", "grep"), nodes=(2,))

    found = listed(client, "/records?job=sort&job=grep&nodes=2&limit=100")

    expected = ledger_node.queries.records(chosen, limit=100).rows
    assert found == [row.cid for row in expected]


def test_pages_follow_each_other_through_the_whole_list(
    client: FlaskClient, ledger_node: Node
) -> None:
    address, seen = "/records?sort=runtime_seconds&order=asc&limit=7&job=sort", []
    while address:
        html = client.get(address).get_data(as_text=True)
        seen += ROW.findall(html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else ""

    rows = ledger_node.queries.records(
        Filter(job=("sort",)), sort="runtime_seconds", descending=False, limit=100
    ).rows
    assert seen == [row.cid for row in rows]


CHOICE = re.compile(
    r'<li><a href="([^"]+)" class="choice"[^>]*>.*?class="choice-label">([^<]+)</span>'
    r'<span class="count"><span class="visually-hidden">, </span>([^<]+)<'
)


@pytest.mark.parametrize("address", ["/records", "/records?q=spark+m4"])
def test_every_choice_leaves_as_many_records_as_it_says(client: FlaskClient, address: str) -> None:
    choices = CHOICE.findall(client.get(address).get_data(as_text=True))
    assert {"sort", "accepted"} <= {label for _, label, _ in choices}

    for url, label, count in choices:
        html = client.get(url.replace("&amp;", "&")).get_data(as_text=True)
        (left,) = re.findall(r'class="lead">(\S+) record', html)
        assert left == count, (label, url)


def test_the_columns_of_the_list_are_chosen_in_the_address(client: FlaskClient) -> None:
    html = client.get("/records?column=provider&column=job").get_data(as_text=True)

    headings = re.findall(r'<th scope="col"[^>]*><a[^>]*>([^<]+?) *<', html)
    assert headings == ["Job", "Provider"]


def test_a_parquet_file_holds_exactly_what_is_listed(
    client: FlaskClient, ledger_node: Node
) -> None:
    response = client.get("/records/export.parquet?job=grep")

    assert response.content_type == "application/vnd.apache.parquet"
    table = pq.read_table(io.BytesIO(response.data))
    rows = ledger_node.queries.records(Filter(job=("grep",)), limit=1_000).rows
    assert set(table["cid"].to_pylist()) == {row.cid for row in rows}


def test_each_active_filter_has_a_chip_that_removes_it(client: FlaskClient) -> None:
    html = client.get("/records?job=sort&nodes=2&runtime_min=1+min").get_data(as_text=True)

    chips = [
        link.replace("&amp;", "&") for link in re.findall(r'class="chip" href="([^"]+)"', html)
    ]
    assert [urlsplit(chip).query for chip in chips] == [
        "nodes=2&runtime_min=1+min",
        "job=sort&runtime_min=1+min",
        "job=sort&nodes=2",
    ]


def test_ranges_take_units(client: FlaskClient, ledger_node: Node) -> None:
    chosen = Filter(input_bytes_min=15 * 10**9, runtime_max=300.0)

    found = listed(client, "/records?input_bytes_min=15 GB&runtime_max=5 min&limit=100")

    expected = ledger_node.queries.records(chosen, limit=100).rows
    assert found == [row.cid for row in expected]
    assert found


@pytest.mark.parametrize(
    "query",
    ["runtime_min=fast", "input_bytes_min=5 min", "sort=colour", "limit=0", "limit=-1", "after=x",
     "status=loved", "nodes=many", "batch=0x12", "contributor=me"],
)  # fmt: skip
def test_a_wrong_parameter_is_named_and_answers_400(client: FlaskClient, query: str) -> None:
    response = client.get(f"/records?{query}")

    assert response.status_code == 400


def test_csv_holds_exactly_what_is_filtered(client: FlaskClient, ledger_node: Node) -> None:
    response = client.get("/records/export.csv?job=grep")

    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    expected = ledger_node.queries.records(Filter(job=("grep",)), limit=1000).rows
    assert {row["cid"] for row in rows} == {row.cid for row in expected}
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_jsonl_holds_whole_records(client: FlaskClient, ledger_node: Node) -> None:
    lines = client.get("/records/export.jsonl?status=rejected").get_data(as_text=True).splitlines()

    found = {json.loads(line)["cid"]: json.loads(line)["record"] for line in lines}
    expected = ledger_node.queries.records(Filter(status=("rejected",)), limit=1000).rows
    assert set(found) == {row.cid for row in expected}
    for cid, record in found.items():
        assert record == ledger_node.queries.record(cid).record


def test_the_chart_draws_every_record_of_the_filter(client: FlaskClient, ledger_node: Node) -> None:
    html = client.get("/records?job=sort&limit=25").get_data(as_text=True)

    figure = re.search(r'id="figure-runtime">(.+?)</script>', html)
    assert figure is not None
    drawn = {cid for trace in json.loads(figure[1])["data"] for cid in trace.get("customdata", ())}
    expected = ledger_node.queries.records(Filter(job=("sort",)), limit=1000).rows
    assert drawn == {row.cid for row in expected}


def test_the_beginning_of_a_cid_leads_to_the_record(client: FlaskClient, ledger_node: Node) -> None:
    cid = ledger_node.queries.records(limit=1).rows[0].cid

    response = client.get(f"/records/{cid[:30]}")

    assert response.headers["Location"].endswith(f"/records/{cid}")


def test_the_block_of_a_record_hashes_to_its_cid(client: FlaskClient, ledger_node: Node) -> None:
    cid = ledger_node.queries.records(limit=1).rows[0].cid

    assert cid_of(client.get(f"/records/{cid}/block").data) == cid


def test_the_proof_of_an_anchored_record_is_complete(
    client: FlaskClient, ledger_node: Node
) -> None:
    cid = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid

    proof = parse_proof(client.get(f"/records/{cid}/proof").data)

    assert proof.record.cid == cid
    assert proof.missing == ()


def test_an_unknown_record_answers_404_and_says_where_it_may_be(client: FlaskClient) -> None:
    response = client.get("/records/bafyrei" + "a" * 52)

    assert response.status_code == 404
    assert "index" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("votes", "said"),
    [((1, 1, 2), "Their time is over, and neither side is enough."),
     ((2, 1, 1), "Both sides are enough, so that neither decides.")],
)  # fmt: skip
def test_a_dispute_is_explained(
    app: Flask, ledger_node: Node, votes: tuple[int, int, int], said: str
) -> None:
    cid = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid
    found = ledger_node.queries.record(cid)
    split = dict(zip(("accepted", "rejected", "quorum"), votes, strict=True))
    row = found.row.model_copy(update={"status": LedgerStatus.DISPUTED, **split})

    with app.test_request_context():
        *_, verdicts = links(found.model_copy(update={"row": row}))

    assert verdicts.state == "failed"
    assert verdicts.says.endswith(said)
