"""How well runtimes are predicted, on the protocol of C3O's evaluation.

    python -m bench.models accuracy [--model NAME]... [--splits 300] [--few]
    python -m bench.models transfer [--train 10] [--splits 300]
    python -m bench.models poison [--splits 5]
    python -m bench.models unseen
    python -m bench.models contributors [--draws 20]
    python -m bench.models speed
    python -m bench.models scale
    python -m bench.models show [--write]

Five jobs, their configurations' median runtimes, 300 random splits into nine tenths to learn from
and a tenth held out (`--few`: 30 rows to learn from, the others held out), the mean error over the
splits. Splits are drawn from the seed that `bench.prediction.protocol` states. `accuracy` keeps
what it found in bench/results/, `show` prints the tables of everything that is there, beside the
published figures and the noise of the data itself (`--write`: into docs/models.md too).
"""

import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from bench.prediction import contributors
from bench.prediction import markdown
from bench.prediction import robustness
from bench.prediction import scale
from bench.prediction import speed
from bench.prediction import unseen
from bench.prediction.c3o import JOBS
from bench.prediction.c3o import TABLES
from bench.prediction.c3o import read
from bench.prediction.contenders import CONTENDERS
from bench.prediction.contenders import FROM_REPEATS
from bench.prediction.contenders import OURS
from bench.prediction.protocol import FEW
from bench.prediction.protocol import SPLITS
from bench.prediction.protocol import noise
from bench.prediction.protocol import score
from bench.prediction.protocol import score_with_others
from bench.prediction.results import POISON
from bench.prediction.results import keep
from bench.prediction.results import keep_study
from bench.prediction.results import kept
from bench.report import fill

TRAINS = {"10": 10, "30": 30, "90 %": None}
SHARES = (0.05, 0.2)
PAGE = Path(__file__).parents[1] / "docs" / "models.md"


@click.group()
def main() -> None:
    """Measure how well runtimes are predicted."""
    if not TABLES.is_dir():
        click.echo(f"error: C3O's tables are not in {TABLES}", err=True)
        sys.exit(66)


@main.command()
@click.option("--model", "models", multiple=True, type=click.Choice(list(CONTENDERS)))
@click.option("--job", "jobs", multiple=True, type=click.Choice([job.name for job in JOBS]))
@click.option("--splits", default=SPLITS, show_default=True, help="How many splits.")
@click.option("--few", is_flag=True, help=f"Learn from {FEW} rows only.")
def accuracy(models: Iterable[str], jobs: Iterable[str], splits: int, few: bool) -> None:
    """Measure the error of models on held-out rows, and keep it."""
    for name in models or CONTENDERS:
        for job in JOBS:
            if jobs and job.name not in jobs:
                continue
            rows = read(job)[job.machine_type]
            began = time.perf_counter()
            found = score(
                CONTENDERS[name],
                rows,
                train=FEW if few else None,
                number=splits,
                repeats=name in FROM_REPEATS,
            )
            seconds = (time.perf_counter() - began) / splits
            keep(
                "few" if few else "accuracy",
                name,
                job.name,
                found=found,
                splits=splits,
                seconds=seconds,
            )
            click.echo(f"{name:20}{job.name:10}{found.mape:8.2f} % {seconds:8.3f} s/split")


@main.command()
@click.option("--job", "jobs", multiple=True, type=click.Choice([job.name for job in JOBS]))
@click.option("--train", "trains", multiple=True, type=click.Choice(list(TRAINS)))
@click.option("--splits", default=SPLITS, show_default=True, help="How many splits.")
def transfer(jobs: Iterable[str], trains: Iterable[str], splits: int) -> None:
    """Measure what records of other machine types are worth."""
    for job in JOBS:
        if jobs and job.name not in jobs:
            continue
        others = read(job)
        rows = others.pop(job.machine_type)
        for train in trains or TRAINS:
            count = TRAINS[train]
            for name, measured in {
                "own machine type": partial(score, OURS, rows, repeats=True),
                "others too": partial(score_with_others, rows, others),
                "others too, but for what is asked": partial(
                    score_with_others, rows, others, same=False
                ),
            }.items():
                began = time.perf_counter()
                found = measured(train=count, number=splits)
                seconds = (time.perf_counter() - began) / splits
                keep(
                    "transfer",
                    f"{train}: {name}",
                    job.name,
                    found=found,
                    splits=splits,
                    seconds=seconds,
                )
                click.echo(f"{train:6}{name:36}{job.name:10}{found.mape:8.2f} %")


@main.command("unseen")
def unseen_() -> None:
    """Measure predictions for machine types that a job never ran on."""
    for each in unseen.studies():
        click.echo(
            f"{each.job:10}{each.machine_type:12}{each.configurations:4}{each.by_cores:8.1f}"
            f"{each.helped:8.1f} % {each.held:6.0%}"
        )


@main.command("contributors")
@click.option("--draws", default=20, show_default=True, help="How many random draws.")
def contributors_(draws: int) -> None:
    """Measure what others' runs are worth to somebody with few."""
    for each in contributors.studies(draws):
        click.echo(
            f"{each.job:10}{each.own:4} own, others x {each.factor:<5}{each.alone:8.2f} alone"
            f"{each.alike:8.2f} alike{each.apart:8.2f} told apart, %"
        )


@main.command("speed")
def speed_() -> None:
    """Measure how long predictions take that learn, go on from a model, and only answer."""
    records = speed.everything()
    for job in JOBS:
        click.echo(f"{job.name:10}{speed.study(job, records)}")


@main.command("scale")
def scale_() -> None:
    """Measure predictions from a thousand records to a million."""
    for count in scale.COUNTS:
        click.echo(f"{scale.study(count)}")


@main.command()
@click.option("--splits", default=robustness.NUMBER, show_default=True, help="How many splits.")
def poison(splits: int) -> None:
    """Measure what bad records do to errors, and how many of them validators find."""
    for share in SHARES:
        for job in JOBS:
            found = robustness.study(job, share, splits)
            keep_study(share, job.name, found)
            click.echo(
                f"{share:.0%} {job.name:10}{found.clean:8.2f}{found.believed:8.2f}"
                f"{found.validated:8.2f} %"
            )


@main.command()
@click.option("--write", is_flag=True, help="Put the tables into docs/models.md too.")
def show(write: bool) -> None:
    """Print what was measured."""
    noises = {job.name: noise(read(job)[job.machine_type]) for job in JOBS}
    tables = {
        "accuracy": markdown.accuracy(kept("accuracy"), noises),
        "few": markdown.few(kept("few")),
        "transfer": markdown.transfer(kept("transfer")),
        "poison": markdown.poison(kept(POISON)),
        "caught": markdown.caught(kept(POISON)),
    }
    for name, table in tables.items():
        click.echo(f"{name}\n\n{table}\n")
        if write:
            PAGE.write_text(fill(PAGE.read_text("utf-8"), name, table), encoding="utf-8")


if __name__ == "__main__":
    main()
