"""The nodes of a cluster: how many a job ran on, and how large they are."""

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.capture.figures import count_of
from ledger.capture.figures import text_of

_MEBIBYTE = 1 << 20
_UP = {"RUNNING", "DECOMMISSIONING"}
_CORES = "yarn.nodemanager.resource.cpu-vcores"
_MEMORY = "yarn.nodemanager.resource.memory-mb"


@dataclass(frozen=True, slots=True)
class Size:
    """What a node offers to containers.

    Attributes:
        cores: virtual cores; 0: not known.
        memory_bytes: memory in bytes; 0: not known.
    """

    cores: int = 0
    memory_bytes: int = 0


def sizes_of(nodes: Iterable[dict[str, Any]]) -> list[Size]:
    """Of the nodes of ``/ws/v1/cluster/nodes`` that are up.

    Raises:
        ValueError: they do not hold what Hadoop answers.
    """
    return [
        Size(
            count_of(each, "usedVirtualCores") + count_of(each, "availableVirtualCores"),
            (count_of(each, "usedMemoryMB") + count_of(each, "availMemoryMB")) * _MEBIBYTE,
        )
        for each in nodes
        if text_of(each, "state") in _UP
    ]


def usual(sizes: Iterable[Size], settings: Mapping[str, str]) -> Size:
    """The size that most nodes have; where no node is known, what the settings say.

    Args:
        sizes: of the nodes.
        settings: of a job, which hold those of the cluster as the job's client knew them.
    """
    counted = Counter(sizes).most_common(1)
    if counted:
        return counted[0][0]
    return Size(_number(settings.get(_CORES)), _number(settings.get(_MEMORY)) * _MEBIBYTE)


def host_of(attempt: dict[str, Any]) -> str:
    """The host that an attempt at a task ran on, without its port; "": it ran nowhere.

    Raises:
        ValueError: it does not hold what Hadoop answers.
    """
    return text_of(attempt, "nodeHttpAddress").rpartition(":")[0]


def _number(text: str | None) -> int:
    # -1 is for "as many as the machine has", which only the node itself knows.
    return int(text) if text and re.fullmatch(r"\d{1,9}", text) else 0
