"""Runs of one configuration: what a repeat is, and what stays the same from one to another.

Two runs are repeats of each other if job, framework, algorithm, machine type, provider, number of
nodes and input size are the same, and so is what the index holds of versions, region, parameters,
characteristics of the input and configuration: their text in one case, cut at
`ledger.index.rows.SEARCH_CHARACTERS` characters.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ledger.index.filters import MAX_QUERY_CHARACTERS
from ledger.index.queries.runtimes import CONFIGURATION
from ledger.index.views import View
from ledger.insight.spread import Spread

CLUSTER = ("machine_type", "provider", "nodes")
"""The fields that say where a job ran, and not what it did."""


class Configuration(View):
    """What a job did, and on what."""

    job: str
    framework: str
    algorithm: str | None
    machine_type: str | None
    provider: str | None
    nodes: int
    input_bytes: int | None
    search: str

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """Parameters, characteristics and configuration, as words ``name=value``."""
        return self.settings_in(self.search)

    @staticmethod
    def settings_in(text: str) -> tuple[str, ...]:
        """Those of a configuration's text."""
        return tuple(word for word in text.split() if "=" in word.strip("="))

    def query(self) -> dict[str, list[str]]:
        """The filter, as parameters of an address, that passes its repeats."""
        found = {
            name: [str(value)]
            for name in ("job", "framework", "algorithm", "machine_type", "provider", "nodes")
            if (value := getattr(self, name)) is not None
        }
        if self.input_bytes is not None:
            found["input_bytes_min"] = found["input_bytes_max"] = [str(self.input_bytes)]
        words = " ".join(self.settings)
        return {**found, "q": [words]} if 0 < len(words) <= MAX_QUERY_CHARACTERS else found


class Repeats(View):
    """The runs of one configuration."""

    configuration: Configuration
    runtime: Spread


def of_key(key: Sequence[Any]) -> Configuration:
    """The configuration whose values these are, in the order of `CONFIGURATION`."""
    return Configuration.model_construct(**dict(zip(CONFIGURATION, key, strict=True)))
