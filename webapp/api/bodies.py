"""What requests carry: records to read or sign, proofs to verify."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import BinaryIO
from typing import cast

from flask import request

from ledger.errors import InvalidInputError
from webapp.api.examples import CID
from webapp.api.examples import RUN
from webapp.api.operations import Content
from webapp.api.parameters import DraftQuery
from webapp.api.parameters import UploadQuery
from webapp.contribute import for_group
from webapp.contribute import forms
from webapp.contribute.routes import staging
from webapp.contribute.staging import Staging
from webapp.contribute.upload import Incoming
from webapp.contribute.upload import Upload
from webapp.problems import MissingFieldError
from webapp.problems import UnsupportedTypeError
from webapp.serving import node

_MOST_CID_REQUEST = 1024
_FORM = "multipart/form-data"
_KINDS = {
    "application/json": "json",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
_UNTOLD = frozenset(
    {"", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"}
)
"""What programs say when they do not say what it is: curl calls every body a form."""

_TABLE = "job,framework,nodes,input_gb,runtime_s\nsort,spark,4,10,120.5\n"
_FILE = {"contentMediaType": "application/octet-stream"}

RECORD = {
    "type": "object",
    "description": "A record, see /schema/record-1.json; its `origin` may be left out.",
}
"""Not that schema itself: uploads are read less strictly, as tables have text for numbers."""

UPLOADS = (
    Content("text/csv", schema={"type": "string", "format": "table"}, example=_TABLE),
    Content(
        "text/tab-separated-values",
        schema={"type": "string", "format": "tab-separated-table"},
        example=_TABLE.replace(",", "\t"),
    ),
    Content(
        schema={"type": "array", "minItems": 1, "items": RECORD},
        example=[RUN],
    ),
    Content(
        "application/jsonl",
        schema={"type": "string", "format": "json-lines"},
        example=json.dumps(RUN) + "\n",
    ),
    Content(
        _FORM,
        schema={
            "type": "object",
            "properties": {
                "file": _FILE
                | {"type": "string", "format": "upload", "description": "Of any of the formats."},
                "mapping": {
                    "type": "string",
                    "format": "mapping",
                    "description": "How the file's columns are read (TOML, see docs/import.md).",
                },
            },
            "required": ["file"],
        },
    ),
)
PROOFS = (
    Content(
        schema={
            "description": 'A proof file, or `{"cid": …}` for a new proof of a record.',
        },
        example={"cid": CID},
    ),
    Content(
        _FORM,
        schema={"type": "object", "properties": {"proof": _FILE}, "required": ["proof"]},
    ),
)
REFUSALS = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


@contextmanager
def uploaded(asked: UploadQuery, group: str | None = None) -> Iterator[Upload]:
    """The upload that a request carries, on disk until it was dealt with.

    Args:
        asked: how it is read.
        group: for whose members it is; None: for everybody.

    Raises:
        MissingFieldError: it carries none.
        UnsupportedTypeError: it is of a type that is not read.
        TooLargeError: there is no room for it.
    """
    uploads = staging() if group is None else for_group.staging(node())
    token = _kept(asked, uploads, group=group)
    try:
        yield uploads.get(token)
    finally:
        uploads.drop(token)


def keep(asked: DraftQuery, owner: str) -> str:
    """Keep the upload that a request carries, for its owner to sign; returns its token.

    Raises:
        MissingFieldError: it carries none.
        UnsupportedTypeError: it is of a type that is not read.
        TooLargeError: there is no room for it.
    """
    return _kept(asked, staging(), owner=owner)


def signer(asked: UploadQuery) -> str:
    """The account that is to sign; empty: the app's first."""
    form = request.form if request.mimetype == _FORM else {}  # no other body is read as a form
    return asked.signer or form.get("signer") or ""


def proof() -> bytes:
    """The proof, or the question for one, that a request carries.

    Raises:
        MissingFieldError: it carries none.
        UnsupportedTypeError: it is of a type that is not read.
    """
    if request.mimetype == _FORM:
        file = request.files.get("proof")
        found: bytes | None = None if file is None else file.read()
    elif request.mimetype == "application/json" or request.mimetype in _UNTOLD:
        found = request.get_data() or None
    else:
        raise _unsupported(("application/json", _FORM))
    if found is None:
        raise MissingFieldError(
            "there is nothing to verify", hint='Send a proof file, or {"cid": "bafyrei…"}.'
        )
    return found


def cid_of(body: bytes) -> str | None:
    """The CID that a body asks about; None: it is something else."""
    if len(body) > _MOST_CID_REQUEST:
        return None
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    named = isinstance(value, dict) and set(value) == {"cid"} and isinstance(value["cid"], str)
    return str(value["cid"]) if named else None


def _kept(
    asked: DraftQuery, uploads: Staging, *, owner: str | None = None, group: str | None = None
) -> str:
    if request.mimetype == _FORM:
        _require_in_address(forms.group_of(request.form), group)
        files = forms.files_of(request.form, request.files)
        mapping = forms.mapping_of(request.files)
        return uploads.keep(files, mapping=mapping, owner=owner, group=group)
    if request.mimetype not in _KINDS and request.mimetype not in _UNTOLD:
        raise _unsupported((*_KINDS, _FORM))
    kind = _KINDS.get(request.mimetype) or forms.kind_of(asked.kind)
    name = forms.plain_name(asked.name)
    incoming = Incoming(cast("BinaryIO", request.stream), name, kind)
    return uploads.keep([incoming], owner=owner, group=group)


def _require_in_address(named: str | None, group: str | None) -> None:
    """Check that a form names no group which the address does not: it would be passed over.

    Raises:
        InvalidInputError: it does.
    """
    if named not in {None, group}:
        raise InvalidInputError(
            f"the group {named!r} is named in a field of the form",
            hint="Nothing was kept. Name it in the address: POST /api/v1/contributions?group=NAME.",
        )


def _unsupported(types: tuple[str, ...]) -> UnsupportedTypeError:
    return UnsupportedTypeError(
        f"{request.mimetype[:60]!r} is not read here", hint=f"Send {', '.join(types)}."
    )
