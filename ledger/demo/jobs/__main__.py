"""The command line of the jobs; see ``python -m ledger.demo.jobs --help``.

A job's module is imported when it runs: importing numpy takes longer than sorting a megabyte.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from ledger.demo.jobs import kind
from ledger.demo.jobs import kinds


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a job, or make its input."""
    # One worker is to use one core: a BLAS with threads of its own would blur every scale-out.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (OSError, ValueError) as error:
        sys.exit(f"{options.command}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ledger.demo.jobs", description="Small parallel jobs."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for each in kinds():
        command = commands.add_parser(each.name, help=each.description)
        command.add_argument("--input", type=Path, required=True)
        command.add_argument("--output", type=Path, required=True)
        command.add_argument("--workers", type=_positive, default=1)
        for name, value in each.parameters.items():
            command.add_argument(f"--{name}", type=type(value), default=value)
        command.set_defaults(run=_run)
    generate = commands.add_parser("generate", help="make the input of a job")
    generate.add_argument("kind", choices=[each.name for each in kinds()])
    generate.add_argument("--bytes", type=_positive, required=True)
    generate.add_argument("--seed", type=int, default=0)
    generate.add_argument("--output", type=Path, required=True)
    generate.set_defaults(run=_generate)
    return parser


def _run(options: argparse.Namespace) -> None:
    parameters = {name: getattr(options, name) for name in kind(options.command).parameters}
    job = getattr(import_module(f"ledger.demo.jobs.{options.command}"), options.command)
    job(options.input, options.output, workers=options.workers, **parameters)


def _generate(options: argparse.Namespace) -> None:
    inputs = import_module("ledger.demo.jobs.inputs")
    inputs.generate(options.kind, options.output, size_bytes=options.bytes, seed=options.seed)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    main()
