"""One group of runs made into several, by the values of a field."""

from werkzeug.datastructures import MultiDict

from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.views import RecordDetail
from ledger.insight.compare import FEWEST
from ledger.insight.compare import MOST
from ledger.insight.compare import InvalidComparisonError
from ledger.insight.compare import configuration_of
from ledger.insight.questions import counted
from ledger.insight.questions import several
from webapp.compare.sides import Given
from webapp.compare.sides import address
from webapp.compare.sides import param_of
from webapp.records.state import parse_filter

SPLIT = ("machine_type", "nodes", "job", "framework", "algorithm", "provider", "contributor")
"""What a filter can be split by into groups to compare."""


def split_address(queries: Queries, given: Given, name: str) -> str:
    """The page that compares the groups of a filter: values that are chosen, then frequent ones.

    Values of runs that count come first; others follow, as a list offers what its records say.

    Raises:
        InvalidComparisonError: there is but one value.
    """
    values = list(given.get(name, ()))
    if len(values) < FEWEST:
        chosen = _chosen(given).without(name)
        for passing in (counted(chosen), chosen):
            found = [each.value for each in queries.facets(passing)[name]]
            values += [each for each in found if each not in values]
    if len(values) < FEWEST:
        raise InvalidComparisonError(
            f"these runs have but one {name.replace('_', ' ')}",
            hint="Take a filter away, or compare them by something else.",
        )
    return address([param_of({**given, name: (value,)}) for value in values[:MOST]])


def ran_elsewhere(queries: Queries, detail: RecordDetail) -> bool:
    """Whether what a record ran was run on another machine type as well, and counts there."""
    given = configuration_of(detail).query()
    others = counted(_chosen(given).without("machine_type"))
    return "machine_type" in given and several(queries, others, "machine_type")


def _chosen(given: Given) -> Filter:
    _, chosen = parse_filter(MultiDict((name, each) for name in given for each in given[name]))
    return chosen
