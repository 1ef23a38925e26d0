"""Records that should not be believed, made of real ones."""

import random
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from ledger.record import codec
from ledger.record.schema import Record

Values = dict[str, Any]


def _units(value: Values, draw: random.Random) -> list[Values]:
    """Milliseconds or minutes taken for seconds, megabytes for bytes."""
    kind = draw.randrange(3)
    if kind == 2:
        value["input"]["size_bytes"] //= 1_000_000
    else:
        value["runtime_seconds"] *= (1_000, 1 / 60)[kind]
    return [value]


def _tenfold(value: Values, draw: random.Random) -> list[Values]:
    """A digit too many, or too few."""
    value["runtime_seconds"] *= draw.choice((10, 0.1))
    return [value]


def _swapped(value: Values, draw: random.Random) -> list[Values]:
    """Size and runtime, or two properties of the input, in each other's column."""
    traits = value["input"]["characteristics"]
    if draw.random() < 0.5:
        megabytes = value["input"]["size_bytes"] / 1e6
        value["input"]["size_bytes"] = int(value["runtime_seconds"] * 1e6)
        value["runtime_seconds"] = megabytes
    else:
        one, other = sorted(traits)[-2:]
        traits[one], traits[other] = traits[other], traits[one]
    return [value]


def _curve(value: Values, draw: random.Random) -> list[Values]:
    """One runtime on every scale-out, as if work divided without loss."""
    spent = value["runtime_seconds"] * value["cluster"]["nodes"] * draw.uniform(0.5, 2)
    return [
        {
            **value,
            "cluster": {**value["cluster"], "nodes": nodes},
            "runtime_seconds": round(spent / nodes, 2),
        }
        for nodes in (2, 4, 6, 8, 10, 12)
    ]


def _copy(value: Values, _draw: random.Random) -> list[Values]:
    """The same again, under another contributor's name."""
    return [value]


KINDS: dict[str, Callable[[Values, random.Random], list[Values]]] = {
    "wrong units": _units,
    "tenfold": _tenfold,
    "swapped columns": _swapped,
    "fabricated curves": _curve,
    "copies": _copy,
}


def poisoned(kind: str, honest: Sequence[Record], count: int, seed: int) -> list[Record]:
    """About so many records of a kind, each with an origin of its own."""
    draw = random.Random(f"{kind} {seed}")
    found: list[Record] = []
    for record in draw.sample(list(honest), len(honest)):
        if len(found) >= count:
            break
        for value in KINDS[kind](codec.from_python(record.model_dump()).model_dump(), draw):
            value["origin"] = {"kind": "form", "note": f"{kind} {len(found)}"}
            found.append(codec.from_python(value))
    return found
