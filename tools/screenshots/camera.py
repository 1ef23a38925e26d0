"""Taking pictures of pages in a browser: two themes, two widths."""

from pathlib import Path
from typing import Any
from typing import NamedTuple

from ledger.errors import PerfledgerError
from tools.screenshots.pages import Page

MOST_PIXELS_HIGH = 6_000
DRAWN = "!document.querySelector('.plot:not([data-drawn])')"


class PictureError(PerfledgerError):
    """A page is not there to be looked at."""


class Look(NamedTuple):
    """How a page is looked at."""

    theme: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """For people and for files."""
        return f"{self.theme}-{self.width}"


LOOKS = (
    Look("light", 1280, 860),
    Look("dark", 1280, 860),
    Look("light", 360, 740),
    Look("dark", 360, 740),
)


def take(browser: Any, app: str, page: Page, look: Look, path: Path, *, whole: bool = True) -> None:
    """Take a picture of a page, charts drawn.

    Args:
        browser: playwright's.
        app: where the app is.
        page: which one.
        look: theme and width.
        path: the file, PNG.
        whole: all of it, or what fits into the window.

    Raises:
        PictureError: the page answers otherwise than it should.
    """
    window = {"width": look.width, "height": look.height}
    with browser.new_context(
        base_url=app, viewport=window, color_scheme=look.theme, reduced_motion="reduce"
    ) as context:
        tab = context.new_page()
        answer = tab.goto(page.path)
        if answer.status != page.status:
            msg = f"{page.path} answers {answer.status}, not {page.status}"
            raise PictureError(msg, hint="Look at what the page says.")
        if page.act is not None:
            page.act(tab)
        tab.wait_for_function(DRAWN)
        high = min(tab.evaluate("document.documentElement.scrollHeight"), MOST_PIXELS_HIGH)
        clip = {"x": 0, "y": 0, "width": look.width, "height": high}
        tab.screenshot(path=path, full_page=whole, **({"clip": clip} if whole else {}))
