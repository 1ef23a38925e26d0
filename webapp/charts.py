"""Figures as plotly takes them, and the tables that say the same.

Colours are the names of custom properties of the style sheets (``@accent``), which the page
resolves for the theme it is shown in. Labels and hover texts have no markup but ``<br>``: plotly
makes style attributes of ``<b>`` and its like, which the policy forbids.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.format import inert

MAX_SERIES = 8
"""As many as the palette tells apart; the rest is drawn as one."""

MOST_CHARACTERS = 36
"""Of a name in a chart; the table beside it has the whole."""

_BEGINNING, _END = 24, 10


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with its table.

    Attributes:
        name: identifies it within the page.
        title: what it shows, as a heading.
        summary: what it says, for who cannot see it.
        figure: plotly's ``data`` and ``layout``.
        columns: headings of the table.
        rows: its cells; numbers already written with their units.
        note: what a reader has to know, e.g. what is left out.
    """

    name: str
    title: str
    summary: str
    figure: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def linked(addresses: Sequence[str | None]) -> dict[str, Any]:
    """What a trace carries so that its points lead somewhere; None: a point leads nowhere."""
    return {"meta": {"links": list(addresses)}}


def plain(text: str) -> str:
    """A text that plotly shows as it is: it would take tags in labels for markup."""
    return html.escape(inert(text), quote=False)


def shown(name: str) -> str:
    """A name as a chart shows it, which is too narrow for a long one: its ends are kept."""
    short = f"{name[:_BEGINNING]}…{name[-_END:]}" if len(name) > MOST_CHARACTERS else name
    return plain(short)


def categories(names: Sequence[str]) -> dict[str, Any]:
    """An axis of names. Two long ones that look alike stay two."""
    return {
        "type": "category",
        "automargin": True,
        "ticksuffix": "  ",
        "tickmode": "array",
        "tickvals": [plain(name) for name in names],
        "ticktext": [shown(name) for name in names],
    }


def layout(*, x: str = "", y: str = "", height: int = 320, **more: Any) -> dict[str, Any]:
    """A layout with titled axes."""
    return {
        "height": height,
        "xaxis": {"title": {"text": x}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": y}, "rangemode": "tozero"},
        **more,
    }
