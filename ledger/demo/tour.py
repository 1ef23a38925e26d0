"""The guided tour: real jobs run on this machine, and their records go the whole way.

capture → contribute → anchor → validate → verify → predict; then once more for the predicted runs.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress
from rich.table import Table

from ledger.cli.contribute import follow
from ledger.cli.session import Session
from ledger.demo.jobs import MEGABYTE
from ledger.demo.jobs import WORKERS
from ledger.demo.jobs import JobKind
from ledger.demo.jobs import kinds
from ledger.demo.jobs.inputs import generate
from ledger.errors import PerfledgerError
from ledger.index.filters import Filter
from ledger.insight.evidence import evidence
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.prediction import Prediction
from ledger.node import Node
from ledger.verify.check import verify_offline
from ledger.verify.policy import Policy
from ledger.verify.results import Result

ANCHOR_SECONDS = 120.0


class DemoError(PerfledgerError):
    """A step of the tour did not do what it is there to show."""


class Stages:
    """How long each stage took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begun


def tour(session: Session, jobs: Sequence[JobKind] = kinds()) -> None:
    """Run the tour over some jobs and print its summary.

    Raises:
        DemoError: a job failed, or a proof did not verify.
    """
    stages = Stages()
    with stages.stage("set-up"), session.node(must_exist=False) as node:
        node.connect()
        node.sync.step()
    session.remark(f"a ledger in {session.settings.home}, with its contracts on a chain of its own")
    plan = [(kind, size, workers) for kind in jobs for size in kind.sizes for workers in WORKERS]
    with session.progress() as bar:
        with stages.stage("generate"):
            _generate(session, bar, [(kind, size) for kind in jobs for size in kind.sizes])
        with stages.stage("run"):
            task = bar.add_task("running jobs", total=len(plan))
            for place, (kind, size, workers) in enumerate(plan, start=1):
                bar.update(task, description=f"running {kind.name}")
                line = _run(session, kind, size, workers)
                session.remark(f"[{place:>2}/{len(plan)}] {_label(kind, size, workers)}: {line}")
                bar.advance(task)
            bar.update(task, description=f"ran {len(plan)} jobs")
        with session.node() as node:
            _ledger(session, node, stages, bar)
    with session.node() as node:
        comparisons = _predictions(session, node, stages, jobs)
        with session.progress() as bar:
            _ledger(session, node, stages, bar)
            proven = _prove(session, node, stages, bar)
        _tell(session, node, stages, comparisons, proven)


def _generate(session: Session, bar: Progress, wanted: list[tuple[JobKind, int]]) -> None:
    task = bar.add_task("generating inputs", total=len(wanted))
    for kind, size in wanted:
        path = _input(session, kind, size)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".part")
            generate(kind.name, partial, size_bytes=size)
            partial.replace(path)
            session.remark(f"generated {size / MEGABYTE:g} MB for {kind.name}")
        bar.advance(task)


def _input(session: Session, kind: JobKind, size: int) -> Path:
    return session.settings.home / "inputs" / f"{kind.name}-{size}"


