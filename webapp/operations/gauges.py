"""Figures of the node itself, read when they are asked for."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.vitals import Vitals

_FIGURES = {
    "indexed_block": "The last block that is in the index.",
    "head_block": "The chain's newest block that was seen.",
    "final_block": "The newest block that cannot go back any more.",
    "unsigned_records": "Records acknowledged here that no submission holds yet.",
    "unbatched_submissions": "Signed submissions that no batch holds yet.",
    "peers_known": "Other nodes that are known.",
    "peers_answering": "Other nodes that answered lately.",
    "missing_dags": "DAGs that should be here and are not.",
    "batches_at_risk": "Batches that are on one node or none.",
}
"""By figure of `Vitals`, what it means."""


class NodeGauges(Collector):
    """The vitals of a node as gauges.

    Where they cannot be read, ``perfledger_up`` is 0 and the others are missing: an old figure
    would look like a good one.
    """

    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterable[Metric]:
        """Every gauge."""
        try:
            vitals = self._node.vitals()
        except PerfledgerError:
            yield GaugeMetricFamily("perfledger_up", "Whether the node can be read.", 0)
            return
        yield GaugeMetricFamily("perfledger_up", "Whether the node can be read.", 1)
        for name, meaning in _FIGURES.items():
            if (value := getattr(vitals, name)) is not None:
                yield GaugeMetricFamily(f"perfledger_{name}", meaning, value)
        yield _lag(vitals)
        outbox = GaugeMetricFamily(
            "perfledger_outbox_batches", "Batches of this node, by state.", labels=["state"]
        )
        for state, number in vitals.outbox_batches.items():
            outbox.add_metric([state], number)
        yield outbox


def of(node: Node) -> Collector:
    """The gauges of a node."""
    return NodeGauges(node)


def _lag(vitals: Vitals) -> Metric:
    lag = GaugeMetricFamily(
        "perfledger_index_lag_blocks", "Blocks of the chain that are not in the index yet."
    )
    if vitals.lag_blocks is not None:
        lag.add_metric([], vitals.lag_blocks)
    return lag
