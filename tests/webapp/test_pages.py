"""Every page answers, says what it is about, and carries nothing inline."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node

PLAIN = (
    "/",
    "/records",
    "/batches",
    "/encrypted",
    "/contributors",
    "/validators",
    "/network",
    "/contribute",
    "/verify",
    "/jobs",
    "/machines",
    "/cost",
    "/cost?job=sort&usd.m4.2xlarge=0.40&usd.c4.2xlarge=0.39",
    "/predict",
    "/predict?job=sort&deadline=5+min&usd.m4.2xlarge=0.40&usd.c4.2xlarge=0.39",
    "/compare",
    "/compare?of=job%3Dsort&of=job%3Dgrep",
    "/api",
    "/account",
    "/api/problems",
    "/cite?job=sort&status=accepted",
)


class Inline(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (
            tag == "script" and "src" not in given and given.get("type") != "application/json"
        ):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"]


def paths_of_details(node: Node) -> list[str]:
    queries = node.queries
    record = queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    return [
        f"/records/{record.cid}",
        f"/records/{record.cid}/cite",
        f"/records/{record.cid}/revoke",
        f"/records/{record.cid}/revocation",
        f"/jobs/{record.job}",
        f"/machines/{record.machine_type}",
        f"/batches/{record.batch_id}",
        f"/batches/{record.batch_id}/cite",
        f"/contributors/{record.contributor}",
        f"/validators/{queries.validators()[0].address}",
        f"/contribute/{node.contributions.latest(1)[0].id}",
        f"/verify?cid={record.cid}",
        f"/verify/server?cid={record.cid}",
    ]


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_answers_with_nothing_inline(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert inline_parts(response.get_data(as_text=True)) == []


def test_the_page_of_each_thing_answers_with_nothing_inline(
    client: FlaskClient, ledger_node: Node
) -> None:
    for path in paths_of_details(ledger_node):
        response = client.get(path)

        assert response.status_code == 200, path
        assert inline_parts(response.get_data(as_text=True)) == [], path


@pytest.mark.parametrize(
    "path", ["/records", "/batches", "/contributors", "/", "/network", "/contribute"]
)
def test_an_empty_ledger_says_what_to_do(contributor: FlaskClient, path: str) -> None:
    html = contributor.get(path).get_data(as_text=True)

    assert 'href="/contribute"' in html


def test_the_overview_names_jobs_and_batches(client: FlaskClient, ledger_node: Node) -> None:
    html = client.get("/").get_data(as_text=True)

    assert '<option value="kmeans">' in html
    assert ledger_node.queries.batches(1)[0].batch_id in html


def test_the_page_of_a_rejected_record_says_who_rejected_it_and_why(
    client: FlaskClient, ledger_node: Node
) -> None:
    rejected = ledger_node.queries.records(Filter(status=("rejected",)), limit=1).rows[0]

    html = client.get(f"/records/{rejected.cid}").get_data(as_text=True)

    assert "More CPU time than the cores could give in the runtime." in html
    assert "0 of 3 accept" in html
    assert "Development validator 1" in html


def test_what_is_not_there_answers_404_with_a_search(client: FlaskClient) -> None:
    response = client.get("/nothing/here")

    assert response.status_code == 404
    assert 'role="search"' in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("sort m4", "/records?q=sort+m4"),
        ("0x" + "AB" * 32, "/batches/0x" + "ab" * 32),
        ("0x" + "cd" * 20, "/contributors/0x" + "cd" * 20),
        ("", "/records"),
    ],
)
def test_a_search_leads_to_what_is_named(client: FlaskClient, text: str, target: str) -> None:
    response = client.get("/search", query_string={"q": text})

    assert response.headers["Location"] == target


def test_a_search_for_a_validators_address_leads_to_the_validator(
    client: FlaskClient, ledger_node: Node
) -> None:
    address = ledger_node.queries.validators()[0].address

    response = client.get("/search", query_string={"q": address})

    assert response.headers["Location"] == f"/validators/{address}"


def inline_parts(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found
