"""Tables in Markdown, and what they have in common."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]
"""What a benchmark left as JSON."""


def rows_as_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a column whose name begins with ``>`` is aligned to the right."""
    names = [column.removeprefix(">") for column in columns]
    rules = ["--:" if column.startswith(">") else "---" for column in columns]
    lines = [names, rules, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def chain_of(run: Result) -> str:
    """Where the chain was."""
    return "near" if run["chain_is_near"] else "far"


def seconds_of(figures: Result) -> tuple[str, str, str]:
    """Median, 95th percentile and most."""
    return f"{figures['median']:.2f}", f"{figures['p95']:.2f}", f"{figures['most']:.2f}"
