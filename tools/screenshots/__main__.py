"""Pictures of every page of the app: ``make screenshots``.

Over the ledger of the demo, which is made if it is missing. Each page in both themes, as wide as a
desktop and as a phone, with a page of all of them to look at; and those that the README shows.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.progress import track
from werkzeug.serving import make_server

from ledger import settings
from ledger.errors import NotFoundError
from ledger.node import Node
from tools.screenshots import gallery
from tools.screenshots.camera import LOOKS
from tools.screenshots.camera import take
from tools.screenshots.pages import Page
from tools.screenshots.pages import pages
from tools.services import Chromium
from webapp import create_app

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "docs/screenshots"
BROWSER = ("--no-sandbox", "--headless", "--disable-gpu", "--no-first-run")

SHOWN = {
    "overview": ("overview", LOOKS[0]),
    "overview-dark": ("overview", LOOKS[1]),
    "records": ("records", LOOKS[0]),
    "record": ("record", LOOKS[0]),
    "job": ("job", LOOKS[0]),
    "compare": ("compare", LOOKS[0]),
    "cost": ("cost", LOOKS[1]),
    "predict": ("predict", LOOKS[0]),
    "verify": ("verify", LOOKS[0]),
    "contribute": ("contribute-preview", LOOKS[0]),
    "network": ("network", LOOKS[0]),
    "phone": ("job", LOOKS[3]),
}
"""The README's pictures: of which page, how looked at."""


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=ROOT / ".demo",
    help="Home folder of a ledger [default: .demo, made if missing].",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default=ROOT / ".screenshots",
    help="Where they go [default: .screenshots].",
)
@click.option("--only", multiple=True, metavar="PAGE", help="Of this page only.")
def main(home: Path, folder: Path, only: tuple[str, ...]) -> None:
    """Take a picture of every page of the app."""
    out = Console(stderr=True)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if not home.exists():
        out.print(f"no ledger in {home} yet: running the demo")
        command = [sys.executable, "-m", "ledger.cli", "--home", str(home), "demo", "--once"]
        subprocess.run(command, check=True)
    with _served(home) as (node, app), _browser() as browser:
        every = [each for each in pages(node) if not only or each.name in only]
        _all(browser, app, every, folder, out)
        if not only:
            _shown(browser, app, {each.name: each for each in every})
    print(gallery.write(folder, every))


def _all(browser: Any, app: str, every: list[Page], folder: Path, out: Console) -> None:
    work = [(look, page) for look in LOOKS for page in every]
    for look, page in track(work, "taking pictures", console=out):
        (folder / look.name).mkdir(parents=True, exist_ok=True)
        take(browser, app, page, look, folder / look.name / f"{page.name}.png")


def _shown(browser: Any, app: str, named: dict[str, Page]) -> None:
    README.mkdir(parents=True, exist_ok=True)
    for name, (page, look) in SHOWN.items():
        take(browser, app, named[page], look, README / f"{name}.png", whole=False)


@contextmanager
def _served(home: Path) -> Iterator[tuple[Node, str]]:
    """The node of a home, and where its app is served for as long."""
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        node.connect()
        node.sync.step()
        server = make_server("127.0.0.1", 0, create_app(node), threaded=True)
        thread = threading.Thread(target=server.serve_forever, name="app")
        thread.start()
        try:
            yield node, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _browser() -> Iterator[Any]:
    """A headless Chromium.

    Raises:
        NotFoundError: there is none.
    """
    found = Chromium().browser()
    if found is None:
        raise NotFoundError("Chromium is missing", hint=Chromium.by_hand)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found.path, args=list(BROWSER), env={**os.environ, **found.env}
        )
        yield launched
        launched.close()


if __name__ == "__main__":
    main()
