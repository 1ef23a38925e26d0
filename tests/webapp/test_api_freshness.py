"""What an answer is named, how long it holds, and how often one may ask."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.index.filters import Filter
from ledger.node import Node
from tests.conftest import execution
from tests.webapp import forms
from webapp import create_app

READS, WRITES = 5, 2
ADDRESS = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"

LISTS = ["overview", "records?job=sort&limit=3", "facets", "batches", "contributors", "validators",
         "export.csv", "export.jsonl", "timeline", "search?q=sort"]  # fmt: skip
STATES = ["openapi.json", "schema", "contributions", "network/batches", "status"]


@pytest.mark.parametrize("path", [*LISTS, *STATES])
def test_what_is_known_is_not_sent_again(client: FlaskClient, path: str):
    first = client.get(f"/api/v1/{path}")
    tag = first.headers["ETag"]

    again = client.get(f"/api/v1/{path}", headers={"If-None-Match": f'"other", {tag}'})
    other = client.get(f"/api/v1/{path}", headers={"If-None-Match": '"other"'})

    assert not tag.startswith("W/")
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-cache"
    assert (other.status_code, other.data) == (200, first.data)


def test_another_question_has_another_name(client: FlaskClient):
    tags = [client.get(f"/api/v1/{path}").headers["ETag"] for path in LISTS]

    assert len(set(tags)) == len(tags)
    assert client.get("/api/v1/records?job=sort&limit=4").headers["ETag"] not in tags


def test_an_answer_is_sent_again_once_the_index_has_changed(
    contributor: FlaskClient, empty_node: Node
):
    known = contributor.get("/api/v1/records").headers["ETag"]
    empty_node.accept([execution("sort", "m4.2xlarge", 6, 10, 5)])

    again = contributor.get("/api/v1/records", headers={"If-None-Match": known})

    assert again.status_code == 200
    assert again.headers["ETag"] != known


def test_an_answer_for_one_reader_is_not_taken_for_anothers(client: FlaskClient):
    plain = client.get("/api/v1/records")
    token = client.get("/api/v1/records", headers={"Authorization": "Bearer x"})

    assert plain.headers["ETag"] != token.headers["ETag"]
    assert {"Authorization", "Cookie"} <= set(plain.vary)


def test_a_block_holds_for_good_and_a_health_check_not_at_all(
    client: FlaskClient, ledger_node: Node
):
    cid = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid

    block = client.get(f"/api/v1/records/{cid}/block")
    again = client.get(
        f"/api/v1/records/{cid}/block", headers={"If-None-Match": block.headers["ETag"]}
    )

    assert block.headers["ETag"] == f'"{cid}"'
    assert "immutable" in block.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/api/v1/healthz").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["overview", "records?limit=2", "openapi.json", "export.csv"])
def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, path: str):
    get, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")

    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Cache-Control"):
        assert head.headers[name] == get.headers[name]
    assert head.headers.getlist("Link") == get.headers.getlist("Link")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("overview", {"GET", "HEAD", "OPTIONS"}), ("verify", {"POST", "OPTIONS"}),
     ("contributions", {"GET", "HEAD", "POST", "OPTIONS"})],
)  # fmt: skip
def test_options_name_the_methods(client: FlaskClient, path: str, methods: set[str]):
    response = client.options(f"/api/v1/{path}")

    assert set(response.headers["Allow"].split(", ")) == methods


@pytest.fixture
def hurried(empty_node: Node) -> Iterator[FlaskClient]:
    """An app that answers a few questions a minute."""
    few = settings.load(
        empty_node.settings.home,
        app_port=0,
        chain_port=0,
        api_reads_per_minute=READS,
        api_writes_per_minute=WRITES,
    )
    with Node(few) as node:
        yield create_app(node).test_client()


def test_reads_and_writes_are_limited_apart_and_it_is_told_beforehand(hurried: FlaskClient):
    reads = [hurried.get("/api/v1/records") for _ in range(READS + 1)]
    writes = [hurried.post("/api/v1/verify", data=b"{}") for _ in range(WRITES + 1)]

    assert [each.status_code for each in reads] == [200] * READS + [429]
    assert [each.status_code for each in writes] == [200] * WRITES + [429]
    assert reads[0].headers["RateLimit-Policy"] == f'"reads";q={READS};w=60'
    assert reads[0].headers["RateLimit"].startswith(f'"reads";r={READS - 1};t=')
    assert writes[0].headers["RateLimit-Policy"] == f'"writes";q={WRITES};w=60'
    refused = reads[-1]
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["type"] == "/api/problems#too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"reads";r=0;')


def test_watchers_and_pages_are_not_limited_with_programs(hurried: FlaskClient):
    for _ in range(READS + 2):
        assert hurried.get("/api/v1/healthz").status_code == 200
        assert hurried.get("/healthz").status_code == 200
        assert hurried.get("/records").status_code == 200


def test_forms_of_pages_count_as_writes_do(hurried: FlaskClient):
    statuses = [
        forms.post(hurried, "/contribute", "/contribute", text=f"a,b\n1,{number}\n").status_code
        for number in range(WRITES)
    ]
    refused = forms.post(hurried, "/contribute", "/contribute", text="a,b\n1,2\n")
    by_program = hurried.post("/api/v1/verify", data=b"{}")

    assert 429 not in statuses
    assert (refused.status_code, by_program.status_code) == (429, 429)
    assert refused.mimetype == "text/html"
    assert "ore than 2 per 1 minute" in refused.get_data(as_text=True)
    assert hurried.get("/contribute").status_code == 200


def test_a_token_to_contribute_counts_for_its_account_and_goes_further(empty_node: Node):
    few = {"api_writes_per_minute": WRITES, "api_token_writes_per_minute": 2 * WRITES}
    home = empty_node.settings.home
    with Node(settings.load(home, app_port=0, chain_port=0, **few)) as node:
        tokens = node.accounts.tokens
        trusted = [tokens.make(ADDRESS, each, [Scope.CONTRIBUTE], 1)[0] for each in ("a", "b")]
        other, _ = tokens.make(ADDRESS, "c", [Scope.DRAFTS], 1)
        client = create_app(node).test_client()

        def post(secret: str) -> int:
            headers = {"Authorization": f"Bearer {secret}"}
            return client.post("/api/v1/verify", data=b"{}", headers=headers).status_code

        by_token = [post(trusted[number % 2]) for number in range(2 * WRITES + 1)]
        as_strangers = [post(each) for each in (other, "perfledger_unknown", "")]

    assert by_token == [200] * (2 * WRITES) + [429]
    assert as_strangers == [200, 200, 429]
