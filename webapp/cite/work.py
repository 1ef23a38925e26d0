"""A work that can be cited, in the forms that programs for references read.

Sources: BibTeX 0.99 (``@misc``); CSL-JSON 1.0, https://docs.citationstyles.org.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.format import inert

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}
"""Braces are named: BibTeX counts them even after a backslash."""

_UNSAFE_IN_URL = re.compile(r"[^A-Za-z0-9/:?&=.,@+!*;~_%\[\]-]")


@dataclass(frozen=True, slots=True)
class Work:
    """What is cited.

    Attributes:
        key: of the entry.
        title: what it is.
        authors: who is answerable: addresses, or a description.
        issued: when it was anchored; None: it is not yet.
        accessed: when it was looked at.
        url: where it is shown.
        proof_url: where what proves it stays; None: there is no such file.
        note: its names that nobody can change: CID, root, block.
    """

    key: str
    title: str
    authors: tuple[str, ...]
    issued: date | None
    accessed: date
    url: str
    proof_url: str | None
    note: str

    @property
    def year(self) -> int:
        """Of its anchor, or of the look at it."""
        return (self.issued or self.accessed).year

    def bibtex(self) -> str:
        """An ``@misc`` entry."""
        url = safe_url(self.url)
        fields = {
            "author": " and ".join(f"{{{latex(each)}}}" for each in self.authors),
            "title": f"{{{latex(self.title)}}}",
            "year": str(self.year),
            "howpublished": rf"\url{{{url}}}",
            "url": url,
            "urldate": self.accessed.isoformat(),
            "note": latex(self.note),
        }
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
        return f"@misc{{{self.key},\n{lines}}}"

    def text(self) -> str:
        """For a list of references in plain text."""
        authors = ", ".join(map(inert, self.authors))
        return (
            f"{authors} ({self.year}). {inert(self.title)}. {self.note}. {self.url} "
            f"(accessed {self.accessed.isoformat()})."
        )

    def csl(self) -> dict[str, Any]:
        """A CSL-JSON item."""
        return {
            "id": self.key,
            "type": "dataset",
            "title": inert(self.title),
            "author": [{"literal": each} for each in self.authors],
            "issued": {"date-parts": [_parts(self.issued) if self.issued else [self.year]]},
            "accessed": {"date-parts": [_parts(self.accessed)]},
            "publisher": "perfledger",
            "URL": self.url,
            "note": self.note,
        }


def latex(text: str) -> str:
    """A text as LaTeX writes it, on one line."""
    return "".join(_LATEX.get(each, each) for each in inert(" ".join(text.split())))


def safe_url(url: str) -> str:
    """A URL without what would end a BibTeX value or a Markdown link."""
    return _UNSAFE_IN_URL.sub(
        lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url
    )


def _parts(day: date) -> list[int]:
    return [day.year, day.month, day.day]
