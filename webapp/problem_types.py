"""The kinds of problems that the app answers with, each with an address that describes it.

Source: RFC 9457, sections 3.1.1 (`type`) and 4 (defining new problem types).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

PAGE = "/api/problems"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem.

    Attributes:
        name: names it in its address.
        status: the HTTP status it comes with.
        title: what it is, in short; the same every time.
        meaning: when it occurs.
        remedy: what whoever asked can do.
    """

    name: str
    status: HTTPStatus
    title: str
    meaning: str
    remedy: str

    @property
    def uri(self) -> str:
        """Its address: an absolute path, so that it is the same under every name of the app."""
        return f"{PAGE}#{self.name}"


TYPES = (
    ProblemType(
        "invalid-request",
        HTTPStatus.BAD_REQUEST,
        "The request cannot be understood",
        "A parameter is unknown, given too often or has a value that does not fit, or the body is "
        "not what it should be. Nothing was changed.",
        "`errors` names each parameter that is wrong; correct them and ask again.",
    ),
    ProblemType(
        "not-signed-in",
        HTTPStatus.UNAUTHORIZED,
        "The request needs a token or a session",
        "The operation is for somebody whom the app knows, and the request does not say who sends "
        "it, or its token has expired.",
        "Send a valid token as `Authorization: Bearer …`.",
    ),
    ProblemType(
        "forbidden",
        HTTPStatus.FORBIDDEN,
        "The app does not do this for whoever asks",
        "The app signs with development accounts only, a page of another site sent the request, "
        "or a token lacks the scope.",
        "`hint` says which way remains.",
    ),
    ProblemType(
        "not-found",
        HTTPStatus.NOT_FOUND,
        "Nothing of that name is known here",
        "No record, batch, account or contribution has this name on this node, or there is no "
        "such address. What was anchored lately may not be indexed yet.",
        "Check the name; `/api/v1/search` finds records by words.",
    ),
    ProblemType(
        "method-not-allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "The address does not take this method",
        "There is something at this address, but it cannot be asked like this.",
        "Use a method that the `Allow` header names.",
    ),
    ProblemType(
        "conflict",
        HTTPStatus.CONFLICT,
        "The state does not allow it now",
        "What was asked for needs another state, such as a proof of a record that is not anchored.",
        "`detail` names what is missing; ask again once it is there.",
    ),
    ProblemType(
        "too-large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The request is larger than the app takes",
        "The body has more bytes than `upload_bytes` of the node allows.",
        "Split the upload, or import the file with the command.",
    ),
    ProblemType(
        "unsupported-media-type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is of a type that is not read here",
        "`Content-Type` names a format that this operation does not take.",
        "Send one of the types that `hint` names.",
    ),
    ProblemType(
        "unprocessable",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The body holds nothing that can be taken",
        "The body was read, but no row of it is a record.",
        "`hint` names the first rows with what is wrong with them.",
    ),
    ProblemType(
        "too-many-requests",
        HTTPStatus.TOO_MANY_REQUESTS,
        "More requests than one address may send",
        "Reads, writes and sign-ins are counted apart, for each address, in windows of a minute.",
        "Wait for as many seconds as `Retry-After` says; `RateLimit` tells beforehand.",
    ),
    ProblemType(
        "internal-error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong that nobody foresaw",
        "A fault of the app or its settings. Nothing that was acknowledged is lost.",
        "Ask whoever runs the node; its log has the details.",
    ),
    ProblemType(
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Something that is needed does not answer",
        "The chain, the database or the block store does not answer now.",
        "Ask again after as many seconds as `Retry-After` says.",
    ),
)
"""Every kind, in the order of their statuses."""

_BY_STATUS: Mapping[HTTPStatus, ProblemType] = {each.status: each for each in TYPES}


def type_of(status: HTTPStatus) -> ProblemType | None:
    """The kind that comes with a status; None: HTTP's own meaning says it all."""
    return _BY_STATUS.get(status)
