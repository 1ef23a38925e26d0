"""Contributors and validators."""

from collections.abc import Sequence
from typing import TypeVar

from flask import Response

from ledger.client.answers import Attestations
from ledger.client.answers import Contributors
from ledger.client.answers import ValidatorDetail
from ledger.client.answers import Validators
from ledger.errors import NotFoundError
from ledger.index.views import ContributorRow
from ledger.index.views import ValidatorRow
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import AccountListing
from webapp.api.parameters import BatchListing
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.serving import queries

Account = TypeVar("Account", ContributorRow, ValidatorRow)


@operation(
    "/contributors",
    Tag.PEOPLE,
    Content(model=Contributors),
    query=AccountListing,
    pages=True,
    links=(
        Link("contributor", "contributor", "address", "$response.body#/contributors/0/address"),
    ),
)
def contributors(asked: AccountListing) -> Response:
    """List who contributed, the most records first."""
    rows, next_after = _part(queries().contributors(), asked)
    return linked(
        answer(Contributors(contributors=list(rows), next_after=next_after)), next_after=next_after
    )


@operation("/contributors/{address}", Tag.PEOPLE, Content(model=ContributorRow))
def contributor(address: str) -> Response:
    """Show one contributor, with what came of their records."""
    return answer(queries().contributor(address))


@operation(
    "/validators",
    Tag.PEOPLE,
    Content(model=Validators),
    query=AccountListing,
    pages=True,
    links=(
        Link("validator", "validator", "address", "$response.body#/validators/0/address"),
        Link("said", "attestations", "address", "$response.body#/validators/0/address"),
    ),
)
def validators(asked: AccountListing) -> Response:
    """List every account that was ever admitted as a validator, active ones first."""
    rows, next_after = _part(queries().validators(), asked)
    return linked(
        answer(Validators(validators=list(rows), next_after=next_after)), next_after=next_after
    )


@operation("/validators/{address}", Tag.PEOPLE, Content(model=ValidatorDetail))
def validator(address: str) -> Response:
    """Show one validator with the latest attestations."""
    answers = queries()
    row = answers.validator(address)
    return answer(ValidatorDetail(validator=row, attestations=answers.attestations(row.address)))


@operation(
    "/validators/{address}/attestations",
    Tag.PEOPLE,
    Content(model=Attestations),
    query=BatchListing,
    pages=True,
    links=(
        Link("report", "record_block", "cid", "$response.body#/attestations/0/report_cid"),
        Link("batch", "batch", "batch_id", "$response.body#/attestations/0/batch_id"),
    ),
)
def attestations(asked: BatchListing, address: str) -> Response:
    """List what a validator says of batches, newest first."""
    answers = queries()
    row = answers.validator(address)
    found = answers.attestations(row.address, limit=asked.limit + 1, after=asked.after)
    rows = found[: asked.limit]
    next_after = rows[-1].batch_id if len(found) > asked.limit else None
    return linked(
        answer(Attestations(attestations=rows, next_after=next_after)), next_after=next_after
    )


def _part(
    accounts: Sequence[Account], asked: AccountListing
) -> tuple[Sequence[Account], str | None]:
    """The accounts after one of them, wherever it stands by now.

    Raises:
        NotFoundError: it is not in the list.
    """
    start = 0
    if asked.after is not None:
        places = {each.address: place for place, each in enumerate(accounts, 1)}
        if asked.after not in places:
            raise NotFoundError(
                f"{asked.after} is not in this list", hint="Begin with the first part."
            )
        start = places[asked.after]
    rows = accounts[start : start + asked.limit]
    return rows, rows[-1].address if len(accounts) > start + asked.limit else None
