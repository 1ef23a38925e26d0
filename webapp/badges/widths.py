"""How wide a text is, without the fonts of whoever looks at it.

A badge names the width that its text is to have (``textLength``), so another font is fitted into
it. The table is of a common font, so that most have to be fitted little.
"""

_UNITS_PER_EM = 2048

_CHARACTERS = {
    563: "'",
    569: "ijl",
    604: "IJ",
    651: " ,.·",
    690: "/:;\\|",
    721: "f",
    739: "-",
    799: "()[]",
    803: "t",
    821: "!",
    842: "r",
    942: '"',
    1024: "*_`",
    1067: "s",
    1075: "z",
    1087: "?",
    1126: "c",
    1141: "L",
    1178: "F",
    1186: "k",
    1212: "vxy",
    1235: "P",
    1251: "TY",
    1253: "o",
    1255: "a",
    1260: "e",
    1294: "E",
    1298: "hnu",
    1300: "Sbdgpq",
    1303: "$0123456789{}",
    1343: "K",
    1401: "AV",
    1403: "XZ",
    1405: "B",
    1423: "R",
    1430: "C",
    1499: "U",
    1532: "N",
    1540: "H",
    1577: "D",
    1587: "G",
    1597: "&",
    1612: "OQ",
    1675: "w",
    1716: "#+<=>^~",
    1767: "M",
    1946: "%",
    1995: "m",
    2025: "W",
    2048: "@",
}
"""Advance width → characters, of DejaVu Sans at 2048 units per em."""

WIDTHS = {each: width for width, characters in _CHARACTERS.items() for each in characters}


def width_of(text: str, pixels: float) -> float:
    """The width of a text in pixels; what is not in the table counts as wide as any.

    Args:
        text: what is written.
        pixels: size of the font.
    """
    return sum(WIDTHS.get(each, _UNITS_PER_EM) for each in text) * pixels / _UNITS_PER_EM
