"""Where the records of deliveries are kept: for everybody, or for a group."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.anchor.intake import Accepted
from ledger.record.schema import Record


@dataclass(frozen=True, slots=True)
class Keeping:
    """What keeps records durably, as they are.

    Attributes:
        for_everybody: keeps them as drafts.
        for_group: keeps them for the group of a name, and shows them to nobody else.
        groups: names of the groups that the home knows.
    """

    for_everybody: Callable[[Iterable[Record]], Accepted]
    for_group: Callable[[str, Iterable[Record]], Accepted]
    groups: Callable[[], Collection[str]]

    def keep(self, group: str | None, record: Record) -> Accepted:
        """Keep a record for a group; None: for everybody.

        Raises:
            NotFoundError: there is no such group.
            TooLargeToSealError: it does not fit into an envelope.
        """
        return self.for_everybody([record]) if group is None else self.for_group(group, [record])
