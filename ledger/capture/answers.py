"""What the REST API of a framework answers about one job, wherever the answers come from."""

from typing import Any
from typing import Protocol


class Answers(Protocol):
    """Answers about one job.

    Attributes:
        identifier: the job's, as the framework calls it.
        sha256: of the archive that they come from, in hexadecimal; None: from a server.
    """

    identifier: str
    sha256: str | None

    def of(self, path: str) -> Any:
        """The answer of a path, e.g. ``/jobs/…/exceptions``; None: there is none.

        Raises:
            TableError: it is no JSON.
            UnavailableError: it cannot be had now.
        """


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects of a list that an answer holds; nothing where there is no list.

    Raises:
        ValueError: it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("there is no list of objects where one should be")
    return value
