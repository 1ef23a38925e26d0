"""What a first visit costs: bytes before the charts, and nothing that jumps while it loads."""

from typing import Any

import pytest

from tests.webapp.test_browser_look import DESKTOP
from tests.webapp.test_browser_look import PHONE
from tests.webapp.test_browser_look import UNDRAWN

pytestmark = pytest.mark.browser

FIRST_PAGE_BYTES = 150_000

STILL = 0.1
"""Of cumulative layout shift: what Core Web Vitals call good; nothing here should come near."""

WATCH = """window.shifted = 0;
new PerformanceObserver(list => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({type: "layout-shift", buffered: true});"""


@pytest.mark.parametrize("path", ["/", "/contribute", "/jobs"])
def test_a_first_visit_takes_little(browser: Any, served: str, path: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        taken: dict[str, int] = {}
        page.on(
            "requestfinished",
            lambda request: taken.__setitem__(
                request.url, request.sizes()["responseBodySize"] + 500
            ),
        )
        page.goto(served + path)
        page.wait_for_function(UNDRAWN)

    assert sum(size for url, size in taken.items() if "plotly" not in url) < FIRST_PAGE_BYTES, taken


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/", "/records", "/jobs/sort", "/network"])
def test_nothing_jumps_while_a_page_loads(
    browser: Any, served: str, path: str, size: dict[str, int]
) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(served + path)
        page.wait_for_function(UNDRAWN)

        assert page.evaluate("window.shifted") < STILL
