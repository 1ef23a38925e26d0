"""Badges: what they say, that they are whole, small and safe, and fit their text."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font
from matplotlib.ft2font import LoadFlags

from ledger.index.filters import Filter
from ledger.node import Node
from webapp.badges.drawing import Colour
from webapp.badges.drawing import drawn
from webapp.badges.widths import WIDTHS
from webapp.badges.widths import width_of

SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 1_500


def said(svg: bytes | str) -> str:
    title = ET.fromstring(svg).find(f"{SVG}title")
    assert title is not None
    assert title.text is not None
    return title.text.removeprefix("perfledger: ")


def record(node: Node, status: str) -> str:
    return node.queries.records(Filter(status=(status,)), limit=1).rows[0].cid


@pytest.mark.parametrize(
    ("status", "text"),
    [("accepted", "accepted 3/3"), ("rejected", "rejected 3/3"), ("pending", "pending")],
)
def test_a_badge_of_a_record_says_where_it_stands(
    client: FlaskClient, ledger_node: Node, status: str, text: str
):
    response = client.get(f"/records/{record(ledger_node, status)}/badge.svg")

    assert response.mimetype == "image/svg+xml"
    assert said(response.data) == text


def test_a_badge_of_a_filter_counts_records(client: FlaskClient, ledger_node: Node):
    total = ledger_node.queries.count(Filter(job=("kmeans",)))
    accepted = ledger_node.queries.count(Filter(job=("kmeans",), status=("accepted",)))

    assert said(client.get("/badge.svg?job=kmeans").data) == (
        f"{total} records · {accepted} accepted"
    )
    rejected = ledger_node.queries.count(Filter(status=("rejected",)))
    assert said(client.get("/badge.svg?status=rejected").data) == (
        f"{rejected} record · 0 accepted"
    )
    assert said(client.get("/badge.svg?job=nothing").data) == "no records"


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/records/bafyreiabcdefghijk/badge.svg", 404, "not found"),
        ("/badge.svg?jobb=sort", 400, "invalid filter"),
        ("/badge.svg?nodes=two", 400, "invalid filter"),
        ("/badge.svg?contributor=me", 400, "invalid filter"),
    ],
)
def test_what_cannot_be_answered_is_a_picture_too(
    client: FlaskClient, path: str, status: int, text: str
):
    response = client.get(path)

    assert (response.status_code, said(response.data)) == (status, text)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_badge_may_be_kept_and_shown_on_any_page(client: FlaskClient):
    first = client.get("/badge.svg")
    again = client.get("/badge.svg", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.data) == (304, b"")
    assert len(first.data) < MOST_BYTES


def test_a_badge_has_a_name_and_carries_nothing_active(client: FlaskClient):
    root = ET.fromstring(client.get("/badge.svg").data)

    assert root.get("role") == "img"
    assert root.get("aria-label") == f"perfledger: {said(ET.tostring(root))}"
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "clipPath", "rect", "g", "text"
    }  # fmt: skip
    names = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}
    assert "style" not in names


@pytest.mark.parametrize("hostile", ["<script>x</script>", '"><image href=x>', "]]>&#0;", "\u202e"])
def test_no_word_of_a_filter_gets_into_a_badge(client: FlaskClient, hostile: str):
    response = client.get("/badge.svg", query_string={"job": hostile, "q": hostile})

    assert said(response.data) == "no records"
    assert hostile not in response.get_data(as_text=True)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=40))
def test_whatever_is_drawn_is_well_formed_and_fits_its_text(text: str):
    root = ET.fromstring(drawn(text, Colour.GOOD))

    label, message = root.findall(f".//{SVG}text")
    end = float(message.get("x", "")) + float(message.get("textLength", ""))
    assert (message.text or "") == text
    assert end < float(root.get("width", ""))
    assert float(label.get("x", "")) + float(label.get("textLength", "")) < float(
        message.get("x", "")
    )


def test_widths_are_those_of_the_font():
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    font = FT2Font(str(folder / "DejaVuSans.ttf"))

    measured = {
        each: font.load_char(ord(each), flags=LoadFlags.NO_SCALE).horiAdvance for each in WIDTHS
    }

    assert measured == WIDTHS
    assert set(map(chr, range(32, 127))) <= set(WIDTHS)
    assert width_of("mm", 2048) == 2 * 1995


def luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, re.findall("..", colour.removeprefix("#")))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", list(Colour))
def test_white_text_is_legible_on_every_colour(colour: Colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 5
