"""What predictions and recommendations look like."""

from typing import Any

from ledger.index.views import LedgerStatus
from ledger.insight.advised import Choice
from ledger.insight.advised import Foretold
from ledger.insight.advised import Predicted
from ledger.insight.advised import Recommended
from ledger.insight.advised import Trial
from ledger.model.advice.clusters import Cluster
from ledger.model.advice.pricing import Unit
from ledger.model.advice.submit import spark_submit

_CID = "bafyreif4bqe7ylellpdjqg7vsg5h7m5qdpw2xgbx3cqd6ivh3f2pfdnuxu"

_RUNTIME: dict[str, Any] = {
    "runtime_seconds": 223.5,
    "lower_seconds": 192.4,
    "upper_seconds": 259.6,
    "level": 0.9,
    "model": "blend",
    "error": 0.031,
    "configurations": 36,
    "records": 180,
    "standing": {LedgerStatus.ACCEPTED: 180},
    "notes": [],
}
_CLUSTER = Cluster("r4.2xlarge", 3, 8, 61_000_000_000)
_CHOICE = Choice(
    machine_type=_CLUSTER.machine_type,
    nodes=_CLUSTER.nodes,
    cores_per_node=_CLUSTER.cores_per_node,
    memory_bytes_per_node=_CLUSTER.memory_bytes_per_node,
    runtime=Foretold(**_RUNTIME),
    cost=0.0987,
    sure_seconds=259.6,
    sure_cost=0.1147,
    chance=0.95,
    keeps=True,
    on_front=True,
    spark_submit=spark_submit(_CLUSTER, name="sort"),
)

EXAMPLES = (
    Predicted(**_RUNTIME, cids=[_CID]),
    Recommended(
        deadline_seconds=300.0,
        budget=None,
        confidence=0.9,
        unit=Unit.USD,
        choice=_CHOICE,
        cheapest=_CHOICE,
        fastest=_CHOICE,
        likeliest=_CHOICE,
        options=[_CHOICE],
        trials=[
            Trial(
                machine_type="m4.2xlarge",
                nodes=5,
                input_bytes=15_000_000_000,
                bits=0.6,
                seconds=161.0,
                cost=0.0894,
            )
        ],
        notes=[],
        cids=[_CID],
    ),
)
