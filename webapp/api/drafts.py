"""Drafts by program: uploaded with a token, signed by a person."""

from datetime import UTC
from datetime import datetime
from http import HTTPStatus

from flask import Response
from flask import url_for

from ledger.accounts.tokens import Scope
from ledger.client.answers import Draft
from ledger.client.answers import DraftRead
from ledger.client.answers import Drafts
from ledger.client.answers import TokenInfo
from ledger.errors import NotFoundError
from webapp.api import bearer
from webapp.api import bodies
from webapp.api.contributions import faults_of
from webapp.api.operations import Content
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.parameters import DraftQuery
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.contribute.reading import preview as previewed
from webapp.contribute.routes import staging
from webapp.serving import node

_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@operation(
    "/token",
    Tag.CONTRIBUTE,
    Content(model=TokenInfo),
    refusals=(HTTPStatus.UNAUTHORIZED,),
    holds=Holds.NOT,
    scope=Scope.READ,
)
def token() -> Response:
    """Show what the token of the request is good for, and until when."""
    used = bearer.bearer()
    return answer(
        TokenInfo(
            id=used.id,
            account=used.account,
            name=used.name,
            scopes=sorted(used.scopes),
            expires_at=used.expires_at,
        )
    )


@operation(
    "/drafts",
    Tag.CONTRIBUTE,
    Content(model=DraftRead),
    method="POST",
    query=DraftQuery,
    body=bodies.UPLOADS,
    statuses=(HTTPStatus.CREATED,),
    refusals=(*bodies.REFUSALS, HTTPStatus.UNAUTHORIZED),
    holds=Holds.NOT,
    scope=Scope.DRAFTS,
)
def upload_draft(asked: DraftQuery) -> Response:
    """Upload a draft for the token's account to sign.

    It is kept for a day, or until newer uploads need its room. Nothing of it is on the ledger
    before its owner has signed it on the page that the answer names.
    """
    owner = bearer.require(Scope.DRAFTS).account
    uploads = staging()
    identifier = bodies.keep(asked, owner)
    try:
        found = previewed(node(), uploads.get(identifier))
    except Exception:
        uploads.drop(identifier)
        raise
    (draft,) = [each for each in _drafts(owner) if each.id == identifier]
    read = DraftRead(
        draft=draft, new=found.new, known=found.known, bad=found.bad, faults=faults_of(found)
    )
    response = answer(read, HTTPStatus.CREATED)
    response.headers["Location"] = draft.url
    return response


@operation(
    "/drafts",
    Tag.CONTRIBUTE,
    Content(model=Drafts),
    refusals=_REFUSALS,
    holds=Holds.NOT,
    scope=Scope.READ,
)
def drafts() -> Response:
    """List the drafts of the token's account, newest first."""
    return answer(Drafts(drafts=_drafts(bearer.require(Scope.READ).account)))


@operation(
    "/drafts/{identifier}",
    Tag.CONTRIBUTE,
    method="DELETE",
    statuses=(HTTPStatus.NO_CONTENT,),
    refusals=(*_REFUSALS, HTTPStatus.NOT_FOUND),
    holds=Holds.NOT,
    scope=Scope.DRAFTS,
)
def delete_draft(identifier: str) -> Response:
    """Delete a draft of the token's account."""
    owner = bearer.require(Scope.DRAFTS).account
    if staging().get(identifier).owner != owner:
        raise NotFoundError("there is no such draft", hint="GET /api/v1/drafts lists them.")
    staging().drop(identifier)
    return Response(status=HTTPStatus.NO_CONTENT)


def _drafts(owner: str) -> list[Draft]:
    return [
        Draft(
            id=identifier,
            url=url_for("contribute.preview", token=identifier, _external=True),
            title=upload.title,
            uploaded_at=datetime.fromtimestamp(changed_at, UTC),
        )
        for identifier, upload, changed_at in staging().owned_by(owner)
    ]
