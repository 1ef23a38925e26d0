"""This machine, as the cluster of what runs here.

The schema is imported where it is needed: a program that is recorded must not wait for it.
"""

import math
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from ledger.record.schema import Cluster

LOCAL_PROVIDER = "local"

_CGROUP = Path("/sys/fs/cgroup")


def local_cluster() -> "Cluster":
    """One node: the CPU's model, and the cores and memory this process may use.

    Cores respect the CPU affinity and the cgroup's quota (rounded up to whole cores), memory the
    cgroup's limit: a job in a container of two cores does not run on all cores of the host.
    """
    from ledger.record.schema import Cluster

    return Cluster(
        nodes=1,
        machine_type=cpu_model()[:256],
        cores_per_node=available_cores(),
        memory_bytes_per_node=available_memory_bytes(),
        provider=LOCAL_PROVIDER,
    )


def cpu_model() -> str:
    """The CPU's model name, e.g. ``AMD EPYC 7763``; its architecture where it has none."""
    name = ""
    if sys.platform == "linux":
        name = _cpu_model_of(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"))
    elif sys.platform == "darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=False,
        )
        name = asked.stdout.strip()
    return " ".join((name or platform.processor() or platform.machine() or "unknown").split())


def available_cores(cgroup: Path = _CGROUP) -> int:
    """Cores this process may use, at least 1."""
    cores = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else (psutil.cpu_count() or 1)
    )
    quota = _cpu_quota(cgroup)
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def available_memory_bytes(cgroup: Path = _CGROUP) -> int:
    """Memory this process may use, in bytes."""
    total = int(psutil.virtual_memory().total)
    limits = (
        _number(folder / name)
        for folder in (*_own_cgroups(cgroup), cgroup / "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
    )
    return min([total, *(limit for limit in limits if limit)])


def _cpu_model_of(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return ""


def _own_cgroups(root: Path) -> list[Path]:
    """The folders of this process's cgroup v2 and of those above it: every limit applies."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [root]
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    folder = root / own
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(root))]


def _cpu_quota(root: Path) -> float | None:
    quotas = [
        quota
        for folder in _own_cgroups(root)
        if (quota := _quota_v2(folder / "cpu.max")) is not None
    ]
    per_period = _number(root / "cpu" / "cpu.cfs_quota_us")
    period = _number(root / "cpu" / "cpu.cfs_period_us")
    if per_period and period:
        quotas.append(per_period / period)
    return min(quotas, default=None)


def _quota_v2(file: Path) -> float | None:
    try:
        per_period, period = file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if per_period == "max" else int(per_period) / int(period)


def _number(file: Path) -> int | None:
    """The positive number in a file; None where there is no file or no limit (``max``, ``-1``)."""
    try:
        value = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return value if value > 0 else None
