"""What a form or a request brings in, as files on their way to the disk."""

import io
from collections.abc import Iterator
from typing import BinaryIO
from typing import cast

from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict

from ledger.capture.mapping import MAX_MAP_BYTES
from ledger.capture.tables import Kind
from ledger.errors import InvalidInputError
from webapp.contribute.upload import Incoming
from webapp.contribute.upload import NothingToReadError


def files_of(
    form: "MultiDict[str, str]", files: "MultiDict[str, FileStorage]"
) -> Iterator[Incoming]:
    """The files in a form, or else the text that was pasted; nothing is read yet.

    Raises:
        NothingToReadError: neither.
        InvalidInputError: of a format that is not known.
    """
    kind = kind_of(form.get("kind", ""))
    chosen = [
        Incoming(cast("BinaryIO", file.stream), plain_name(file.filename), kind)
        for file in files.getlist("file")
        if file.filename
    ]
    text = form.get("text", "")
    if chosen:
        return iter(chosen)
    if text.strip():
        return iter([Incoming(io.BytesIO(text.encode("utf-8", "surrogatepass")), "", kind)])
    raise NothingToReadError


def group_of(fields: "MultiDict[str, str]") -> str | None:
    """The group that an upload is for; None: everybody.

    Raises:
        InvalidInputError: several, so that one of them would be passed over.
    """
    named = {name for name in fields.getlist("group") if name}
    if len(named) > 1:
        raise InvalidInputError(
            "an upload is for one group, and several are named",
            hint="Nothing was kept. Upload it once for each group.",
        )
    return next(iter(named), None)


def mapping_of(files: "MultiDict[str, FileStorage]") -> str | None:
    """The map in a form, as TOML; None: there is none.

    Raises:
        InvalidInputError: it is not text.
    """
    chosen = files.get("mapping")
    content = chosen.read(MAX_MAP_BYTES + 1) if chosen is not None and chosen.filename else b""
    if not content.strip():
        return None
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            "the map is not UTF-8 text", hint="A map is a TOML file; save it as UTF-8."
        ) from error


def kind_of(text: str) -> str | None:
    """The format that was chosen; None: to be found out.

    Raises:
        InvalidInputError: there is none of that name.
    """
    if text in {"", "auto"}:
        return None
    if text not in set(Kind):
        raise InvalidInputError(
            f"{text[:20]!r} is not a format", hint=f"Use one of {', '.join(Kind)}."
        )
    return text


def plain_name(name: str | None) -> str:
    """A file's name without the folders that some programs send with it."""
    return (name or "").replace("\\", "/").rpartition("/")[2]
