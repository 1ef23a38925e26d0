"""The network's page and API: who is there, who holds what, what is at risk."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from ledger.peers.replication import Holders
from ledger.peers.views import Standing
from ledger.record.cid import from_text
from tests.peers.neighbours import wait_until
from tests.webapp.peered import BATCHES
from tests.webapp.peered import HOSTILE
from tests.webapp.peered import LIAR
from tests.webapp.peered import REVERSED
from tests.webapp.peered import SILENT
from tests.webapp.peered import Peered
from tests.webapp.peered import peered
from tests.webapp.test_pages import inline_parts
from webapp import create_app
from webapp.format import ago
from webapp.format import inert
from webapp.network.tables import node_address
from webapp.peer import create_peer_app


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peered]:
    with peered(tmp_path_factory.mktemp("peered")) as both:
        yield both


@pytest.fixture
def client(two: Peered) -> FlaskClient:
    return create_app(two.node).test_client()


class Links(HTMLParser):
    """Collects where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"href", "src"}]


def rows(html: str, table: str) -> list[str]:
    """The rows of a table, as they are in the page."""
    body = html.partition(f'data-table="{table}"')[2].partition("<tbody>")[2]
    return re.findall(r"<tr.*?</tr>", body.partition("</tbody>")[0], re.DOTALL)


def row(html: str, table: str, holds: str) -> str:
    (found,) = [each for each in rows(html, table) if holds in each]
    return found


def test_the_page_says_who_answers_who_is_away_and_who_is_not_trusted_and_why(
    client: FlaskClient, two: Peered
):
    html = client.get("/network").get_data(as_text=True)

    assert inline_parts(html) == []
    answering = row(html, "peers", two.url)
    assert 'data-status="here"' in answering
    assert "1 of 1 passed" in answering
    assert 'data-status="away"' in row(html, "peers", SILENT)
    assert 'data-status="distrusted"' in row(html, "peers", LIAR)
    assert "it sent other bytes" in row(html, "peers", LIAR)


def test_what_strangers_say_is_text_that_neither_runs_links_nor_reorders(client: FlaskClient):
    html = client.get("/network").get_data(as_text=True)
    parser = Links()
    parser.feed(html)

    assert "<img" not in html
    assert "<b>at all</b>" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert [link for link in parser.found if not link.startswith(("/", "http://", "#"))] == []
    assert [link for link in parser.found if "liar" in link or "moc" in link] == []


def test_the_texts_for_the_refresher_are_as_harmless(client: FlaskClient, two: Peered):
    found = client.get("/network/figures.json").get_json()
    peers = {each["url"]: each for each in found["tables"]["peers"]["rows"]}

    assert peers[two.url]["url_href"] == f"{two.url}/peers/v1/status"
    assert [peers[inert(url)]["url_href"] for url in (HOSTILE, LIAR, REVERSED)] == ["", "", ""]
    assert inert(REVERSED) != REVERSED
    shown = [value for each in peers.values() for value in each.values()]
    assert not set("".join(shown)) & {"\u202e", "\x1b"}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://a.example:1", "http://a.example:1/peers/v1/status"),
        ("https://a.example", "https://a.example/peers/v1/status"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://user@a.example", ""),
        ("http://a.example/x", ""),
        ("//a.example", ""),
        (REVERSED, ""),
    ],
)
def test_only_addresses_of_nodes_are_linked(url: str, address: str):
    assert node_address(url) == address


def test_batches_on_one_node_stand_out_and_can_be_seen_alone(client: FlaskClient, two: Peered):
    every = rows(client.get("/network").get_data(as_text=True), "batches")
    risky = rows(client.get("/network?at_risk=1").get_data(as_text=True), "batches")

    assert len(every) == BATCHES
    assert len(risky) == 2
    assert all("1, at risk" in each and 'data-status="at-risk"' in each for each in risky)
    newest = [batch.batch_id for batch in two.node.queries.batches(2)]
    assert all(batch in each for batch, each in zip(newest, risky, strict=True))
    assert f'href="/batches/{newest[0]}"' in risky[0]


def test_batches_are_sorted_and_paged_as_the_address_says(client: FlaskClient):
    few = client.get("/network?sort=copies&order=asc&limit=3").get_data(as_text=True)
    rest = client.get("/network?sort=copies&order=asc&limit=3&page=2").get_data(as_text=True)
    beyond = client.get("/network?limit=3&page=99").get_data(as_text=True)

    assert ["at risk" in each for each in rows(few, "batches")] == [True, True, False]
    assert ["at risk" in each for each in rows(rest, "batches")] == [False, False]
    assert 'aria-sort="ascending"' in few
    assert (
        'rel="next" href="/network?sort=copies&amp;order=asc&amp;page=2&amp;limit=3#batches' in few
    )
    assert 'rel="prev"' in rest
    assert len(rows(beyond, "batches")) == 2


