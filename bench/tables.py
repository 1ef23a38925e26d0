"""A table like those of C3O, as large as wanted, to import in a benchmark."""

import random
from pathlib import Path

COLUMNS = (
    "instance_count",
    "machine_type",
    "slots",
    "memory",
    "data_size_MB",
    "line_length",
    "lines",
    "gross_runtime",
)
MACHINES = {
    "c4.2xlarge": (8, 15_000),
    "m4.2xlarge": (8, 32_000),
    "r4.2xlarge": (8, 61_000),
}
"""Cores, and memory in MB, of one node."""

REPEATS = 5
LINE_LENGTH = 1_000


def write_sort_table(path: Path, records: int) -> None:
    """Write a sort table of so many rows: five repeats of each configuration, as C3O has them."""
    draw = random.Random(2026)
    with path.open("w", encoding="utf-8") as table:
        table.write("\t".join(COLUMNS) + "\n")
        for row in range(records):
            if row % REPEATS == 0:
                machine = draw.choice(tuple(MACHINES))
                nodes = draw.randrange(2, 13)
                megabytes = draw.randrange(1_000, 100_000)
            cores, memory = MACHINES[machine]
            runtime = megabytes / nodes * draw.uniform(0.05, 0.08) + draw.uniform(20, 40)
            cells = (
                nodes,
                machine,
                nodes * cores,
                nodes * memory,
                megabytes,
                LINE_LENGTH,
                megabytes * 1_000_000 // LINE_LENGTH,
                round(runtime, 1),
            )
            table.write("\t".join(map(str, cells)) + "\n")
