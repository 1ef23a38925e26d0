"""What is known of a cluster's machines without being told: from settings and names of hosts.

Names of hosts themselves go into no record.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_DATABRICKS = "spark.databricks.clusterUsageTags."
_AWS_HOST = re.compile(r"ip-[\d-]+\.(?:ec2|(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.compute)\.internal")
_GOOGLE_HOST = re.compile(r"[\w-]+\.(?:(?P<zone>[a-z]+-[a-z]+\d-[a-z])\.)?c\.[\w.-]+\.internal")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a cluster is, as far as it is known.

    Attributes:
        provider: who runs the machines.
        region: the provider's region.
        machine_type: of the nodes.
    """

    provider: str | None = None
    region: str | None = None
    machine_type: str | None = None


def whereabouts(properties: Mapping[str, str], host: str) -> Whereabouts:
    """What the settings of an application and the name of one of its hosts tell.

    Databricks says all three in settings; hosts of AWS and Google Cloud have names that only those
    give.
    """
    provider = properties.get(f"{_DATABRICKS}cloudProvider")
    if provider:
        return Whereabouts(
            provider[:_MOST].lower(),
            _short(properties.get(f"{_DATABRICKS}dataPlaneRegion")),
            _short(properties.get(f"{_DATABRICKS}clusterNodeType")),
        )
    if found := _AWS_HOST.fullmatch(host):
        return Whereabouts("aws", found["region"] or "us-east-1")
    if found := _GOOGLE_HOST.fullmatch(host):
        return Whereabouts("gcp", found["zone"].rpartition("-")[0] if found["zone"] else None)
    return Whereabouts()


def _short(text: str | None) -> str | None:
    return text[:_MOST] if text else None
