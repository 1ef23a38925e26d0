"""How pages are cited and embedded: what their templates and the API ask for."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask import url_for

from ledger.index.filters import Filter
from ledger.index.views import BatchDetail
from ledger.index.views import RecordDetail
from webapp.badges import wording
from webapp.cite import works
from webapp.cite.work import Work
from webapp.cite.work import safe_url
from webapp.serving import node
from webapp.serving import queries

Parameters = Mapping[str, Sequence[str]]
"""A filter as it stands in an address: its parameters, by name."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What is offered to whoever wants to refer to something.

    Attributes:
        work: what is cited.
        page: address of its page on this app.
        badge: address of its badge.
        says: what the badge says now.
        csl: address of its citation in the API.
        is_record: whether it is one record.
    """

    work: Work
    page: str
    badge: str
    says: str
    csl: str
    is_record: bool = False

    @property
    def markdown(self) -> str:
        """Embeds the badge, with a link to the page."""
        return f"[![perfledger]({safe_url(_whole(self.badge))})]({safe_url(self.work.url)})"


def share_record(detail: RecordDetail) -> Shared:
    """A record."""
    cid = detail.row.cid
    return Shared(
        work=cite_record(detail),
        page=url_for("records.detail", cid=cid),
        badge=url_for("badges.of_one", cid=cid),
        says=wording.of_record(detail.row)[0],
        csl=url_for("api.record_citation", cid=cid),
        is_record=True,
    )


def share_batch(detail: BatchDetail) -> Shared:
    """A batch; its badge is that of its records."""
    batch_id = detail.batch.batch_id
    return Shared(
        work=cite_batch(detail),
        page=url_for("batches.detail", batch_id=batch_id),
        badge=url_for("badges.of_many", batch=batch_id),
        says=wording.of_filter(queries(), Filter(batch=(batch_id,)))[0],
        csl=url_for("api.batch_citation", batch_id=batch_id),
    )


def share_filter(given: Parameters, chosen: Filter) -> Shared:
    """The records that pass a filter."""
    return Shared(
        work=cite_filter(given, chosen),
        page=_address("records.listing", given),
        badge=_address("badges.of_many", given),
        says=wording.of_filter(queries(), chosen)[0],
        csl=_address("api.citation", given),
    )


def cite_record(detail: RecordDetail) -> Work:
    """A record's citation."""
    cid = detail.row.cid
    return works.of_record(
        detail,
        _whole(url_for("records.detail", cid=cid)),
        _whole(url_for("records.proof", cid=cid)),
    )


def cite_batch(detail: BatchDetail) -> Work:
    """A batch's citation."""
    return works.of_batch(
        detail,
        _whole(url_for("batches.detail", batch_id=detail.batch.batch_id)),
        _whole(url_for("records.block", cid=detail.batch.manifest_cid)),
    )


def cite_filter(given: Parameters, chosen: Filter) -> Work:
    """The citation of the records that pass a filter."""
    answers = queries()
    indexed, _ = answers.progress()
    return works.of_filter(
        answers.count(chosen), indexed, _whole(_address("records.listing", given))
    )


def _address(endpoint: str, given: Parameters) -> str:
    values: dict[str, Any] = {name: list(texts) for name, texts in given.items()}
    return url_for(endpoint, **values)


def _whole(path: str) -> str:
    """An address under which others reach it: the node's public one, where it has any."""
    public = node().settings.urls("public_url")
    return (public[0] if public else request.host_url.rstrip("/")) + path
