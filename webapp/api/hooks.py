"""Webhooks: what schedulers say of jobs that have ended."""

import re
from http import HTTPStatus

import structlog
from flask import Response
from flask import request
from flask import url_for

from ledger.accounts.tokens import Scope
from ledger.capture.mapping import MappingError
from ledger.client.answers import HookDelivery
from ledger.errors import SettingsError
from ledger.hooks.desk import MAX_EVENT_BYTES
from ledger.hooks.desk import What
from ledger.hooks.errors import HookFileError
from ledger.hooks.errors import NoRecordError
from ledger.hooks.hook import Hook
from webapp.api import bearer
from webapp.api import formats
from webapp.api.operations import Content
from webapp.api.operations import Header
from webapp.api.operations import Holds
from webapp.api.operations import Tag
from webapp.api.routes import answer
from webapp.api.routes import operation
from webapp.contribute import admission
from webapp.problems import ForbiddenError
from webapp.problems import InvalidParametersError
from webapp.problems import TooLargeError
from webapp.problems import UnprocessableError
from webapp.problems import UnsupportedTypeError
from webapp.serving import is_private
from webapp.serving import node

_log = structlog.get_logger(__name__)

KEY = "Idempotency-Key"

_EVENT = {
    "job": "nightly-sort",
    "framework": "spark",
    "state": "success",
    "seconds": 812.4,
    "workers": 4,
    "input_bytes": 15_000_000_000,
}


@operation(
    "/hooks/{hook}",
    Tag.CONTRIBUTE,
    Content(model=HookDelivery),
    method="POST",
    headers=(
        Header(
            KEY,
            "Names the event: sent again, it is the same delivery and adds nothing. A hook may "
            "take another header for it, such as X-GitHub-Delivery.",
            {"type": "string", "pattern": formats.PRINTABLE, "maxLength": formats.MOST_HEADER},
        ),
        Header(
            "X-Hub-Signature-256",
            "`sha256=` and the HMAC-SHA256 of the body in hexadecimal, where the hook has a "
            "secret. A hook may take another header for it.",
            {"type": "string"},
        ),
    ),
    body=(Content(schema={"type": "object", "description": "The event."}, example=_EVENT),),
    statuses=(HTTPStatus.OK, HTTPStatus.CREATED),
    refusals=(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
    holds=Holds.NOT,
    welcomes=Scope.HOOKS,
)
def deliver_event(hook: str) -> Response:
    """Take an event of a scheduler as a record, by the map of a hook.

    Its record is on disk when this is answered, and waits for the signature of the node's operator
    (`perfledger contribute`). 201: it is new; 200: it came before, or the hook passes it over. The
    sender shows itself by the hook's signature, or by a token with the scope `hooks`. Where the
    hook is for a group, its record is shown to nobody, and is encrypted when it is signed.
    """
    desk = node().hooks
    found = _hook(hook)
    content = _body()
    _require_sender(found, content)
    try:
        delivered = desk.deliver(found, content, _key(found))
    except NoRecordError as error:
        raise UnprocessableError(
            error.message, [(error.field or "event", error.reason)], hint=error.hint
        ) from error
    is_new = delivered.what is What.TAKEN
    response = answer(
        HookDelivery(hook=found.name, state=delivered.what, cid=delivered.cid),
        HTTPStatus.CREATED if is_new else HTTPStatus.OK,
    )
    if is_new and found.table.group is None:  # what is for a group is shown nowhere
        response.headers["Location"] = url_for("api.record", cid=delivered.cid)
    return response


def _hook(name: str) -> Hook:
    """The hook of a name.

    Raises:
        NotFoundError: there is none.
        SettingsError: its file cannot be used. Nobody has shown yet who asks, so why is in the log.
    """
    try:
        return node().hooks.hook(name)
    except (HookFileError, MappingError) as error:
        _log.error("a hook cannot be used", hook=name, problem=error.message, hint=error.hint)
        raise SettingsError(
            f"the hook {name} cannot be used",
            hint="Nothing was kept. The log of the node says why, to its operator.",
        ) from error


def _body() -> bytes:
    if request.mimetype != "application/json":
        raise UnsupportedTypeError(
            f"{request.mimetype[:60]!r} is not read here",
            hint="Send application/json; GitHub calls it the content type of the webhook.",
        )
    if (request.content_length or 0) <= MAX_EVENT_BYTES:
        content = request.stream.read(MAX_EVENT_BYTES + 1)
        if len(content) <= MAX_EVENT_BYTES:
            return content
    raise TooLargeError(
        f"an event has at most {MAX_EVENT_BYTES:,} bytes",
        hint="Send what the hook's map reads, and no logs.",
    )


def _require_sender(hook: Hook, content: bytes) -> None:
    """Check who sends it: a signature, or a token; on an app that others do not reach, nobody.

    Raises:
        WrongSenderError: the hook has a secret, and it is not signed by that.
        UnauthorizedError: it has none, and no token came along.
        ForbiddenError: the token is good for other things, or its account may not.
    """
    if hook.is_signed:
        hook.require_signature(content, request.headers.get(hook.table.signature_header, ""))
        return
    if is_private(node()) and "Authorization" not in request.headers:
        return
    account = bearer.require(Scope.HOOKS).account
    if not admission.may_contribute(node(), account):
        raise ForbiddenError(
            f"{account} is none of the accounts that may send events here",
            hint="The node's operator names them in PERFLEDGER_CONTRIBUTORS.",
        )


def _key(hook: Hook) -> str | None:
    for name in (KEY, hook.table.delivery_header):
        given = request.headers.get(name)
        if given is None:
            continue
        key = given.strip().strip('"')
        if not key or len(given) > formats.MOST_HEADER or not re.match(formats.PRINTABLE, given):
            raise InvalidParametersError(
                [(name, f"expected 1 to {formats.MOST_HEADER} printable characters of ASCII")],
                hint="A UUID will do.",
            )
        return key
    return None
