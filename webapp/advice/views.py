"""The page of predictions: how long, on what, at what cost, how sure."""

from functools import partial
from http import HTTPStatus
from itertools import chain
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
from ledger.insight.others import MOST_TYPES as MOST_ELSEWHERE
from ledger.insight.others import types_of_others
from ledger.insight.ran_there import points
from ledger.model.advice.pricing import Unit
from ledger.model.advice.usual import usual
from ledger.model.columns import Runs
from webapp.advice.answering import advisor
from webapp.advice.charts import curve
from webapp.advice.fields import fields_of
from webapp.advice.state import CONFIDENCES
from webapp.advice.state import PARAMETER
from webapp.advice.state import TRAIT
from webapp.advice.state import USD
from webapp.advice.state import Form
from webapp.advice.state import form_of
from webapp.advice.state import only_of
from webapp.advice.state import query_of
from webapp.advice.state import wishes_of
from webapp.charts import Chart
from webapp.costs.charts import usd
from webapp.format import TIMES
from webapp.format import seconds
from webapp.serving import queries

MOST_CONTRIBUTORS = 100

blueprint = Blueprint("advice", __name__, url_prefix="/predict", template_folder="templates")


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
    others = types_of_others(answers, runs, only, request.args.getlist("machine"))
    form = form_of(request.args, usual(runs), types, contributors, others)
    found, chart, refused, status = _answered(form, runs)
    page = render_template(
        "advice/show.html",
        jobs=jobs,
        form=form,
        fields=fields_of(runs),
        types=types,
        others=others,
        contributors=contributors,
        confidences=CONFIDENCES,
        prefix=USD,
        most_elsewhere=MOST_ELSEWHERE,
        elsewhere={} if found is None else _elsewhere(form, found),
        found=found,
        chart=chart,
        refused=refused,
        choices=[] if found is None else [_data(each, found.unit) for each in found.options],
        cost_of=_cost,
        sentence=partial(_sentence, (*types, *others, *(each.value for each in jobs))),
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


def _elsewhere(form: Form, found: Recommended) -> dict[str, list[str]]:
    """What answers rest on for each machine type that only other jobs ran on."""
    told: dict[str, list[str]] = {}
    for name in form.elsewhere:
        notes = [each.runtime.notes for each in found.options if each.machine_type == name]
        told[name] = [
            note for note in dict.fromkeys(chain(*notes)) if all(note in n for n in notes)
        ]
    return told


def _sentence(names: tuple[str, ...], note: str) -> str:
    """A note as a sentence begins, but for one that begins with a name."""
    return note if note.startswith(names) else note[:1].upper() + note[1:]


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
