"""The page of predictions: how long, on what, at what cost, how sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint
from flask import render_template
from flask import request
from flask import url_for
from flask.typing import ResponseReturnValue

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.insight.advised import Choice
from ledger.insight.advised import Recommended
from ledger.insight.cost import MOST_TYPES
from ledger.insight.evidence import Only
from ledger.insight.ran_there import points
from ledger.model.advice.pricing import Unit
from ledger.model.advice.usual import usual
from ledger.model.columns import Runs
from ledger.model.columns import is_number
from webapp.advice.answering import advisor
from webapp.advice.charts import curve
from webapp.advice.state import CONFIDENCES
from webapp.advice.state import MOST_PROPERTIES
from webapp.advice.state import PARAMETER
from webapp.advice.state import PATHS
from webapp.advice.state import TRAIT
from webapp.advice.state import USD
from webapp.advice.state import Form
from webapp.advice.state import field_of
from webapp.advice.state import form_of
from webapp.advice.state import only_of
from webapp.advice.state import query_of
from webapp.advice.state import wishes_of
from webapp.advice.state import written
from webapp.charts import Chart
from webapp.costs.charts import usd
from webapp.format import TIMES
from webapp.format import seconds
from webapp.serving import queries

MOST_CONTRIBUTORS = 100

MOST_VALUES = 40
"""Known values of a property that its field offers."""

blueprint = Blueprint("advice", __name__, url_prefix="/predict", template_folder="templates")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a property of the input.

    Attributes:
        name: of the form's field.
        label: how it is called.
        is_parameter: whether it is one of the job.
        is_number: whether all its known values are numbers.
        values: those that are known.
    """

    name: str
    label: str
    is_parameter: bool
    is_number: bool
    values: Sequence[str]


@blueprint.get("")
def show() -> ResponseReturnValue:
    """A job on every cluster; without a job, which there are.

    Raises:
        NotFoundError: no record is of the job.
    """
    answers = queries()
    jobs = answers.facets()["job"]
    job = request.args.get("job", "")
    if not job:
        return render_template("advice/choose.html", jobs=jobs)
    only = Only.ANY if request.args.get("only") == Only.ANY.value else Only.ACCEPTED
    runs = advisor().runs(answers, job, only)
    types = sorted(str(each) for each in runs.machine_type.known())[:MOST_TYPES]
    contributors = sorted(str(each) for each in runs.contributor.known())[:MOST_CONTRIBUTORS]
    form = form_of(request.args, usual(runs), types, contributors)
    found, chart, refused, status = _answered(form, runs)
    page = render_template(
        "advice/show.html",
        jobs=jobs,
        form=form,
        fields=_fields(runs),
        types=types,
        contributors=contributors,
        confidences=CONFIDENCES,
        prefix=USD,
        found=found,
        chart=chart,
        refused=refused,
        choices=[] if found is None else [_data(each, found.unit) for each in found.options],
        cost_of=_cost,
        json=_as_json(form),
    )
    return page, status


def _answered(
    form: Form, runs: Runs
) -> tuple[Recommended | None, Chart | None, PerfledgerError | None, HTTPStatus]:
    try:
        query, wishes, only = query_of(form), wishes_of(form), only_of(form)
        found = advisor().recommend(queries(), query, wishes, only=only)
    except InvalidInputError as error:
        return None, None, error, HTTPStatus.BAD_REQUEST
    except NotFoundError as error:
        return None, None, error, HTTPStatus.OK
    return found, curve(found, points(runs, query), form.job), None, HTTPStatus.OK


def _as_json(form: Form) -> str:
    """The address of the same answer as JSON."""
    given = {
        "input_bytes": form.input,
        "deadline": form.deadline,
        "budget": form.budget,
        "contributor": form.contributor,
    }
    named = {
        name: [
            f"{field.removeprefix(prefix)}={value}"
            for field, value in form.properties.items()
            if field.startswith(prefix)
        ]
        for name, prefix in (("parameter", PARAMETER), ("trait", TRAIT))
    }
    return url_for(
        "api.recommend",
        job_name=form.job,
        **{name: value for name, value in given.items() if value},  # type: ignore[arg-type]
        **named,  # type: ignore[arg-type]
        confidence=form.confidence,
        only=form.only,
        machine_type=form.machines,
        price=[f"{name}:{price}" for name, price in form.prices.items()],
    )


def _fields(runs: Runs) -> list[Field]:
    """The properties that runs state, those that differ first."""
    found = []
    ranked = sorted(runs.properties.items(), key=lambda item: (item[1].different == 1, item[0]))
    for path, column in ranked[:MOST_PROPERTIES]:
        known = column.known()
        numbers = all(is_number(each) for each in known)
        values = sorted(known, key=lambda each: (float(each) if numbers else 0.0, str(each)))
        prefix = next(each for each, beginning in PATHS.items() if path.startswith(beginning))
        found.append(
            Field(
                name=field_of(path),
                label=path.removeprefix(PATHS[prefix]),
                is_parameter=PATHS[prefix] == "job.parameters.",
                is_number=numbers,
                values=[written(each) for each in values[:MOST_VALUES]],
            )
        )
    return found


def _data(choice: Choice, unit: Unit) -> dict[str, Any]:
    """What the page's script chooses by when a deadline is moved."""
    return {
        "cluster": f"{choice.nodes} {TIMES} {choice.machine_type}",
        "runtime": seconds(choice.runtime.runtime_seconds),
        "sure": choice.sure_seconds,
        "by": "not known" if choice.sure_seconds is None else seconds(choice.sure_seconds),
        "cost": choice.cost,
        "price": _cost(choice.cost, unit),
        "sureCost": choice.sure_cost,
        "submit": choice.spark_submit,
    }


def _cost(cost: float | None, unit: Unit) -> str:
    if cost is None:
        return "no price"
    return usd(cost) if unit is Unit.USD else f"{cost:,.3g} {unit.value}"
