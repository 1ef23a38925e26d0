"""Pages and the API of encrypted records: what everybody may know, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.client import Client
from ledger.client import ServerHTTP
from ledger.groups.identities import path_in
from ledger.index.views import EnvelopeRow
from ledger.node import Node
from ledger.record import codec
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.webapp.conftest import Served
from tests.webapp.test_browser_accessibility import RULES
from tests.webapp.test_browser_accessibility import RUN
from tests.webapp.test_browser_accessibility import axe
from tests.webapp.test_browser_accessibility import looks
from webapp import create_app

__all__ = ["axe", "looks"]

SECRETS = [b"m4.2xlarge", b"spark-submit", *(codec.cid_of(each).encode() for each in runs(3))]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A member's node with three encrypted records, which one validator of two can read."""
    home = tmp_path_factory.mktemp("sealed") / "home"
    with Node(template_settings(home, batch_records=10, dev_validators=2)) as opened:
        opened.groups.create("team", opened.recipient())
        opened.accept_for("team", runs(3))
        opened.contribute_sealed("team")
        opened.cycle()
        opened.follow()
        member, stranger = opened.validators()
        member.step()
        key = path_in(home)
        key.rename(home / "hidden")
        stranger.step()
        (home / "hidden").rename(key)
        opened.follow()
        yield opened


@pytest.fixture(scope="module")
def sealed_app(node: Node) -> Flask:
    return create_app(node)


@pytest.fixture
def visitor(sealed_app: Flask) -> FlaskClient:
    return sealed_app.test_client()


@pytest.fixture
def row(node: Node) -> EnvelopeRow:
    return node.queries.envelopes(limit=1).envelopes[0]


def test_the_list_shows_that_they_exist(visitor: FlaskClient, node: Node):
    page = visitor.get("/encrypted").get_data(as_text=True)

    assert "3 encrypted records" in page
    for each in node.queries.envelopes().envelopes:
        assert f'href="/encrypted/{each.cid}"' in page


def test_its_page_says_who_judged_and_who_could_not(visitor: FlaskClient, row: EnvelopeRow):
    page = visitor.get(f"/encrypted/{row.cid}").get_data(as_text=True)

    assert "encrypted for a group" in page
    assert "1 of 2 accept" in page
    assert "no opinion" in page
    assert "rejected" not in page


def test_the_beginning_of_its_cid_and_its_address_among_records_lead_to_it(
    visitor: FlaskClient, row: EnvelopeRow
):
    for path in (f"/encrypted/{row.cid[:20]}", f"/records/{row.cid}", f"/records/{row.cid[:20]}"):
        assert visitor.get(path).headers["Location"].endswith(f"/encrypted/{row.cid}")


def test_its_batch_lists_it_and_counts_nobody_as_rejecting(visitor: FlaskClient, row: EnvelopeRow):
    page = visitor.get(f"/batches/{row.batch_id}").get_data(as_text=True)

    assert "Its encrypted records" in page
    assert "all of them are encrypted" in page
    assert "(3 not readable)" in page


def test_its_block_and_its_proof_can_be_had(visitor: FlaskClient, node: Node, row: EnvelopeRow):
    block = visitor.get(f"/records/{row.cid}/block").get_data()
    proof = visitor.get(f"/records/{row.cid}/proof").get_data()

    assert len(block) == row.size_bytes
    assert node.verify(proof).ok


@pytest.mark.parametrize("path", ["/encrypted/bafyreinothinglikethis", "/encrypted/x"])
def test_what_is_not_there_is_said_to_be(visitor: FlaskClient, path: str):
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize("after", ["x", "1", "1-2", "-1-2-3", "9" * 40 + "-1-1", "1-1-1-1"])
def test_a_place_that_is_none_is_refused(visitor: FlaskClient, after: str):
    assert visitor.get(f"/encrypted?after={after}").status_code == 400
    assert visitor.get(f"/api/v1/envelopes?after={after}").status_code == 400


def test_programs_page_through_them(sealed_app: Flask, node: Node, row: EnvelopeRow):
    first = sealed_app.test_client().get("/api/v1/envelopes?limit=2").get_json()
    rest = sealed_app.test_client().get(
        f"/api/v1/envelopes?limit=2&after={first['next_after']}&batch={row.batch_id}"
    )
    with Served(sealed_app) as server, Client(server.url, http=ServerHTTP(server.url)) as client:
        walked = list(client.envelopes())
        detail = client.envelope(row.cid)

    found = [*first["envelopes"], *rest.get_json()["envelopes"]]
    assert [each["cid"] for each in found] == [each.cid for each in walked]
    assert walked == node.queries.envelopes().envelopes
    assert detail == node.queries.envelope(row.cid)


def test_nobody_is_shown_what_they_say(visitor: FlaskClient, row: EnvelopeRow):
    """Not even by the app of a member's node."""
    for path in (
        "/",
        "/encrypted",
        f"/encrypted/{row.cid}",
        f"/batches/{row.batch_id}",
        f"/api/v1/envelopes/{row.cid}",
        f"/api/v1/records/{row.cid}",
        "/records",
    ):
        content = visitor.get(path).get_data()
        assert [each for each in SECRETS if each in content] == [], path


@pytest.mark.browser
@pytest.mark.node
def test_axe_finds_nothing(
    browser: Any, sealed_app: Flask, row: EnvelopeRow, axe: str, looks: tuple[str, int]
):
    theme, width = looks
    size = {"width": width, "height": 900}
    with (
        Served(sealed_app) as server,
        browser.new_context(viewport=size, color_scheme=theme) as context,
    ):
        page = context.new_page()
        for path in ("/encrypted", f"/encrypted/{row.cid}", f"/batches/{row.batch_id}"):
            assert page.goto(server.url + path).status == 200
            page.evaluate(axe)
            assert page.evaluate(RUN, RULES) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.browser
@pytest.mark.node
def test_the_verify_page_says_that_it_is_encrypted(
    browser: Any, sealed_app: Flask, row: EnvelopeRow
):
    with Served(sealed_app) as server, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.url}/verify?cid={row.cid}")
        page.wait_for_selector("#result-title[data-result]")
        page.locator("details.record-says summary").click()

        assert page.locator("#result-title").get_attribute("data-result") == "valid"
        assert "encrypted for a group" in page.locator(".record-says .sealed").inner_text()
