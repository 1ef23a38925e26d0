"""The plots of docs/peers.md, as SVG files of a few kilobytes each."""

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, HEIGHT = 7.0, 3.8
LEAST_SHARE = 1e-6
"""Shares below it are drawn there: that many batches were not watched for that long."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "perfledger",
    "font.family": "sans-serif",
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}

COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#edae49", "#6f4a8e", "#5f6b73")


def draw(
    folder: Path,
    study: Mapping[str, Any],
    measured: Sequence[Mapping[str, Any]],
    joined: Sequence[Mapping[str, Any]],
) -> list[Path]:
    """Write every plot there is data for; returns the files.

    Args:
        folder: where they go.
        study: result of `bench.simulation.study`.
        measured: results of ``bench.peers replication``.
        joined: results of ``bench.peers bootstrap``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with mpl.rc_context(STYLE):
        for name, paint in {
            "replication": lambda axes: _replication(axes, study, measured),
            "traffic": lambda axes: _traffic(axes, study),
            "availability": lambda axes: _availability(axes, study),
            "bootstrap": lambda axes: _bootstrap(axes, joined),
        }.items():
            if name == "bootstrap" and not joined:
                continue
            figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
            paint(figure.subplots())
            path = folder / f"{name}.svg"
            figure.savefig(str(path), metadata={"Date": None})
            made.append(path)
    return made


def _replication(
    axes: Axes, study: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]
) -> None:
    """Share of peers that have a batch of 1,000 records, by time."""
    share = np.linspace(0, 100, 101)
    cases = [each for each in study["replication"] if each["records"] > 1 and each["sharing"]]
    for colour, case in zip(COLOURS, cases, strict=False):
        label = f"{case['peers']:,} peers, simulated"
        axes.plot(case["curve"], share, color=colour, label=label)
    for result in measured:
        for run in result["runs"]:
            if run["chain_is_near"] and not run["loss"] and run["records"] > 1:
                seconds = [each for values in run["samples"].values() for each in values]
                points = np.quantile(seconds, share / 100)
                peers = result["plan"]["peers"]
                label = f"{peers} peers on one machine, measured"
                axes.plot(points, share, color=COLOURS[5], linestyle=":", label=label)
    axes.set_xlabel("seconds since the anchor")
    axes.set_ylabel("% of peers that have it, verified")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right", fontsize="small")


def _traffic(axes: Axes, study: Mapping[str, Any]) -> None:
    """What a peer sends for a batch of 1,000 records, and what the publisher does."""
    cases = [each for each in study["replication"] if each["records"] > 1]
    for sharing, line in ((True, "-"), (False, "--")):
        chosen = [each for each in cases if each["sharing"] is sharing]
        sizes = [each["peers"] for each in chosen]
        word = "" if sharing else ", if nobody served it on"
        lines = {f"publisher{word}": [each["publisher_sent"] for each in chosen]}
        if sharing:
            lines |= {
                f"a peer, {name}": [each["sent"][key] for each in chosen]
                for name, key in (("median", "median"), ("p95", "p95"), ("most", "most"))
            }
        for colour, (label, values) in zip(COLOURS, lines.items(), strict=False):
            megabytes = [value / 1e6 for value in values]
            axes.plot(sizes, megabytes, line, color=colour, marker="o", label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("peers")
    axes.set_ylabel("MB sent per batch of 1,000 records")
    axes.legend(fontsize="small")


def _availability(axes: Axes, study: Mapping[str, Any]) -> None:
    """Share of time that a batch is on nobody who is there, by copies."""
    uptimes = sorted({each["uptime"] for each in study["availability"]})
    for colour, uptime in zip(COLOURS, uptimes, strict=False):
        for repaired, line in ((False, "--"), (True, "-")):
            cases = [
                each
                for each in study["availability"]
                if each["uptime"] == uptime and (each["repair_seconds"] is not None) is repaired
            ]
            shares = [max(each["unavailable"], LEAST_SHARE) for each in cases]
            label = f"{uptime:.0%} there" if repaired else None
            copies = [each["copies"] for each in cases]
            axes.plot(copies, shares, line, color=colour, marker=".", label=label)
    axes.set_yscale("log")
    axes.set_xlabel("copies (solid: repaired, dashed: not)")
    axes.set_ylabel("share of time not available")
    axes.legend(fontsize="small", title="peers are")


def _bootstrap(axes: Axes, joined: Sequence[Mapping[str, Any]]) -> None:
    """Seconds until a new peer has everything, by how many are there."""
    for colour, result in zip(COLOURS, joined, strict=False):
        done = [each for each in result["joined"] if each["seconds"] is not None]
        present = [each["present"] for each in done]
        seconds = [each["seconds"] for each in done]
        label = f"{result['records']:,} records"
        axes.plot(present, seconds, "o", color=colour, markersize=3.5, label=label)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("peers that are there")
    axes.set_ylabel("seconds until all is verified")
    axes.legend(fontsize="small")
