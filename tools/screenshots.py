"""Pictures of a running app, as the README shows them.

``perfledger demo`` in one terminal, then ``python tools/screenshots.py`` in another.
"""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from ledger.errors import NotFoundError
from tools.services import Chromium

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
APP = "http://127.0.0.1:8787"
ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--no-first-run"]


class Shot(NamedTuple):
    """One picture: its file, the page (or the first link to it), how wide, which theme."""

    name: str
    path: str
    link: str | None = None
    width: int = 1280
    height: int = 860
    theme: str = "light"


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-dark", "/", theme="dark"),
    Shot("records", "/records?status=accepted"),
    Shot("record", "/records?status=accepted", link=".row-link"),
    Shot("verify", "/records?status=accepted", link=".row-link"),
    Shot("contribute", "/contribute"),
    Shot("network", "/network"),
    Shot("phone", "/", width=360, height=740, theme="dark"),
)


def take(browser: Any, shot: Shot, app: str) -> None:
    """Take one picture."""
    size = {"width": shot.width, "height": shot.height}
    with browser.new_context(viewport=size, color_scheme=shot.theme, base_url=app) as context:
        page = context.new_page()
        page.goto(shot.path)
        if shot.link is not None:
            page.locator(shot.link).first.click()
            page.wait_for_url(re.compile("/records/baf"))
        if shot.name == "verify":
            page.get_by_role("link", name="Verify", exact=True).last.click()
            page.wait_for_selector("#result-title[data-result]")
        page.wait_for_function("!document.querySelector('.plot:not([data-drawn])')")
        page.screenshot(path=FOLDER / f"{shot.name}.png")


def main(arguments: Sequence[str] | None = None) -> None:
    """Take every picture.

    Raises:
        NotFoundError: there is no browser.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--app", default=APP, help="where the app is served [%(default)s]")
    app = parser.parse_args(arguments).app
    found = Chromium().browser()
    if found is None:
        raise NotFoundError("Chromium is missing", hint=Chromium.by_hand)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=ARGUMENTS, env={**os.environ, **found.env}
        )
        for shot in SHOTS:
            take(browser, shot, app)
            print(FOLDER / f"{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
