"""Contributing for a group: who may, where an upload is meanwhile, and what becomes of it.

A record for a group is never among drafts or in the index that the app shows. What is uploaded is
read in the folder of groups, which its owner alone may enter, and is gone from there when the
request is answered.
"""

from collections.abc import Iterator

import structlog
from flask import request

from ledger.accounts.tokens import Scope
from ledger.capture.rows import Good
from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.groups.card import GroupError
from ledger.groups.contributing import sealable
from ledger.node import Node
from ledger.record.schema import Record
from webapp.api import bearer
from webapp.contribute import admission
from webapp.contribute import intake
from webapp.contribute.reading import Preview
from webapp.contribute.reading import Read
from webapp.contribute.staging import Staging
from webapp.contribute.upload import Upload
from webapp.problems import ForbiddenError
from webapp.serving import is_private
from webapp.serving import node

_log = structlog.get_logger(__name__)


def require(group: str) -> None:
    """Check that whoever asks may contribute for a group, and then that there is such a group.

    Who may not hears nothing of which groups there are.

    Raises:
        UnauthorizedError: others reach the app, and no token came along.
        ForbiddenError: the token is good for other things, or its account may not.
        NotFoundError: there is no such group.
        SettingsError: its file is damaged; why is in the log.
    """
    served = node()
    account = None
    if not is_private(served) or "Authorization" in request.headers:
        account = bearer.require(Scope.CONTRIBUTE).account
        if not admission.may_contribute(served, account):
            raise ForbiddenError(
                f"{account} is none of the accounts that may contribute for a group here",
                hint="The node's operator names them in PERFLEDGER_CONTRIBUTORS.",
            )
    admission.require(served, account)
    try:
        served.groups.get(group)
    except NotFoundError as error:
        raise NotFoundError(
            f"this node knows no group {group!r}",
            hint="Nothing was kept. Its operator sees the groups with `perfledger group list`.",
        ) from error
    except GroupError as error:
        _log.error("a group cannot be used", group=group, problem=error.message)
        raise SettingsError(
            f"the group {group} cannot be used",
            hint="Nothing was kept. The log of the node says why, to its operator.",
        ) from error


def staging() -> Staging:
    """Where uploads for groups are while they are read."""
    settings = node().settings
    return Staging(settings.groups_path, most_bytes=settings.staged_bytes)


def signer_of(served: Node, asked: str) -> str | None:
    """The account that signs; None: the node's operator will.

    Raises:
        ForbiddenError: an account was asked for whose key the app has not.
    """
    return intake.signer_of(served, asked) if asked or served.signers() else None


def contribute(served: Node, upload: Upload, group: str, signer: str | None) -> intake.Outcome:
    """Keep the good rows for a group, and sign and encrypt those that nobody has signed.

    Durable when it returns.

    Raises:
        TableError: a file cannot be read at all.
        UnprocessableError: no row is good.
    """
    found = Preview()
    accepted = served.accept_for(group, _records(served, upload, found))
    if not found.good:
        raise intake.no_record(found)
    cids = list(dict.fromkeys((*accepted.new, *accepted.known)))
    to_sign = served.unsealed_of(group, cids)
    known = found.good - len(to_sign)
    if signer is None:
        return intake.Outcome((), 0, known, found, waiting=len(to_sign))
    done = served.contribute_sealed(group, signer, only=to_sign)
    return intake.Outcome(tuple(done), len(to_sign), known, found)


def _records(served: Node, upload: Upload, found: Preview) -> Iterator[Record]:
    for file, row in upload.rows(served):
        read = Read(file, sealable(row))
        found.add(read)
        if isinstance(read.row, Good):
            yield read.row.record
