"""The demonstration: real jobs, run here, recorded, anchored and predicted."""

from pathlib import Path

EXAMPLE_RUNS = Path(__file__).parent / "runs" / "spark-local.jsonl"
"""Runs of Spark that come with the package; the README beside them says how they were made."""