def _run(session: Session, kind: JobKind, size: int, workers: int) -> str:
    """One real execution, through the command that users type; returns what it says of it."""
    source = _input(session, kind, size)
    parameters = {**kind.parameters, "workers": workers}
    job = [sys.executable, "-P", "-m", "ledger.demo.jobs", kind.name, "--input", str(source)]
    job += ["--output", str(source.with_suffix(".out"))]
    for name, value in parameters.items():
        job += [f"--{name}", str(value)]
    command = [
        sys.executable,
        "-P",
        "-m",
        "ledger.cli",
        "--home",
        str(session.settings.home),
        "run",
    ]
    command += ["--job", kind.name, "--framework", "python", "--input", str(source)]
    for name, value in parameters.items():
        command += ["--param", f"{name}={value}"]
    done = subprocess.run([*command, "--", *job], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(
            f"{kind.name} over {source.name} ended with exit code {done.returncode}: "
            f"{done.stderr.strip()[-500:]}",
            hint="Is there enough memory and disk? The run is on the ledger as failed.",
        )
    return done.stderr.strip().splitlines()[-1].partition(": recorded")[0]


def _label(kind: JobKind, size: int, workers: int) -> str:
    return f"{kind.name} over {size / MEGABYTE:g} MB, {workers} worker{'s' if workers > 1 else ''}"


def _ledger(session: Session, node: Node, stages: Stages, bar: Progress) -> None:
    """Sign, anchor and validate whatever waits."""
    task = bar.add_task("signing and anchoring", total=None)
    with stages.stage("sign and anchor"):
        waiting = node.unsigned()
        if waiting:
            identifier = node.submit(waiting)
            found = follow(node, identifier, timeout_seconds=ANCHOR_SECONDS)
            session.remark(
                f"{found.count} records under one signature, anchored in block {found.block_number}"
            )
        else:
            node.cycle()
    bar.update(task, description="validating")
    with stages.stage("validate"):
        for validator in node.validators():
            for attested in validator.step():
                session.remark(
                    f"validator {validator.address} accepts {attested.accepted}, "
                    f"rejects {attested.rejected}"
                )
        node.sync.step()
    bar.update(task, description="anchored and validated", total=1, completed=1)


def _prove(session: Session, node: Node, stages: Stages, bar: Progress) -> int:
    """Build every record's proof and check it with nothing but a block hash."""
    cids = [row.cid for row, _ in node.queries.export(Filter())]
    head = bytes(node.chain.w3.eth.get_block("latest")["hash"])
    contracts = node.deployment.contracts
    task = bar.add_task("verifying proofs offline", total=len(cids))
    for cid in cids:
        with stages.stage("build proofs"):
            content = node.proof(cid).to_json()
        with stages.stage("verify offline"):
            policy = Policy(contracts, trusted_blocks=frozenset({head}), expected_cid=cid)
            found = verify_offline(content, policy)
        if found.result is not Result.VALID:
            raise DemoError(
                f"the proof of {cid} is {found.result.value}: {found.steps[-1].proved}",
                hint=f"`perfledger show {cid}` says who rejected it and why.",
            )
        bar.advance(task)
    session.remark(f"{len(cids)} proofs verified offline against block 0x{head.hex()}")
    return len(cids)


def _predictions(
    session: Session, node: Node, stages: Stages, jobs: Sequence[JobKind]
) -> list[tuple[JobKind, int, Prediction, float]]:
    """Predict a size that no record has, run it, compare."""
    compared = []
    with session.progress() as bar:
        task = bar.add_task("predicting, then running", total=len(jobs))
        for kind in jobs:
            size = _unseen_size(node, kind)
            workers = WORKERS[-1]
            query = Query(
                job=kind.name,
                nodes=1,
                size_bytes=size,
                parameters={**kind.parameters, "workers": workers},
            )
            with stages.stage("predict"):
                predicted = predict(evidence(node.queries, kind.name).observations, query)
            with stages.stage("generate"):
                _generate(session, bar, [(kind, size)])
            with stages.stage("run"):
                _run(session, kind, size, workers)
            newest = Filter(job=(kind.name,), input_bytes_min=size, input_bytes_max=size)
            measured = node.queries.records(newest, limit=1).rows[0].runtime_seconds
            compared.append((kind, size, predicted, measured))
            session.remark(
                f"{_label(kind, size, workers)}: predicted {predicted.runtime_seconds:.2f} s, "
                f"measured {measured:.2f} s"
            )
            bar.advance(task)
    return compared


def _unseen_size(node: Node, kind: JobKind) -> int:
    size = kind.predicted_size
    while node.queries.count(Filter(job=(kind.name,), input_bytes_min=size, input_bytes_max=size)):
        size += MEGABYTE
    return size


def _tell(
    session: Session,
    node: Node,
    stages: Stages,
    compared: list[tuple[JobKind, int, Prediction, float]],
    proven: int,
) -> None:
    overview = node.queries.overview()
    batches = node.queries.batches(limit=1_000)
    gas = sum(batch.gas_used or 0 for batch in batches)
    predictions = Table("job", "input MB", "predicted s", "interval s", "measured s", "off by")
    for kind, size, predicted, measured in compared:
        predictions.add_row(
            kind.name,
            f"{size / MEGABYTE:g}",
            f"{predicted.runtime_seconds:.2f}",
            f"{predicted.lower_seconds:.2f} to {predicted.upper_seconds:.2f}",
            f"{measured:.2f}",
            f"{abs(predicted.runtime_seconds / measured - 1):.0%}",
        )
    session.out.print("\nPredicted before it ran (an input size that was not on the ledger)")
    session.out.print(predictions)
    summary = Table(show_header=False, box=None)
    accepted = overview.by_status["accepted"]
    summary.add_row("records", f"{overview.records:,}, of which {accepted:,} accepted")
    summary.add_row("batches", f"{overview.batches:,}")
    summary.add_row("gas per record", f"{gas / max(overview.records, 1):,.0f}")
    summary.add_row("quorum", f"{overview.quorum} of {overview.validators} validators")
    summary.add_row("proofs", f"{proven:,} verified offline, against one block hash")
    for name, seconds in stages.seconds.items():
        summary.add_row(name, f"{seconds:.2f} s")
    session.out.print(summary)
