"""All pictures on one page, to be looked at."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tools.screenshots.camera import LOOKS
from tools.screenshots.pages import Page

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>perfledger: every page</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; background: #888; color: #000 }
  div { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; padding-bottom: 1rem }
  img { max-height: 40rem; border: 1px solid #444 }
</style>
<h1>Every page</h1>
"""


def write(folder: Path, pages: Sequence[Page]) -> Path:
    """Write ``index.html`` beside the pictures; returns its path."""
    parts = [_HEAD]
    for page in pages:
        parts.append(f'<h2 id="{page.name}">{page.name} <small>{escape(page.path)}</small></h2>')
        pictures = "".join(
            f'<a href="{look.name}/{page.name}.png"><img loading="lazy" alt="{page.name}, '
            f'{look.name}" src="{look.name}/{page.name}.png"></a>'
            for look in LOOKS
        )
        parts.append(f"<div>{pictures}</div>")
    path = folder / "index.html"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path
