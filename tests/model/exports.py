"""Observations as the Parquet export has them."""

from ledger.index.exporting import as_parquet
from ledger.index.views import LedgerStatus
from ledger.index.views import RecordRow
from ledger.model.standing import WEIGHTS

STATUSES = {0.0: LedgerStatus.REJECTED, **{weight: status for status, weight in WEIGHTS.items()}}


def row_of(observation):
    record = observation.record
    return RecordRow(
        cid=observation.cid,
        job=record.job.name,
        framework=record.job.framework.name,
        algorithm=record.job.algorithm,
        machine_type=record.cluster.machine_type,
        provider=record.cluster.provider,
        nodes=record.cluster.nodes,
        input_bytes=record.input.size_bytes,
        runtime_seconds=record.runtime_seconds,
        outcome=record.status.value,
        status=STATUSES[observation.weight],
        contributor=None,
        started_at=record.started_at,
        batch_id="0x" + "ab" * 32,
        accepted=1,
        rejected=0,
        validators=1,
        quorum=1,
    )


def export(path, observations):
    rows = ((row_of(each), each.record.model_dump(mode="json")) for each in observations)
    with path.open("wb") as file:
        file.writelines(as_parquet(rows))
    return path
