"""A case of the conformance suite: a request, and what a server has to answer."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any


@dataclass(frozen=True)
class Case:
    """A request and its answer.

    Attributes:
        name: what the specification demands.
        path: with names of blocks in braces.
        status: the HTTP status.
        blocks: names of those in a CAR, in order; None: the body is no CAR.
        body: name of the block that is the body, or nothing in particular.
        cut: whether the body ends before the CAR does.
        request: headers that are sent.
        response: headers that come, as patterns with names of blocks in braces; None: absent.
        method: of the request.
        kubo: what Kubo answers where that differs, by attribute.
        why: why it differs.
    """

    name: str
    path: str
    status: int = 200
    blocks: Sequence[str] | None = None
    body: str | None = None
    cut: bool = False
    request: Mapping[str, str] = field(default_factory=dict)
    response: Mapping[str, str | None] = field(default_factory=dict)
    method: str = "GET"
    kubo: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    def of_kubo(self) -> "Case":
        """The case with what Kubo answers."""
        return replace(self, **self.kubo)


CAR = {"Accept": "application/vnd.ipld.car"}
RAW = {"Accept": "application/vnd.ipld.raw"}
MULTI = ("multi", "multi/0", "multi/1", "multi/2", "multi/3", "multi/4")

IMMUTABLE = r"public, max-age=29030400, immutable"
