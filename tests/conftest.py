"""What tests of several folders share: a real ledger on a real development chain."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from ledger import settings
from ledger.garbage import collect_rarely
from ledger.node import Node
from ledger.record import codec
from ledger.record.schema import Record
from tests.postgresql import migrated
from tests.postgresql import postgresql
from tests.postgresql import postgresql_location
from tests.sharing import long_first

__all__ = ["migrated", "postgresql", "postgresql_location"]

hypothesis.settings.register_profile(
    "perfledger",
    deadline=None,  # a slow machine is no fault
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
)
hypothesis.settings.load_profile("perfledger")

# As the command does. Tests call that in this process, so that what ran before would decide.
collect_rarely()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where processes share the tests, long ones first."""
    if processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
        items[:] = long_first(items, int(processes))


JOBS = {"sort": 40.0, "grep": 12.0, "kmeans": 95.0}
MACHINES = {"m4.2xlarge": (8, 32), "c4.2xlarge": (8, 15)}
GIGABYTE = 10**9


def execution(job: str, machine: str, nodes: int, gigabytes: int, repeat: int) -> Record:
    """A plausible run, told apart from its repeats by its run id."""
    cores, memory = MACHINES[machine]
    runtime = JOBS[job] * gigabytes / nodes + 20 + repeat
    return codec.from_python(
        {
            "job": {"name": job, "framework": {"name": "spark", "version": "3.5.1"}},
            "input": {"size_bytes": gigabytes * GIGABYTE},
            "cluster": {
                "nodes": nodes,
                "machine_type": machine,
                "cores_per_node": cores,
                "memory_bytes_per_node": memory * GIGABYTE,
                "provider": "aws",
            },
            "started_at": f"2024-03-0{1 + repeat}T0{nodes}:00:00Z",
            "runtime_seconds": runtime,
            "metrics": {"cpu_seconds": runtime * cores * nodes * 0.6},
            "origin": {
                "kind": "command",
                "argv": ["spark-submit", f"{job}.py", f"{gigabytes}g"],
                "run_id": f"{job}-{machine}-{nodes}-{gigabytes}-{repeat}",
                "exit_code": 0,
            },
        }
    )


def executions() -> list[Record]:
    """Forty-eight runs of three jobs."""
    return [
        execution(job, machine, nodes, gigabytes, repeat)
        for job in JOBS
        for machine in MACHINES
        for nodes in (2, 4)
        for gigabytes in (10, 20)
        for repeat in (0, 1)
    ]


def impossible_execution() -> Record:
    """A run that used more CPU time than its cores could give."""
    plain = execution("sort", "m4.2xlarge", 2, 10, 2).model_dump(mode="json")
    plain["metrics"] = {"cpu_seconds": 1e6}
    return codec.from_python(plain)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def ledger_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with 49 records anchored and attested (one of them rejected), and two pending.

    Shared by a whole run: add to it if you must, but never count on being the only one who did.
    """
    folder = tmp_path_factory.mktemp("ledger")
    with Node(settings.load(folder / "home", app_port=0, chain_port=0)) as node:
        accepted = node.accept([*executions(), impossible_execution()])
        node.submit(accepted.new[:24])
        node.cycle()
        node.submit(accepted.new[24:], node.signers()[1].address)
        node.cycle()
        for validator in node.validators():
            validator.step()
        node.sync.step()
        node.accept([execution("sort", "m4.2xlarge", 2, 10, 3)])
        node.submit(node.accept([execution("grep", "m4.2xlarge", 2, 10, 3)]).new)
        yield node
