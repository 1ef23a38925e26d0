"""From pasted rows to verdicts, in a browser, with the node's own loop at work."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.follow import Follower
from ledger.node import Node
from tests.webapp.conftest import Console
from tests.webapp.conftest import Served
from webapp import create_app

pytestmark = pytest.mark.browser

ROWS = "job,framework,machine_type,nodes,input_size_gb,runtime_s\n"
SETTLED_MS = 120_000


@pytest.fixture
def running(empty_node: Node) -> Iterator[str]:
    follower = Follower(empty_node, empty_node.settings)
    with Served(create_app(empty_node)) as server:
        follower.start()
        yield server.url
        follower.stop()


def test_pasted_rows_are_followed_until_validators_have_spoken(
    browser: Any, running: str, empty_node: Node
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        console = Console(page)
        page.goto(running + "/contribute")
        page.get_by_label("Pasted text").fill(
            ROWS + "wordcount,spark,m4.2xlarge,4,10,301\nwordcount,spark,m4.2xlarge,x,10,302\n"
        )
        page.get_by_role("button", name="Preview").click()
        page.wait_for_url("**/preview/**")
        assert page.locator("table", has_text="not a number").is_visible()

        page.get_by_role("button", name="Sign and contribute 1 record").click()
        page.wait_for_url(lambda url: "/preview/" not in url)
        address = page.url
        page.goto("about:blank")
        page.goto(address)
        page.wait_for_selector("#follow[data-settled=true]", timeout=SETTLED_MS)

        assert page.get_by_text("3 of 3 validators have spoken").is_visible()
        cid = empty_node.contribution(address.rpartition("/")[2]).cids[0]
        assert empty_node.queries.record(cid).row.status == "accepted"
        assert console.complaints == []


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(
    browser: Any, running: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(running + "/contribute")
        large = {"name": "x.csv", "mimeType": "text/csv", "buffer": b"x" * 100_000}
        page.get_by_label("A file").set_input_files(large)
        page.get_by_role("button", name="Preview").click()

        assert "at most 0.1 MB" in page.get_by_role("alert").inner_text()
        assert page.url.endswith("/contribute")
