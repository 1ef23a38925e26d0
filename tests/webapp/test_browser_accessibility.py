"""axe-core finds nothing against WCAG 2.2 AA on any page, in either theme, at any width."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node
from tests.services import npm_modules
from tests.webapp.test_browser_look import UNDRAWN
from tests.webapp.test_pages import PLAIN
from tests.webapp.test_pages import paths_of_details
from tools.screenshots.pages import pages

pytestmark = [pytest.mark.browser, pytest.mark.node]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

RUN = """tags => axe.run(document, {runOnly: tags}).then(found => found.violations.map(each =>
  each.id + ': ' + each.nodes.map(node => node.target.join(' ') + ' ' + node.failureSummary)
    .join('; ')))"""

WIDTHS = {"phone": 360, "desktop": 1280, "wall": 2560}

OTHERS = (
    "/api/problems",
    "/cite",
    "/records/chart",
    "/compare/split?by=machine_type&job=sort",
    "/records?q=nothing+has+this",
    "/nothing/here",
)


def paths(node: Node) -> list[str]:
    record = node.queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    rejected = node.queries.records(Filter(status=("rejected",)), limit=1).rows[0]
    return [
        *PLAIN,
        *OTHERS,
        *paths_of_details(node),
        f"/records/{rejected.cid}",
        f"/records/{record.cid}/cite",
        f"/batches/{record.batch_id}/cite",
        f"/compare/machines/{record.cid}",
    ]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    source: Path = npm_modules() / "axe-core" / "axe.min.js"
    return source.read_text(encoding="utf-8")


@pytest.fixture(params=[("light", "phone"), ("dark", "desktop"), ("light", "wall")], ids="-".join)
def looks(request: pytest.FixtureRequest) -> tuple[str, int]:
    """A theme and a width; each of them at least once, and no combination is special."""
    theme, width = request.param
    return theme, WIDTHS[width]


def test_axe_finds_nothing(
    browser: Any, served: str, ledger_node: Node, axe: str, looks: tuple[str, int]
) -> None:
    theme, width = looks
    size = {"width": width, "height": 900}
    found: dict[str, list[str]] = {}
    with browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce") as context:
        page = context.new_page()
        for path in paths(ledger_node):
            answer = page.goto(served + path)
            assert answer.status in {200, 404}, path
            page.wait_for_function(UNDRAWN)
            page.evaluate(axe)
            if violations := page.evaluate(RUN, RULES):
                found[path] = violations

    assert not found, "\n".join(f"{path}: {each}" for path in found for each in found[path])


def test_every_page_is_among_those_that_are_looked_at(
    app: Flask, client: FlaskClient, ledger_node: Node
) -> None:
    looked_at = {str(rule) for path in paths(ledger_node) if (rule := _rule(app, path)) is not None}
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.rule.startswith(("/api/v1", "/ipfs", "/ipns", "/routing", "/peers"))
        and not rule.arguments
        and client.get(rule.rule, follow_redirects=False).mimetype == "text/html"
        and client.get(rule.rule).status_code == 200
    }

    assert pages <= looked_at


def test_every_page_has_its_picture(app: Flask, ledger_node: Node) -> None:
    pictured = {_rule(app, page.path) for page in pages(ledger_node)}

    assert {_rule(app, path) for path in paths(ledger_node)} <= pictured


def _rule(app: Flask, path: str) -> str | None:
    from werkzeug.exceptions import HTTPException

    try:
        rule, _ = app.url_map.bind("localhost").match(path.partition("?")[0], return_rule=True)
    except HTTPException:
        return None
    return str(rule.rule)
