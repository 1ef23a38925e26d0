"""Options that `predict` and `recommend` share: which run is asked about, and what answers."""

import re
from collections.abc import Callable
from typing import Any

import click

from ledger.capture.quantities import base_units
from ledger.capture.scalars import pairs
from ledger.capture.units import Dimension
from ledger.errors import InvalidInputError
from ledger.insight.cost import price_of
from ledger.insight.evidence import Only
from ledger.model.observation import Query
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of
from ledger.record.schema import MAX_SAFE_INTEGER

MOST_NODES = 1_000_000
MOST_RANGE = 1_000
MOST_CORES = 100_000

_RANGE = re.compile(r"([0-9]{1,7})(?:-([0-9]{1,7}))?")


class Quantity(click.ParamType[float]):
    """A number with a unit of one dimension, in bytes or seconds."""

    def __init__(self, dimension: Dimension) -> None:
        self.name = "size" if dimension is Dimension.BYTES else "time"
        self._dimension = dimension

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType.convert`."""
        if not isinstance(value, str):
            return value
        try:
            number = float(base_units(value, self._dimension))
        except InvalidInputError as error:
            self.fail(f"{error}. {error.hint}", param, ctx)
        if number > MAX_SAFE_INTEGER:
            self.fail(f"{value[:40]!r} is more than a record can say", param, ctx)
        return int(number) if self._dimension is Dimension.BYTES else number


class Address(click.ParamType[str]):
    """The address of an account."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType.convert`."""
        try:
            return address_of(value)
        except InvalidAddressError as error:
            self.fail(f"{error}. {error.hint}", param, ctx)


_OPTIONS = (
    click.option("--job", required=True, help="Name of the job."),
    click.option("--framework", help="Its framework, e.g. spark [default: any]."),
    click.option(
        "--input-bytes",
        type=Quantity(Dimension.BYTES),
        help="Size of its input: bytes, or with a unit (15GB).",
    ),
    click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter."),
    click.option("--trait", "traits", multiple=True, metavar="K=V", help="Of the input."),
    click.option(
        "--only",
        type=click.Choice([each.value for each in Only]),
        default=Only.ACCEPTED.value,
        show_default=True,
        help="Which records to learn from; what is not accepted weighs less.",
    ),
    click.option(
        "--contributor",
        type=Address(),
        help="Who will run it: their runs are told from those of others [default: all alike].",
    ),
    click.option(
        "--group", metavar="NAME", help="Learn from this group's records instead (docs/groups.md)."
    ),
)


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe the run."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def query_of(
    job: str,
    nodes: int,
    *,
    framework: str | None,
    input_bytes: int | None,
    params: tuple[str, ...],
    traits: tuple[str, ...],
    contributor: str | None,
    machine_type: str | None = None,
    cores_per_node: int | None = None,
) -> Query:
    """The run that these options describe."""
    return Query(
        job=job,
        nodes=nodes,
        framework=framework,
        size_bytes=input_bytes,
        machine_type=machine_type,
        cores_per_node=cores_per_node,
        contributor=contributor,
        parameters=pairs(params),
        characteristics=pairs(traits),
    )


def scale_outs(texts: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of nodes out of texts such as ``4``, ``2-12`` and ``2,4,8``.

    Raises:
        InvalidInputError: one is none of these, or out of range.
    """
    found: set[int] = set()
    for text in ",".join(texts).split(",") if texts else ():
        match = _RANGE.fullmatch(text.strip())
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else 0
        if not (1 <= first <= last <= MOST_NODES and last - first < MOST_RANGE):
            raise InvalidInputError(
                f"{text[:40]!r} is no number of nodes",
                hint=f"Write one as 4, several as 2,4,8 or at most {MOST_RANGE} as 2-12.",
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def prices_of(texts: tuple[str, ...]) -> dict[str, float]:
    """US dollars for an hour of one node by machine type, out of ``m4.2xlarge=0.40``.

    Raises:
        InvalidInputError: one is no pair.
        InvalidPriceError: one is no price.
    """
    prices = {}
    for text in texts:
        name, equals, price = text.rpartition("=")
        if not equals or not name:
            raise InvalidInputError(
                f"{text[:40]!r} is not a price",
                hint="Write MACHINE=DOLLARS for an hour of one node, e.g. m4.2xlarge=0.40.",
            )
        prices[name] = price_of(price)
    return prices
