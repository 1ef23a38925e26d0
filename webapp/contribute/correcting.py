"""Bad rows mended in place: the row is written anew, and the file read again."""

from collections.abc import Sequence

from flask import redirect
from flask import request
from flask import send_file
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.capture.correcting import WrittenRow
from ledger.capture.correcting import replace_row
from ledger.capture.correcting import written_rows
from ledger.capture.mapping import mapping_from_toml
from ledger.capture.tables import Kind
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from webapp.contribute.reading import Read
from webapp.contribute.routes import blueprint
from webapp.contribute.routes import staging_of
from webapp.contribute.upload import Upload
from webapp.contribute.upload import UploadedFile


@blueprint.post("/preview/<token>/rows")
def correct(token: str) -> ResponseReturnValue:
    """Write one row of an upload anew."""
    line = request.form.get("line", "")
    if not line.isdecimal():
        raise InvalidInputError(f"{line[:20]!r} is no line", hint="Reload the page.")
    with staging_of(token).lock(token):
        file = file_of(staging_of(token).get(token), request.form.get("file", ""))
        replace_row(
            file.path,
            int(line[:18]),
            _replacement(),
            mark=request.form.get("mark", ""),
            kind=None if file.kind is None else Kind(file.kind),
            mapping=None if file.mapping is None else mapping_from_toml(file.mapping),
        )
    return redirect(url_for("contribute.preview", token=token, _anchor="faults-title"), 303)


@blueprint.get("/preview/<token>/files/<place>")
def corrected(token: str, place: str) -> ResponseReturnValue:
    """A file of an upload, as it is now."""
    file = file_of(staging_of(token).get(token), place)
    return send_file(
        file.path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=file.name.removesuffix(".gz") or "records.txt",
        max_age=0,
    )


def written_faults(upload: Upload, faults: Sequence[Read]) -> dict[tuple[int, int], WrittenRow]:
    """How bad rows are written, by file and line; those that cannot be mended here are left out."""
    found = {}
    for place, file in enumerate(upload.files):
        lines = [read.row.line for read in faults if read.file == place]
        kind = None if file.kind is None else Kind(file.kind)
        mapping = None if file.mapping is None else mapping_from_toml(file.mapping)
        for line, row in written_rows(file.path, lines, kind, mapping).items() if lines else ():
            found[place, line] = row
    return found


def file_of(upload: Upload, place: str) -> UploadedFile:
    """A file of an upload by its place.

    Raises:
        NotFoundError: there is none.
    """
    if place.isdecimal() and int(place[:6]) < len(upload.files):
        return upload.files[int(place[:6])]
    raise NotFoundError("this upload has no such file", hint="Go back to its preview.")


def _replacement() -> str | list[str]:
    if "text" in request.form:
        return " ".join(request.form["text"].splitlines())
    cells = request.form.getlist("cell")
    if not cells:
        raise InvalidInputError("the row has no cells", hint="Reload the page.")
    return cells
