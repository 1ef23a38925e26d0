"""The columns of the page's tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        field: of its rows.
        label: its heading.
        kind: ``text``, ``prose`` (which may break anywhere), ``link``, ``badge`` or ``hash``.
        numeric: whether its values are numbers.
        sort: what it is sorted by, if it can be.
    """

    field: str
    label: str
    kind: str = "text"
    numeric: bool = False
    sort: str = ""


PEER_COLUMNS = (
    Column("url", "Node", "link"),
    Column("state", "State", "badge"),
    Column("holds", "Holds", numeric=True),
    Column("received", "Received", numeric=True),
    Column("served", "Served", numeric=True),
    Column("challenges", "Challenges", numeric=True),
    Column("seen", "Last answer"),
    Column("problem", "Problem", "prose"),
)
WANT_COLUMNS = (
    Column("root", "What", "hash"),
    Column("kind", "Kind"),
    Column("age", "Missing for", numeric=True),
    Column("attempts", "Tries", numeric=True),
    Column("retry", "Next try", numeric=True),
    Column("problem", "Why", "prose"),
)
BATCH_COLUMNS = (
    Column("batch", "Batch", "hash"),
    Column("copies", "Copies", "badge", sort="copies"),
    Column("here", "Here"),
    Column("records", "Records", numeric=True, sort="records"),
    Column("anchored", "Anchored (UTC)", sort="anchored"),
)
FAILURE_COLUMNS = (
    Column("at", "When (UTC)"),
    Column("peer", "Node", "prose"),
    Column("outcome", "Outcome", "badge"),
    Column("block", "Block", "hash"),
    Column("problem", "What went wrong", "prose"),
)
