"""Predict on machine types that only other jobs ran on: what is offered, and what is said of it."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.index.queries import facets
from ledger.node import Node
from ledger.record import codec
from ledger.record.schema import Record
from tests.conftest import execution
from tests.webapp import hostile
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.test_browser_accessibility import RULES
from tests.webapp.test_browser_accessibility import RUN
from tests.webapp.test_browser_accessibility import axe
from tests.webapp.test_browser_accessibility import looks
from tests.webapp.test_browser_look import TOO_WIDE
from tests.webapp.test_browser_look import UNDRAWN
from webapp import create_app
from webapp.format import TIMES

__all__ = ["axe", "looks"]

OWN, ELSEWHERE, STRANGE = "m4.2xlarge", "r5.xlarge", hostile.TEXTS[0]
CORELESS = "unknown.large"
RARE = [f"rare.{place}xlarge" for place in range(6)]
LABEL = "And a machine type that this job never ran on"
ASKED = {"job": "sort", "input": "15 GB", "only": "any"}


def on(run: Record, machine_type: str, cores: int | None = 4) -> Record:
    """The same run on a machine type of another name, told apart by its run id."""
    plain = run.model_dump(mode="json")
    plain["cluster"] |= {"machine_type": machine_type, "cores_per_node": cores}
    plain["origin"]["run_id"] += machine_type
    return codec.from_python(plain)


def runs() -> Iterator[Record]:
    for nodes in (2, 4, 6):
        for size in (10, 20, 30):
            yield execution("sort", OWN, nodes, size, 0)
            yield execution("sort", OWN, nodes, size, 1)
            yield (there := execution("grep", OWN, nodes, size, 0))
            yield on(there, ELSEWHERE)
            yield on(execution("kmeans", OWN, nodes, size, 0), ELSEWHERE)
    for name in (STRANGE, *RARE):
        yield on(execution("grep", OWN, 2, 10, 0), name)
    yield on(execution("grep", OWN, 2, 10, 0), CORELESS, None)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    home = tmp_path_factory.mktemp("elsewhere") / "home"
    with Node(settings.load(home, app_port=0, chain_port=0)) as found:
        found.connect()
        found.submit(found.accept(list(runs())).new)
        yield found


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def source(client: FlaskClient, *machines: str, **asked: Any) -> str:
    query = [*{**ASKED, **asked}.items(), *(("machine", name) for name in machines)]
    answer = client.get("/predict", query_string=query)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def page(client: FlaskClient, *machines: str, **asked: Any) -> str:
    return html.unescape(source(client, *machines, **asked))


def offered(told: str) -> list[str]:
    """Machine types in the group of those that only other jobs ran on, in their order."""
    group = re.search(r'<optgroup label="Only other jobs ran on">(.*?)</optgroup>', told)
    return [] if group is None else re.findall(r"<option>(.*?)</option>", group[1])


def ticked(told: str) -> list[str]:
    return re.findall(r'name="machine" value="([^"]*)" checked', told)


def options(told: str) -> set[str]:
    """Machine types of the clusters that an answer is chosen from."""
    found = re.search(r'id="options">(.*?)</script>', told)
    assert found is not None
    return {each["cluster"].partition(f" {TIMES} ")[2] for each in json.loads(found[1])}


def test_types_that_only_others_ran_on_are_offered_by_name_after_its_own(client: FlaskClient):
    told = source(client)

    assert [html.unescape(each) for each in offered(told)] == sorted(
        [CORELESS, ELSEWHERE, STRANGE, *RARE]
    )
    assert told.index(f'name="machine" value="{OWN}"') < told.index("<optgroup")
    assert not hostile.TAMPERING & set(told)
    assert options(told) == {OWN}


def test_where_all_jobs_ran_on_the_same_nothing_is_offered(client: FlaskClient):
    assert ELSEWHERE not in offered(page(client, job="grep"))
    assert "<optgroup" not in page(client, job="grep")


def test_one_that_is_chosen_is_answered_with_what_it_rests_on(client: FlaskClient):
    told = page(client, ELSEWHERE)
    found = client.get(
        "/api/v1/recommend/sort",
        query_string={"input_bytes": "15 GB", "only": "any", "machine_type": ELSEWHERE},
    ).get_json()

    assert options(told) == {ELSEWHERE}
    assert found["choice"]["machine_type"] == ELSEWHERE
    assert f"sort never ran on {ELSEWHERE}" in told
    ratios = next(each for each in found["notes"] if "grep took" in each)
    assert told.count(ratios) == 1
    assert 'href="/records?job=sort"' in told, "there is no record of it on that type"
    assert ticked(told) == [ELSEWHERE]
    assert ELSEWHERE not in offered(told)


def test_it_is_compared_with_those_that_the_job_ran_on(client: FlaskClient):
    told = page(client, OWN, ELSEWHERE)

    assert options(told) == {OWN, ELSEWHERE}
    assert ticked(told) == [OWN, ELSEWHERE]
    assert f"sort never ran on {ELSEWHERE}" in told, "whichever is chosen"


def test_it_can_have_a_price(client: FlaskClient):
    told = page(client, ELSEWHERE, **{f"usd.{ELSEWHERE}": "0.40"})

    assert f'name="usd.{ELSEWHERE}" value="0.40"' in told
    assert "$" in told


def test_as_many_are_answered_at_once_as_other_jobs_are_asked_about(client: FlaskClient):
    told = page(client, ELSEWHERE, *RARE)

    assert ticked(told) == sorted([ELSEWHERE, *RARE])[:4]
    assert offered(told) == []
    assert "at most 4 such types at once" in told


def test_of_very_many_types_those_with_the_most_runs_are_offered_and_a_named_one_is_found(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, node: Node
):
    monkeypatch.setattr(facets, "MAX_VALUES", 2)
    with Node(settings.load(node.settings.home, app_port=0, chain_port=0)) as again:
        few = create_app(again).test_client()

        assert offered(page(few)) == [ELSEWHERE]
        assert ticked(page(few, RARE[3])) == [RARE[3]]


def test_one_of_which_nothing_can_be_foretold_is_told_and_can_be_unticked(client: FlaskClient):
    alone, beside = page(client, CORELESS), page(client, OWN, CORELESS)

    assert f"no runtime can be foretold; on {CORELESS}" in alone
    assert ticked(alone) == [CORELESS]
    assert f"{CORELESS} is left out" in beside
    assert options(beside) == {OWN}


@pytest.mark.parametrize("name", ["", "nobody's", "x" * 300, "\x00", *hostile.TEXTS[1:4]])
def test_what_nobody_ran_on_is_not_chosen(client: FlaskClient, name: str):
    told = source(client, name)

    assert ticked(told) == []
    assert options(told) == {OWN}
    assert not hostile.TAMPERING & set(told)


def test_no_record_is_read_to_offer_them(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a record was read")

    page(client)
    monkeypatch.setattr("ledger.insight.others.evidence", refuse)

    assert ELSEWHERE in offered(page(client))


@pytest.mark.browser
@pytest.mark.node
def test_a_type_is_chosen_by_keyboard_and_the_answer_fits_and_is_accessible(
    browser: Any, node: Node, axe: str, looks: tuple[str, int]
):
    theme, width = looks
    size = {"width": width, "height": 900}
    with (
        Served(create_app(node)) as server,
        browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce") as context,
    ):
        tab = context.new_page()
        console = Console(tab)
        tab.goto(f"{server.url}/predict?job=sort&input=15+GB&only=any")
        tab.get_by_text("Machine types and prices").press("Enter")
        tab.get_by_label(LABEL).focus()
        tab.keyboard.type(ELSEWHERE)
        tab.get_by_role("button", name="Predict").press("Enter")
        tab.get_by_text(f"sort never ran on {ELSEWHERE}").wait_for()
        tab.wait_for_function(UNDRAWN)

        assert tab.locator("#choice-title").inner_text().endswith(ELSEWHERE)
        assert tab.evaluate(TOO_WIDE) == 0
        tab.evaluate(axe)
        assert tab.evaluate(RUN, RULES) == []
        assert console.complaints == []


@pytest.mark.browser
def test_a_deadline_that_is_moved_chooses_among_them_too(browser: Any, node: Node):
    with Served(create_app(node)) as server, browser.new_context() as context:
        tab = context.new_page()
        address = f"/predict?job=sort&input=15+GB&only=any&confidence=0.5&machine={ELSEWHERE}"
        tab.goto(f"{server.url}{address}&machine={OWN}")
        tab.wait_for_function(UNDRAWN)
        slide = tab.locator("#slide")
        chosen = set()
        for end in ("min", "max"):
            slide.fill(slide.get_attribute(end))
            chosen.add(tab.locator("#choice-title").inner_text().partition(f" {TIMES} ")[2])

        assert chosen == {OWN, ELSEWHERE}
