"""What a run costs on a cluster: in US dollars at given prices, or in what it occupies."""

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledger.insight.cost import HOUR_SECONDS
from ledger.model.advice.clusters import Cluster


class Unit(StrEnum):
    """What costs are counted in."""

    USD = "USD"
    CORE_HOURS = "core-hours"
    NODE_HOURS = "node-hours"


@dataclass(frozen=True, slots=True)
class Tariff:
    """How costs are counted.

    Attributes:
        unit: of the costs.
        prices: US dollars for an hour of one node, by machine type.
    """

    unit: Unit
    prices: Mapping[str, float]

    def per_hour(self, cluster: Cluster) -> float | None:
        """The cost of an hour of a cluster; None: its machine type has no price."""
        if self.unit is Unit.USD:
            price = self.prices.get(cluster.machine_type)
            return None if price is None else cluster.nodes * price
        cores = cluster.cores_per_node if self.unit is Unit.CORE_HOURS else 1
        return float(cluster.nodes * (cores or 1))

    def cost(self, cluster: Cluster, seconds: float) -> float | None:
        """The cost of a run of so many seconds."""
        hourly = self.per_hour(cluster)
        return None if hourly is None else hourly * seconds / HOUR_SECONDS


def tariff_of(clusters: Iterable[Cluster], prices: Mapping[str, float]) -> Tariff:
    """Dollars where there are prices; else cores where all are known, as prices go by them."""
    if prices:
        return Tariff(Unit.USD, prices)
    by_core = all(each.cores_per_node for each in clusters)
    return Tariff(Unit.CORE_HOURS if by_core else Unit.NODE_HOURS, {})
