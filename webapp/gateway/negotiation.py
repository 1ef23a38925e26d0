"""What a request for blocks wants.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/#http-request,
https://specs.ipfs.tech/ipips/ipip-0412/ (parameters of CAR),
https://specs.ipfs.tech/ipips/ipip-0523/ (which of query and ``Accept`` goes first).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Self

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_options_header

from ledger.errors import InvalidInputError
from ledger.ipld.entity import WHOLE
from ledger.ipld.entity import ByteRange
from ledger.serving.gateway import Scope
from ledger.serving.gateway import Selection


class Format(Enum):
    """What may be asked for; the value is the media type."""

    RAW = "application/vnd.ipld.raw"
    CAR = "application/vnd.ipld.car"

    @property
    def short(self) -> str:
        """Its name in a query."""
        return self.name.lower()


class NotAcceptableError(InvalidInputError):
    """A request asks for what has to be trusted, or for what nobody knows."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not served here: only what can be verified by its CID is",
            hint="Ask with ?format=raw for a block, or ?format=car for a DAG.",
        )


class NoFormatError(InvalidInputError):
    """A request does not say what it wants."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request wants.

    Attributes:
        format: a block or a DAG.
        parameters: of the media type that were given in ``Accept``.
    """

    format: Format
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, query: Mapping[str, str], accept: MIMEAccept | None) -> Self:
        """What a query and an ``Accept`` header say; the query goes first.

        Raises:
            NotAcceptableError: another format, or an unknown variant of CAR.
            NoFormatError: they say nothing.
        """
        name = query.get("format")
        if name is not None:
            format_ = next((each for each in Format if each.short == name), None)
            if format_ is None:
                raise NotAcceptableError(f"format {name[:40]!r}")
            return cls(format_, _parameters_of(format_, accept))
        if accept is None:
            raise NoFormatError(
                "the request names no format",
                hint="Ask with ?format=raw for a block, or ?format=car for a DAG.",
            )
        return cls._by_preference(accept)

    @classmethod
    def _by_preference(cls, accept: MIMEAccept) -> Self:
        refused: NotAcceptableError | None = None
        for value, weight in accept:
            media_type, parameters = parse_options_header(value)
            if weight and media_type in {each.value for each in Format}:
                wanted = cls(Format(media_type), parameters)
                try:
                    wanted.require_variant()
                except NotAcceptableError as error:
                    refused = refused or error
                else:
                    return wanted
        raise refused or NotAcceptableError(", ".join(accept.values())[:80] or "nothing")

    def require_variant(self, query: Mapping[str, str] | None = None) -> None:
        """Refuse variants of CAR that are not written here.

        Raises:
            NotAcceptableError: another version, order or value of ``dups``.
        """
        if self.format is Format.CAR:
            for name, known in _CAR_PARAMETERS.items():
                value = self._parameter(name, query or {})
                if value and value not in known:
                    raise NotAcceptableError(f"CAR with {name}={value[:40]}")

    def selection(self, query: Mapping[str, str]) -> Selection:
        """Which blocks are wanted.

        Raises:
            InvalidInputError: a parameter has an impossible value.
        """
        self.require_variant(query)
        span = query.get("entity-bytes")
        scope = query.get("dag-scope", Scope.ALL.value)
        if scope not in set(Scope):
            raise InvalidInputError(
                f"dag-scope={scope[:40]!r} is unknown", hint="Use block, entity or all."
            )
        return Selection(
            Scope(scope) if span is None else Scope.ENTITY,
            WHOLE if span is None else ByteRange.parse(span),
            duplicates=self._parameter("dups", query) == "y",
        )

    def _parameter(self, name: str, query: Mapping[str, str]) -> str:
        return query.get(f"car-{name}") or self.parameters.get(name, "")


_CAR_PARAMETERS = {"version": {"1"}, "order": {"dfs", "unk"}, "dups": {"y", "n"}}


def _parameters_of(format_: Format, accept: MIMEAccept | None) -> Mapping[str, str]:
    for value, _ in accept or ():
        media_type, parameters = parse_options_header(value)
        if media_type == format_.value:
            return parameters
    return {}
