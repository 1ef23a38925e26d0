"""Runs that follow a known law."""

from typing import Any

import numpy as np

from ledger.model.observation import Observation
from ledger.record.codec import from_python

GIGABYTE = 10**9


def observation(nodes=2, size=10 * GIGABYTE, runtime=100.0, **changes: Any):
    job = {
        "name": changes.get("job", "sort"),
        "framework": {"name": changes.get("framework", "spark")},
        "parameters": changes.get("parameters", {}),
    }
    cluster = {"nodes": nodes, "machine_type": changes.get("machine_type", "m5.xlarge")}
    if changes.get("cores"):
        cluster["cores_per_node"] = changes["cores"]
    given = {"characteristics": changes.get("characteristics", {})}
    if size is not None:
        given["size_bytes"] = size
    record = from_python(
        {
            "job": job,
            "cluster": cluster,
            "input": given,
            "runtime_seconds": runtime,
            "status": changes.get("status", "succeeded"),
            "origin": {"kind": "form"},
        }
    )
    return Observation(changes.get("cid", "cid"), record, changes.get("weight", 1.0))


def ernest_law(nodes, size, *, a=5.0, b=20.0, c=3.0, d=0.5):
    return a + b * (size / GIGABYTE) / nodes + c * np.log(nodes) + d * nodes


def grid(law=ernest_law, *, noise=0.0, seed=0, repeats=1, **changes: Any):
    numbers = np.random.default_rng(seed)
    return [
        observation(
            nodes,
            size,
            float(law(nodes, size) * np.exp(noise * numbers.standard_normal())),
            cid=f"{nodes}-{size}-{repeat}",
            **changes,
        )
        for nodes in (2, 4, 6, 8, 12)
        for size in (10 * GIGABYTE, 20 * GIGABYTE, 40 * GIGABYTE)
        for repeat in range(repeats)
    ]