@pytest.mark.parametrize(
    "query",
    ["sort=name", "order=up", "at_risk=yes", "page=0", "page=-1", "page=x", "limit=0", "x=1"],
)
def test_what_cannot_be_listed_is_a_wrong_parameter(client: FlaskClient, query: str):
    assert client.get(f"/network?{query}").status_code == 400
    assert client.get(f"/api/v1/network/batches?{query}").status_code == 400


def test_the_figures_name_risk_lag_traffic_and_storage(client: FlaskClient, two: Peered):
    found = client.get("/network/figures.json").get_json()
    figures = {each["name"]: each for each in found["figures"]}

    assert (figures["answering"]["value"], figures["answering"]["note"][:4]) == ("1", "of 5")
    assert (figures["at-risk"]["value"], figures["at-risk"]["alarming"]) == ("2", True)
    assert figures["lag"]["value"] == "0 blocks"
    assert figures["missing"]["alarming"] is False
    assert "served" in figures["traffic"]["note"]
    assert figures["storage"]["note"].endswith("no limit")
    assert found["chart"]["rows"] == [["1", "2"], ["2", "3"]]


def test_what_is_missing_is_shown_with_its_age_and_the_next_try(two: Peered):
    node = two.other
    neighbour = two.node.peering.book
    node.follow()
    node.peering.book.peers.distrust(node.settings.urls("peers")[0], "so that nothing comes")
    node.peering.replicator.step()
    client = create_app(node).test_client()

    def failed() -> bool:
        return any(want.problem for want in node.peering.book.wants.all())

    wait_until(failed)
    html = client.get("/network").get_data(as_text=True)
    node.peering.book.peers.trust(node.settings.urls("peers")[0])

    assert len(rows(html, "missing")) == 2
    assert "in " in rows(html, "missing")[0]
    assert "nobody who has it is known" in html
    assert neighbour.kept.all() > node.peering.book.kept.all()


def test_the_api_gives_the_same_as_the_node_says(client: FlaskClient, two: Peered):
    standing = Standing.model_validate(client.get("/api/v1/network").get_json())

    assert (standing.answering, standing.at_risk, standing.batch_count) == (1, 2, BATCHES)
    assert {peer.url for peer in standing.peers} == {two.url, LIAR, SILENT, HOSTILE, REVERSED}
    assert standing.head_block == standing.indexed_block
    assert standing.traffic.bytes_served > 0


def test_the_api_pages_through_batches(client: FlaskClient, two: Peered):
    first = client.get("/api/v1/network/batches?limit=3").get_json()
    second = client.get(f"/api/v1/network/batches?limit=3&after={first['next_after']}").get_json()

    assert (first["total"], second["next_after"]) == (BATCHES, None)
    ids = [each["batch_id"] for each in (*first["batches"], *second["batches"])]
    assert ids == [batch.batch_id for batch in two.node.queries.batches(10)]
    risky = client.get("/api/v1/network/batches?at_risk=1").get_json()
    assert [each["copies"] for each in risky["batches"]] == [1, 1]


def test_a_batch_says_who_holds_it(client: FlaskClient, two: Peered):
    *_, kept = two.node.queries.batches(10)
    lone = two.node.queries.batches(1)[0]

    shared = client.get(f"/batches/{kept.batch_id}").get_data(as_text=True)
    alone = client.get(f"/batches/{lone.batch_id}").get_data(as_text=True)
    holders = Holders.model_validate(
        client.get(f"/api/v1/batches/{kept.batch_id}/holders").get_json()
    )

    assert f'<bdi class="wrap">{two.url}</bdi>' in shared
    assert "At risk" not in shared
    assert "<b>At risk:</b> it is on one node only" in alone
    assert (holders.peers, holders.copies, holders.held) == ((two.url,), 2, True)
    assert from_text(holders.manifest) in two.node.peering.book.kept.all()
    assert client.get(f"/api/v1/batches/0x{'00' * 32}/holders").status_code == 404


def test_the_reference_names_the_endpoints(client: FlaskClient):
    html = client.get("/api").get_data(as_text=True)

    for path in (
        "/api/v1/network",
        "/api/v1/network/batches",
        "/api/v1/batches/{batch_id}/holders",
    ):
        assert f"{path}<" in html


def test_a_node_without_peers_says_how_to_get_one(contributor: FlaskClient):
    html = contributor.get("/network").get_data(as_text=True)

    assert "perfledger node join" in html
    assert "PERFLEDGER_PEERS" in html


def test_a_node_without_the_app_has_no_pages(two: Peered):
    client = create_peer_app(two.node).test_client()

    assert client.get("/network").status_code == 404
    assert client.get("/peers/v1/status").status_code == 200


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s ago"), (-5, "0 s ago"), (90, "1 min")])
def test_how_long_ago_is_told_in_whole_seconds(seconds: float, text: str):
    assert ago(seconds).replace("\u202f", " ").startswith(text)
