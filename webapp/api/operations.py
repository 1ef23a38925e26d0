"""What an operation of the API is: what it takes, what it answers with, how long that holds."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from enum import Enum
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from ledger.accounts.tokens import Scope


class Tag(StrEnum):
    """Groups of operations, in the order in which they are shown."""

    RECORDS = "Records"
    BATCHES = "Batches"
    INSIGHT = "What runs say together"
    PEOPLE = "Contributors and validators"
    CONTRIBUTE = "Contributing"
    VERIFY = "Verifying"
    LEDGER = "The ledger"
    NODE = "Node and network"

    @property
    def says(self) -> str:
        """What the group is about."""
        return _ABOUT[self]


_ABOUT = {
    Tag.RECORDS: "What ran where, how long it took, and where it stands on the ledger.",
    Tag.BATCHES: "What one transaction anchored, and what validators said of it.",
    Tag.INSIGHT: "Jobs, machine types and groups of records: how they compare, how consistent.",
    Tag.PEOPLE: "Who contributed, and who vouches.",
    Tag.CONTRIBUTE: "Reading uploads, signing records, and following them to the chain.",
    Tag.VERIFY: "Checking proofs, step by step.",
    Tag.LEDGER: "The ledger in figures, its search and its schema.",
    Tag.NODE: "How this node stands, and what it knows of others.",
}


class Holds(Enum):
    """For how long an answer holds."""

    UNTIL_INDEXED = "until the index changes"
    AS_IS = "as long as its content is the same"
    FOR_GOOD = "for good"
    NOT = "not at all"


@dataclass(frozen=True, slots=True)
class Content:
    """One form of a body.

    Attributes:
        media: its media type.
        model: what it holds, if it is JSON of a model.
        schema: its JSON Schema otherwise; None: any bytes.
        example: what it may be.
    """

    media: str = "application/json"
    model: type[BaseModel] | None = None
    schema: Mapping[str, Any] | None = None
    example: Any = None


@dataclass(frozen=True, slots=True)
class Header:
    """A request header that an operation reads.

    Attributes:
        name: of it.
        says: what it is.
        schema: the JSON Schema of what is taken.
    """

    name: str
    says: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a value of an answer leads.

    Attributes:
        name: of the link.
        operation: the operation it leads to.
        parameter: which of its parameters the value is.
        value: where it is in the answer (OpenAPI runtime expression).
    """

    name: str
    operation: str
    parameter: str
    value: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: its operationId.
        method: its HTTP method.
        path: with parameters as ``{name}``, below the API's root.
        tag: its group.
        summary: what it does, in one sentence.
        description: what else there is to know.
        query: its query parameters.
        headers: request headers that it reads.
        body: what it takes, by media type.
        answers: what it answers with, by status.
        refusals: statuses of problems that are its own.
        holds: for how long its answer does.
        pages: whether its answer is a part of a list.
        scope: what a token has to allow; None: none is needed.
        welcomes: what a token may allow that is not always needed; None: none is looked at.
        links: where values of its answer lead.
    """

    name: str
    method: str
    path: str
    tag: Tag
    summary: str
    description: str
    query: type[BaseModel] | None = None
    headers: Sequence[Header] = ()
    body: Sequence[Content] = ()
    answers: Mapping[HTTPStatus, Sequence[Content]] = field(default_factory=dict)
    refusals: Sequence[HTTPStatus] = ()
    holds: Holds = Holds.UNTIL_INDEXED
    pages: bool = False
    scope: Scope | None = None
    welcomes: Scope | None = None
    links: Sequence[Link] = ()

    @property
    def path_parameters(self) -> list[str]:
        """Names of the parameters in its path."""
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]
