"""What a privacy policy does, as the command shows it."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.privacy.withholding import Change
from ledger.privacy.withholding import Shared

SHOWN_CHARACTERS = 60
NOTHING = "nothing"


class Withholding:
    """Collects what a policy does to records: each kind of change once, with an example."""

    def __init__(self) -> None:
        self.records = 0
        self._changes: dict[tuple[str, str], list[Any]] = {}

    def add(self, shared: Shared) -> None:
        """Count a record."""
        self.records += 1
        for change in shared.changes:
            found = self._changes.setdefault((change.path, change.action), [0, change])
            found[0] += 1

    @property
    def changes(self) -> Iterable[tuple[int, Change]]:
        """How many records each change is made to, with the first of them, by field."""
        return [(number, change) for number, change in self._changes.values()]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "records": self.records,
            "changes": [
                {
                    "field": change.path,
                    "action": change.action,
                    "records": number,
                    "before": change.before,
                    "after": change.after,
                }
                for number, change in self.changes
            ],
        }

    def tell(self, session: Session) -> None:
        """Show it as a table."""
        if not self._changes:
            leave = (
                "1 record leaves as it is"
                if self.records == 1
                else (f"{self.records:,} records leave as they are")
            )
            session.out.print(f"{leave}: no rule of a policy changes anything")
            return
        table = Table("field", "action", "records", "here", "what leaves")
        for number, change in self.changes:
            table.add_row(
                harmless(change.path),
                change.action,
                f"{number:,}",
                _short(change.before),
                NOTHING if change.after is None else _short(change.after),
            )
        session.out.print(table)
        session.out.print(f"of {self.records:,} read; nothing was kept and nothing has left")


def _short(value: object) -> str:
    text = harmless(str(value))
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
