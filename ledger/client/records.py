"""Records, from a server."""

import json
from collections.abc import Iterator
from typing import Any

from ledger.client import answers
from ledger.client.asker import PAGE_ROWS
from ledger.client.asker import Asker
from ledger.client.asker import named
from ledger.client.asking import parameters
from ledger.client.errors import UnexpectedAnswerError
from ledger.client.lines import lines_of
from ledger.index import views
from ledger.index.filters import ALL
from ledger.index.filters import Filter
from ledger.index.queries.listing import Sort
from ledger.record import cid as cids


class Records(Asker):
    """What ran where, how long it took, and where it stands on the ledger."""

    def records(
        self,
        chosen: Filter = ALL,
        *,
        sort: Sort | str = Sort.ADDED,
        descending: bool = True,
        limit: int = 50,
        after: str | None = None,
        before: str | None = None,
    ) -> views.Page:
        """A page of the records that pass a filter; see `ledger.index.queries.Queries.records`."""
        query = parameters(chosen) | {
            "sort": str(sort),
            "order": "desc" if descending else "asc",
            "limit": str(limit),
        }
        places = {"after": after, "before": before}
        query |= {name: place for name, place in places.items() if place is not None}
        return self._get(views.Page, "/records", query)

    def every_record(
        self, chosen: Filter = ALL, *, sort: Sort | str = Sort.ADDED, descending: bool = True
    ) -> Iterator[views.RecordRow]:
        """Every record that passes a filter, page by page as they are needed."""
        after: str | None = None
        while True:
            page = self.records(
                chosen, sort=sort, descending=descending, limit=PAGE_ROWS, after=after
            )
            yield from page.rows
            if (after := page.next_after) is None:
                return

    def record(self, cid: str) -> views.RecordDetail:
        """Everything known of a record, by its CID or the beginning of one."""
        return self._get(views.RecordDetail, f"/records/{named(cid)}")

    def block(self, cid: str) -> bytes:
        """The canonical bytes of a record, a manifest or a report.

        Raises:
            UnexpectedAnswerError: the bytes that came are not those of the CID.
        """
        block = self._http.get(f"/records/{named(cid)}/block")
        if cids.cid_of(block) != cid:
            raise UnexpectedAnswerError(
                f"the bytes that came for {cid} hash to another CID",
                hint="The server, or somebody on the way, has changed them. Ask another node.",
            )
        return block

    def proof(self, cid: str) -> bytes:
        """The proof file of a record."""
        return self._http.get(f"/records/{named(cid)}/proof")

    def export(self, chosen: Filter = ALL) -> Iterator[tuple[views.RecordRow, dict[str, Any]]]:
        """Every record that passes a filter, with its content, in one stream."""
        for line in lines_of(self._http.stream("/export.jsonl", parameters(chosen))):
            yield self._understood(lambda: _exported(line))  # noqa: B023 - used at once

    def facets(self, chosen: Filter = ALL) -> answers.Facets:
        """What each value of each filter would leave, and ranges of sizes, runtimes and starts."""
        return self._get(answers.Facets, "/facets", parameters(chosen))

    def citation(
        self, *, cid: str | None = None, batch: str | None = None, chosen: Filter = ALL
    ) -> answers.Citation:
        """How to cite a record, a batch, or the records that pass a filter."""
        if cid is not None:
            return self._get(answers.Citation, f"/records/{named(cid)}/citation")
        if batch is not None:
            return self._get(answers.Citation, f"/batches/{named(batch)}/citation")
        return self._get(answers.Citation, "/citation", parameters(chosen))


def _exported(line: bytes) -> tuple[views.RecordRow, dict[str, Any]]:
    whole = json.loads(line)
    record = whole.pop("record")
    return views.RecordRow.model_validate(whole), record
