"""Which batches the page, and the API, list: all of it is in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from ledger.errors import InvalidInputError
from ledger.peers.replication import BatchStatus
from ledger.peers.replication import Sort
from ledger.peers.replication import arranged
from webapp.paging import DEFAULT_LIMIT
from webapp.paging import limit_of

MOST_ROWS = 500
_ORDERS = ("asc", "desc")
_FLAGS = ("0", "1")
_PAGE_DIGITS = 9
_PARAMETERS = frozenset({"sort", "order", "at_risk", "page", "limit"})

Value = TypeVar("Value", bound=str)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which batches are listed.

    Attributes:
        sort: what they are sorted by.
        descending: whether the most, or the newest, come first.
        at_risk: whether those on enough nodes are left out.
        page: from 1 on.
        limit: rows of a page.
    """

    sort: Sort = Sort.ANCHORED
    descending: bool = True
    at_risk: bool = False
    page: int = 1
    limit: int = DEFAULT_LIMIT

    def url(self, endpoint: str = "network.home") -> str:
        """The address of this listing; what is at its default is left out."""
        given = {
            "at_risk": "1" if self.at_risk else None,
            "sort": None if self.sort is Sort.ANCHORED else self.sort.value,
            "order": None if self.descending else "asc",
            "page": None if self.page == 1 else self.page,
            "limit": None if self.limit == DEFAULT_LIMIT else self.limit,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return url_for(endpoint) + (f"?{query}" if query else "")

    def sorted_by(self, sort: Sort) -> "Listing":
        """Sorted by something else, or the other way round."""
        descending = not self.descending if sort is self.sort else True
        return replace(self, sort=sort, descending=descending, page=1)

    def choosing(self, *, at_risk: bool) -> "Listing":
        """With all batches, or with those at risk alone."""
        return replace(self, at_risk=at_risk, page=1)

    def at(self, page: int) -> "Listing":
        """At another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A page of batches.

    Attributes:
        rows: its batches.
        total: how many there are on all pages.
        listing: what it is a page of; beyond the last page, that is shown.
        pages: how many there are.
    """

    rows: Sequence[BatchStatus]
    total: int
    listing: Listing
    pages: int


def parse(query: "MultiDict[str, str]") -> Listing:
    """The listing that an address asks for.

    Raises:
        InvalidInputError: naming the parameter that is wrong.
    """
    unknown = sorted(set(query) - _PARAMETERS)
    if unknown:
        raise InvalidInputError(
            f"there is no parameter {unknown[0][:40]!r}",
            hint=f"There are: {', '.join(sorted(_PARAMETERS))}.",
        )
    return Listing(
        sort=Sort(_one_of(query, "sort", [each.value for each in Sort])),
        descending=_one_of(query, "order", _ORDERS[::-1]) == "desc",
        at_risk=_one_of(query, "at_risk", _FLAGS) == "1",
        page=_page(query),
        limit=limit_of(query, MOST_ROWS),
    )


def page_of(batches: Sequence[BatchStatus], listing: Listing) -> BatchPage:
    """A page of a listing, given all batches, the newest first."""
    chosen = arranged(batches, listing.sort, descending=listing.descending, at_risk=listing.at_risk)
    pages = max(1, -(-len(chosen) // listing.limit))
    shown = listing.at(min(listing.page, pages))
    start = (shown.page - 1) * listing.limit
    return BatchPage(chosen[start : start + listing.limit], len(chosen), shown, pages)


def _one_of(query: "MultiDict[str, str]", name: str, values: Sequence[Value]) -> Value:
    """The value of a parameter; the first one there is if it is not given."""
    text = query.get(name) or values[0]
    for value in values:
        if value == text:
            return value
    raise InvalidInputError(
        f"{name} cannot be {text[:40]!r}", hint=f"It is one of: {', '.join(values)}."
    )


def _page(query: "MultiDict[str, str]") -> int:
    text = query.get("page") or "1"
    if not (text.isascii() and text.isdigit() and len(text) <= _PAGE_DIGITS and int(text)):
        raise InvalidInputError(f"there is no page {text[:20]!r}", hint="Pages count from 1.")
    return int(text)
