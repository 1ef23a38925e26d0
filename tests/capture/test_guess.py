import pytest

from ledger.capture.guess import guess_mapping
from ledger.capture.rows import TableError
from ledger.capture.tables import read_any

from .tables import SORT
from .tables import records


def test_a_table_is_read_by_the_common_names_of_its_columns():
    record = records(read_any(SORT, name="sort.tsv"))[0]

    assert record.job.name == "sort"
    assert record.job.framework.name == "unknown"
    assert (record.cluster.nodes, record.cluster.machine_type) == (2, "c4.2xlarge")
    assert record.input.size_bytes == 9_530_000_000
    assert record.runtime_seconds == 340
    assert record.input.characteristics["lines"] == 10_000_000


@pytest.mark.parametrize(
    ("column", "path", "unit"),
    [
        ("nodes", "cluster.nodes", None),
        ("scaleOut", "cluster.nodes", None),
        ("Instance Type", "cluster.machine_type", None),
        ("duration_ms", "runtime_seconds", "ms"),
        ("Runtime (s)", "runtime_seconds", "s"),
        ("runtime_seconds", "runtime_seconds", None),
        ("input_size_GiB", "input.size_bytes", "GiB"),
        ("dataSizeMB", "input.size_bytes", "MB"),
        ("engine", "job.framework.name", None),
        ("cluster.nodes", "cluster.nodes", None),
        ("input size kB", "input.size_bytes", "kB"),
    ],
)
def test_names_and_units_are_recognised(column, path, unit):
    others = {"cluster.nodes": "nodes", "runtime_seconds": "runtime"}
    header = [column, *(name for field, name in others.items() if field != path)]

    source = guess_mapping(header).fields[path]

    assert (source.column, source.unit) == (column, unit)


def test_the_caller_may_name_the_framework():
    mapping = guess_mapping(["nodes", "runtime"], framework="flink")

    assert mapping.fields["job.framework.name"].constant == "flink"


@pytest.mark.parametrize(("header", "what"), [(["runtime"], "nodes"), (["nodes"], "runtime")])
def test_a_table_without_nodes_or_runtime_cannot_be_guessed(header, what):
    with pytest.raises(TableError, match=what):
        guess_mapping(header)
