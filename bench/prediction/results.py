"""What was measured, kept as JSON until it is shown."""

import json
from dataclasses import asdict
from pathlib import Path

from bench.markdown import Result
from bench.measuring import machine
from bench.prediction.protocol import Score
from bench.prediction.robustness import Study

POISON = "poison"
RESULTS = Path(__file__).parents[1] / "results"


def path_of(table: str) -> Path:
    """Where a table's figures are."""
    return RESULTS / f"models-{table}.json"


def kept(table: str) -> Result:
    """By model and job; empty if nothing was measured."""
    path = path_of(table)
    return json.loads(path.read_text(encoding="utf-8"))["models"] if path.exists() else {}


def keep(table: str, model: str, job: str, *, found: Score, splits: int, seconds: float) -> None:
    """Keep one figure beside the others."""
    models = kept(table)
    models.setdefault(model, {})[job] = {**asdict(found), "splits": splits, "seconds": seconds}
    _write(table, models)


def keep_study(share: float, job: str, found: Study) -> None:
    """Keep what poison did to one job."""
    shares = kept(POISON)
    shares.setdefault(f"{share:.0%}", {})[job] = {
        **vars(found),
        "given": dict(found.given),
        "caught": dict(found.caught),
    }
    _write(POISON, shares)


def _write(table: str, models: Result) -> None:
    RESULTS.mkdir(exist_ok=True)
    written = json.dumps({"machine": machine(), "models": models}, indent=2)
    path_of(table).write_text(written, encoding="utf-8")
