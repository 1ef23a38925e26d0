"""The page that compares, and the ways to it."""

from flask import Blueprint
from flask import redirect
from flask import render_template
from flask import request
from flask.typing import ResponseReturnValue

from ledger.errors import InvalidInputError
from ledger.index.filters import ALL
from ledger.insight.compare import FEWEST
from ledger.insight.compare import MOST
from ledger.insight.compare import compare
from ledger.insight.compare import configuration_of
from ledger.insight.questions import counted
from ledger.insight.questions import divided
from webapp.compare.charts import distribution_chart
from webapp.compare.charts import history_chart
from webapp.compare.lines import fields
from webapp.compare.lines import results
from webapp.compare.sides import OF
from webapp.compare.sides import address
from webapp.compare.sides import columns_of
from webapp.compare.sides import compare_url
from webapp.compare.sides import context
from webapp.compare.sides import param_of
from webapp.compare.splitting import SPLIT
from webapp.compare.splitting import split_address
from webapp.compare.words import fastest
from webapp.compare.words import verdicts
from webapp.names import names_of
from webapp.records.state import parse_filter
from webapp.serving import node
from webapp.serving import queries

blueprint = Blueprint("compare", __name__, url_prefix="/compare", template_folder="templates")

blueprint.add_app_template_global(compare_url)

ADDED = ("job", "machine_type", "nodes", "q")
"""Filters that the page's own form makes a side of, each under ``add_`` and its name."""


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Two to six sides; with fewer, how to choose them."""
    params = request.args.getlist(OF)
    if added := _added():
        return redirect(address([*params, added]))
    answers = queries()
    columns = columns_of(answers, params)
    facets = answers.facets()
    if len(columns) < FEWEST:
        return render_template(
            "compare/choose.html",
            columns=columns,
            facets=facets,
            most=MOST,
            several=divided(answers, counted(ALL), "job", "machine_type"),
        )
    found = compare(answers, [column.side for column in columns])
    lines = fields(answers, columns, found, names_of(node()))
    return render_template(
        "compare/show.html",
        columns=columns,
        context=context(columns),
        found=found,
        facets=facets,
        most=MOST,
        verdicts=verdicts(columns, found),
        fastest=fastest(columns, found),
        results=results(found),
        differing=[line for line in lines if line.differs],
        same=[line for line in lines if not line.differs],
        distribution=distribution_chart(columns, found.sides),
        history=history_chart(columns, found.sides),
        without=lambda gone: address([each.param for each in columns if each is not gone]),
        first=lambda one: address(
            [one.param, *(each.param for each in columns if each is not one)]
        ),
    )


@blueprint.get("/split")
def split() -> ResponseReturnValue:
    """A filter in groups by one of its fields: its values if several are chosen, or the first.

    Raises:
        InvalidInputError: there is no such field, or it has but one value.
    """
    name = request.args.get("by", "")
    if name not in SPLIT:
        raise InvalidInputError(
            f"records cannot be split by {name[:40]!r}", hint=f"Split by {', '.join(SPLIT)}."
        )
    return redirect(split_address(queries(), parse_filter(request.args)[0], name))


@blueprint.get("/machines/<cid>")
def machines(cid: str) -> ResponseReturnValue:
    """What a record ran, on its machine type and on others.

    Raises:
        NotFoundError: the record is not known here.
        InvalidComparisonError: nobody ran it on another.
    """
    answers = queries()
    given = configuration_of(answers.record(cid)).query()
    return redirect(split_address(answers, given, "machine_type"))


def _added() -> str:
    given = {name: request.args.get(f"add_{name}", "").strip() for name in ADDED}
    if given["q"].startswith("bafyrei"):
        return given["q"]
    return param_of({name: (value,) for name, value in given.items() if value})
