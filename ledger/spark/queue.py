"""Where Spark writes the event logs of recorded applications: a folder beside the ledger's home.

Those for a group are in a folder of their own inside it, which names the group: the program that
has them taken may be another, in which no group is set. Only the standard library is imported.
"""

from pathlib import Path
from urllib.parse import quote
from urllib.parse import unquote

from ledger.recording.own_folder import OwnFolder

_FOR_GROUP = "for-"


class LogQueue:
    """The queue of a home folder, which may not be there yet."""

    def __init__(self, home: Path) -> None:
        self.folder = home.with_name(f"{home.name}-spark-queue")
        self.own = OwnFolder(self.folder)

    def place_for(self, group: str | None) -> Path:
        """The folder for logs, made if there is none; nobody but this user can read it.

        Args:
            group: whose members alone may read the records; None: as whoever takes them has set.

        Raises:
            StrangeQueueError: the queue is not this user's alone.
            OSError: it cannot be made.
        """
        with self.own.opened():
            if not group:
                return self.folder
            place = OwnFolder(self.folder / f"{_FOR_GROUP}{quote(group, safe='')}")
            with place.opened():
                return place.path

    def places(self) -> dict[str | None, Path]:
        """Its folders, by the group that they are for."""
        places: dict[str | None, Path] = {None: self.folder}
        for path in sorted(self.folder.glob(f"{_FOR_GROUP}*")):
            if path.is_dir():
                places[unquote(path.name.removeprefix(_FOR_GROUP))] = path
        return places
