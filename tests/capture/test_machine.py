import psutil
import pytest

from ledger.capture.machine import available_cores
from ledger.capture.machine import available_memory_bytes
from ledger.capture.machine import local_cluster


def test_this_machine_is_one_node_with_what_a_process_may_use():
    cluster = local_cluster()

    assert (cluster.nodes, cluster.provider) == (1, "local")
    assert cluster.machine_type
    assert 1 <= cluster.cores_per_node <= psutil.cpu_count()
    assert 0 < cluster.memory_bytes_per_node <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
    ids=["half a core (v2)", "one core (v2)", "half a core (v1)"],
)
def test_a_quota_of_the_cgroup_limits_the_cores(tmp_path, files, cores):
    _write(tmp_path, files)

    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(
    "files",
    [{}, {"cpu.max": "max 100000", "memory.max": "max"}, {"cpu/cpu.cfs_quota_us": "-1"}],
    ids=["no cgroup", "no limit (v2)", "no limit (v1)"],
)
def test_without_a_limit_everything_is_available(tmp_path, files):
    unlimited = available_cores(tmp_path / "absent")
    _write(tmp_path, files)

    assert available_cores(tmp_path) == unlimited
    assert available_memory_bytes(tmp_path) == psutil.virtual_memory().total


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_a_limit_of_the_cgroup_limits_the_memory(tmp_path, name):
    _write(tmp_path, {name: "104857600"})

    assert available_memory_bytes(tmp_path) == 104857600


def _write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text + "\n")
