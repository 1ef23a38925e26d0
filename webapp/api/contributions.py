"""Contributing by program."""

from http import HTTPStatus

from flask import Response
from flask import url_for

from ledger.accounts.tokens import Scope
from ledger.anchor.contributions import Contribution
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.client.answers import Contributed
from ledger.client.answers import Contributions
from ledger.client.answers import Fault
from ledger.client.answers import Previewed
from ledger.client.answers import Readable
from ledger.record import codec
from webapp.api import bodies
from webapp.api import for_group
from webapp.api.links import linked
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Link
from webapp.api.operations import Tag
from webapp.api.parameters import ContributionListing
from webapp.api.parameters import ContributionQuery
from webapp.api.parameters import UploadQuery
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.contribute import for_group as sealed
from webapp.contribute import intake
from webapp.contribute.reading import Preview
from webapp.contribute.reading import preview as previewed
from webapp.serving import node


@operation(
    "/contributions",
    Tag.CONTRIBUTE,
    Content(model=Contributed),
    method="POST",
    query=ContributionQuery,
    body=bodies.UPLOADS,
    statuses=(HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED),
    refusals=(
        *bodies.REFUSALS,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
    ),
    holds=Holds.NOT,
    welcomes=Scope.CONTRIBUTE,
    links=(Link("follow", "contribution", "identifier", "$response.body#/contribution/id"),),
)
def contribute(asked: ContributionQuery) -> Response:
    """Contribute records: good rows go in, bad ones come back by line.

    What is answered is on disk and signed, with a development account, and only on the development
    chain. The contribution's state can be asked for until it is `final`. Records that are known
    already are counted and not signed again: then the status is 200 rather than 201.

    With `group`, they are encrypted for that group of the node, and nothing of them is shown to
    anybody. An app that others reach takes that with a token with the scope `contribute` alone.
    On other chains they wait for the signature of the node's operator: then the status is 202.
    """
    if asked.group is None:
        signer = intake.signer_of(node(), bodies.signer(asked))
        with bodies.uploaded(asked) as upload:
            done = intake.contribute(node(), upload, signer)
    else:
        for_group.require(asked.group)
        named = sealed.signer_of(node(), bodies.signer(asked))
        with bodies.uploaded(asked, asked.group) as upload:
            done = sealed.contribute(node(), upload, named)
    found = [node().contribution(identifier) for identifier in done.contributions]
    response = answer(
        Contributed(
            contribution=found[-1] if found else None,
            contributions=found,
            new=done.new,
            known=done.known,
            waiting=done.waiting,
            bad=done.preview.bad,
            faults=faults_of(done.preview),
        ),
        _status_of(done),
    )
    if found:
        response.headers["Location"] = url_for("api.contribution", identifier=found[-1].id)
    return response


def _status_of(done: intake.Outcome) -> HTTPStatus:
    if done.contributions:
        return HTTPStatus.CREATED
    return HTTPStatus.ACCEPTED if done.waiting else HTTPStatus.OK


@operation(
    "/preview",
    Tag.CONTRIBUTE,
    Content(model=Previewed),
    method="POST",
    query=UploadQuery,
    body=bodies.UPLOADS,
    refusals=bodies.REFUSALS,
    holds=Holds.NOT,
)
def preview(asked: UploadQuery) -> Response:
    """Read an upload and keep nothing: its first records, and what is wrong with other rows."""
    with bodies.uploaded(asked) as upload:
        found = previewed(node(), upload)
    if not found.good:
        raise intake.no_record(found)
    return answer(
        Previewed(
            good=found.good,
            bad=found.bad,
            records=[
                Readable(
                    row=each.row,
                    line=each.line,
                    cid=codec.cid_of(each.record),
                    record=each.record.model_dump(mode="json"),
                )
                for each in (read.row for read in found.records)
                if isinstance(each, Good)
            ],
            faults=faults_of(found),
        )
    )


@operation(
    "/contributions",
    Tag.CONTRIBUTE,
    Content(model=Contributions),
    query=ContributionListing,
    holds=Holds.AS_IS,
    pages=True,
    links=(
        Link("contribution", "contribution", "identifier", "$response.body#/contributions/0/id"),
    ),
)
def contributions(asked: ContributionListing) -> Response:
    """List the contributions of this node, newest first, without their records."""
    found = node().latest_contributions(asked.limit + 1, after=asked.after)
    rows = found[: asked.limit]
    next_after = rows[-1].id if len(found) > asked.limit else None
    return linked(
        answer(Contributions(contributions=rows, next_after=next_after)), next_after=next_after
    )


@operation(
    "/contributions/{identifier}",
    Tag.CONTRIBUTE,
    Content(model=Contribution),
    holds=Holds.AS_IS,
)
def contribution(identifier: str) -> Response:
    """Show how far a contribution has come: pending, batched, sent, anchored, final."""
    return answer(node().contribution(identifier))


def faults_of(found: Preview) -> list[Fault]:
    """The first bad rows."""
    return [
        Fault(row=bad.row, line=bad.line, column=bad.column, reason=bad.reason)
        for bad in (read.row for read in found.faults)
        if isinstance(bad, Bad)
    ]
