"""What the codes of columns stand for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.index.queries.columns.dictionary import Dictionary
from ledger.index.queries.columns.numbering import Numbering
from ledger.index.queries.columns.words import Words
from ledger.index.queries.conditions import FACETS

SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """What the codes of columns stand for; it only grows.

    Attributes:
        values: by field, its values.
        words: those of the texts of `SEARCH`.
        configurations: what runs have in common.
    """

    values: Mapping[str, Dictionary[Any]]
    words: Words
    configurations: Numbering

    @staticmethod
    def empty() -> "Dictionaries":
        """Nothing yet."""
        return Dictionaries(
            {name: Dictionary() for name in (*FACETS, SEARCH)}, Words(), Numbering()
        )

    def __getitem__(self, name: str) -> Dictionary[Any]:
        """The values of a field."""
        return self.values[name]
