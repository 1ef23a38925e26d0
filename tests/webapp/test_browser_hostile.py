"""No text of a record does anything on any page but be read."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

import pytest

from ledger.node import Node
from tests.webapp import hostile
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from tests.webapp.test_browser_look import DESKTOP
from tests.webapp.test_browser_look import TOO_WIDE
from tests.webapp.test_browser_look import UNDRAWN
from webapp import create_app

pytestmark = pytest.mark.browser

INTRUDERS = """[...document.querySelectorAll(
  'script:not([src]):not([type="application/json"]), iframe, object, embed, base, ' +
  'img:not([src^="/"]):not([src^="data:"]), [href^="javascript:" i], form[action^="http"]'
)].concat([...document.querySelectorAll('*')].filter(each =>
  each.getAttributeNames().some(name => name.startsWith('on')))).map(each => each.outerHTML)"""

WIDEST = """[...document.querySelectorAll('main *')].filter(each => !each.closest('.scroll') &&
  each.getBoundingClientRect().right > document.documentElement.clientWidth)
  .slice(0, 3).map(each => each.outerHTML.slice(0, 300))"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with hostile.node(tmp_path_factory.mktemp("hostile") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def url(node: Node) -> Iterator[str]:
    with Served(create_app(node)) as server:
        yield server.url


def paths(node: Node) -> Iterator[str]:
    yield from ("/", "/records?limit=100", "/records?x=input_bytes&column=machine_type&column=job")
    yield from ("/jobs", "/machines", "/contributors", "/validators", "/batches", "/contribute")
    for row in node.queries.records(limit=100).rows:
        yield f"/records/{row.cid}"
        yield f"/records/{row.cid}/cite"
        yield f"/records/{row.cid}/revoke"
        yield f"/records/{row.cid}/revocation"
        yield f"/compare/machines/{row.cid}"
    for text in hostile.TEXTS:
        yield f"/records?{urlencode({'job': text, 'machine_type': text, 'q': text[:200]})}"
        yield f"/cite?{urlencode({'job': text})}"
        yield f"/jobs/{quote(text, safe='')}"
        yield f"/machines/{quote(text, safe='')}"
    sides = [urlencode({"job": text}) for text in hostile.TEXTS[:6]]
    yield f"/compare?{urlencode({'of': sides}, doseq=True)}"


def test_no_page_does_what_a_record_says(browser: Any, url: str, node: Node) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        console = Console(page)
        page.on("dialog", lambda dialog: console.complaints.append(f"a dialog: {dialog.message}"))
        for path in paths(node):
            answer = page.goto(url + path)
            page.wait_for_function(UNDRAWN)
            text = page.evaluate("document.body.innerText")

            assert answer.status < 500, path
            assert page.evaluate("window.hacked") is None, path
            assert page.evaluate(INTRUDERS) == [], path
            assert not hostile.TAMPERING & set(text), path
            assert "49" not in page.title(), path
            assert page.evaluate(TOO_WIDE) == 0, (path, page.evaluate(WIDEST))
            complaints = [each for each in console.complaints if "status of 4" not in each]
            assert complaints == [], path


def test_no_cell_of_an_export_is_a_formula(url: str, browser: Any) -> None:
    with browser.new_context() as context:
        told = context.request.get(f"{url}/records/export.csv").text()

    cells = [cell for row in csv.reader(io.StringIO(told)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]


def test_a_text_of_ten_megabytes_is_refused_and_said_where(browser: Any, url: str) -> None:
    row = f'{{"job": {{"name": "{"z" * 10_000_000}", "framework": {{"name": "spark"}}}}}}\n'
    with browser.new_context() as context:
        answer = context.request.post(
            f"{url}/api/v1/contributions",
            data=row.encode(),
            headers={"Content-Type": "application/jsonl"},
        )

        assert answer.status in {400, 413, 422}
        assert len(answer.text()) < 10_000
        assert answer.headers["content-type"] == "application/problem+json"
