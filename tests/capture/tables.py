"""Small tables that look like real ones, and shorthands to read them."""

from typing import Any

from ledger.capture.mapping import mapping_of
from ledger.capture.rows import Bad
from ledger.capture.rows import Good

SORT = """\
instance_count\tmachine_type\tslots\tmemory\tdata_size_MB\tline_length\tlines\tgross_runtime
2\tc4.2xlarge\t16\t30000\t9530\t1000\t10000000\t340
2\tc4.2xlarge\t16\t30000\t9530\t1000\t10000000\t348
4\tr4.2xlarge\t32\t122000\t9530\t1000\t10000000\t201.5
"""

MINIMAL = {
    "job.name": {"constant": "sort"},
    "job.framework.name": {"constant": "spark"},
    "cluster.nodes": "nodes",
    "runtime_seconds": "runtime",
}


def minimal(fields=None, **entries: Any):
    return mapping_of({"fields": {**MINIMAL, **(fields or {})}, **entries})


def records(rows):
    rows = list(rows)
    assert all(isinstance(row, Good) for row in rows), rows
    return [row.record for row in rows]


def split(rows):
    rows = list(rows)
    good = [row for row in rows if isinstance(row, Good)]
    return good, [row for row in rows if isinstance(row, Bad)]
