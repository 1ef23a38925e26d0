"""What a badge looks like: two fields of one line, in colours that hold on light and dark pages."""

from enum import StrEnum
from xml.sax.saxutils import escape
from xml.sax.saxutils import quoteattr

from webapp.badges.widths import width_of

LABEL = "perfledger"
_PIXELS = 11
_PADDING = 6
_HEIGHT = 20


class Colour(StrEnum):
    """Behind white text, each with a contrast of 5 to 1 or more (WCAG 2.2 AA asks for 4.5)."""

    GOOD = "#1a7036"
    BAD = "#b3261e"
    SPLIT = "#8a5200"
    PLAIN = "#0b5cad"
    WAITING = "#57606a"
    LABEL = "#3b434b"


def drawn(message: str, colour: Colour) -> str:
    """A badge as SVG, complete in itself: no script, no style sheet, nothing from elsewhere."""
    left = width_of(LABEL, _PIXELS) + 2 * _PADDING
    right = width_of(message, _PIXELS) + 2 * _PADDING
    whole = left + right
    said = f"{LABEL}: {message}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.1f}" height="{_HEIGHT}" '
        f'viewBox="0 0 {whole:.1f} {_HEIGHT}" role="img" aria-label={quoteattr(said)}>'
        f"<title>{escape(said)}</title>"
        f'<clipPath id="r"><rect width="{whole:.1f}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)">'
        f'<rect width="{left:.1f}" height="{_HEIGHT}" fill="{Colour.LABEL}"/>'
        f'<rect x="{left:.1f}" width="{right:.1f}" height="{_HEIGHT}" fill="{colour}"/></g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" '
        f'font-size="{_PIXELS}" aria-hidden="true">'
        f"{_text(LABEL, _PADDING)}{_text(message, left + _PADDING)}</g></svg>"
    )


def _text(text: str, x: float) -> str:
    length = width_of(text, _PIXELS)
    return (
        f'<text x="{x:.1f}" y="14" textLength="{length:.1f}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )
