"""The page on which columns of an upload are matched with fields of a record."""

from itertools import islice

from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.capture.beginning import Beginning
from ledger.capture.beginning import beginning_of
from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.rows import Row
from ledger.capture.tables import Kind
from ledger.errors import InvalidInputError
from webapp.contribute import columns as choosing
from webapp.contribute.columns import Choices
from webapp.contribute.correcting import file_of
from webapp.contribute.routes import blueprint
from webapp.contribute.routes import staging_of
from webapp.contribute.upload import UploadedFile
from webapp.serving import node

ROWS_TRIED = 5


@blueprint.get("/preview/<token>/columns")
def columns(token: str) -> ResponseReturnValue:
    """What each column is taken for, and what comes of it."""
    place = request.args.get("file", "0")
    file = file_of(staging_of(token).get(token), place)
    beginning = _beginning(file)
    choices = (
        choosing.guessed(beginning, file.name)
        if file.mapping is None
        else choosing.chosen_by_map(beginning, file.mapping)
    )
    return _page(token, place, file, beginning, choices)


@blueprint.post("/preview/<token>/columns")
def choose_columns(token: str) -> ResponseReturnValue:
    """Take the columns for what was chosen; `try` shows what would come of it and keeps nothing."""
    place = request.args.get("file", "0")
    uploads = staging_of(token)
    with uploads.lock(token):
        file = file_of(uploads.get(token), place)
        beginning = _beginning(file)
        choices = choosing.chosen_in_form(beginning, request.form)
        if "try" in request.form:
            return _page(token, place, file, beginning, choices)
        try:
            toml = choosing.map_of_choices(beginning, choices)
        except InvalidInputError:
            return _page(token, place, file, beginning, choices), 400
        uploads.remap(token, int(place), toml)
    return redirect(url_for("contribute.preview", token=token), 303)


@blueprint.post("/preview/<token>/columns/try")
def try_columns(token: str) -> ResponseReturnValue:
    """What would come of the columns as they are chosen, as a part of the page."""
    file = file_of(staging_of(token).get(token), request.args.get("file", "0"))
    beginning = _beginning(file)
    choices = choosing.chosen_in_form(beginning, request.form)
    rows, problem = _tried(file, beginning, choices)
    return render_template("contribute/tried.html", rows=rows, problem=problem)


def _page(
    token: str, place: str, file: UploadedFile, beginning: Beginning, choices: Choices
) -> str:
    rows, problem = _tried(file, beginning, choices)
    return render_template(
        "contribute/columns.html",
        token=token,
        place=place,
        group=staging_of(token).get(token).group,
        file=file,
        choices=choices,
        labels=choosing.LABELS,
        needed=choosing.NEEDED,
        constants=choosing.CONSTANTS,
        units=choosing.UNITS_OF,
        rows=rows,
        problem=problem,
    )


def _tried(
    file: UploadedFile, beginning: Beginning, choices: Choices
) -> tuple[list[Row], InvalidInputError | None]:
    """The first rows as they would be read, or why they would not."""
    try:
        toml = choosing.map_of_choices(beginning, choices)
        rows = node().preview_file(file.path, name=file.name, kind=file.kind, mapping_toml=toml)
        return [row for row in islice(rows, ROWS_TRIED) if isinstance(row, Good | Bad)], None
    except InvalidInputError as error:
        return [], error


def _beginning(file: UploadedFile) -> Beginning:
    return beginning_of(file.path, None if file.kind is None else Kind(file.kind))
