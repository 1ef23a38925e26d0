"""Every record the schema allows."""

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any

from hypothesis import strategies as st

from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.record.schema import MAX_SAFE_INTEGER
from ledger.record.schema import Cluster
from ledger.record.schema import CommandOrigin
from ledger.record.schema import EventLogOrigin
from ledger.record.schema import FileOrigin
from ledger.record.schema import FormOrigin
from ledger.record.schema import Framework
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Metrics
from ledger.record.schema import ProgramOrigin
from ledger.record.schema import Record
from ledger.record.schema import Stage
from ledger.record.schema import Status

_characters = st.characters(exclude_categories=["Cs"])
names = st.text(_characters, min_size=1, max_size=20).filter(lambda text: text.strip())
texts = st.text(_characters, max_size=40)
digests = st.binary(min_size=32, max_size=32).map(Digest)
counts = st.integers(0, MAX_SAFE_INTEGER)
positive = st.integers(1, MAX_SAFE_INTEGER)
seconds = st.floats(0, allow_nan=False, allow_infinity=False)
integers = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
numbers = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.dictionaries(names, st.booleans() | integers | numbers | texts, max_size=4)
hashes = digests.map(bytes.hex)
moments = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 - the zone is drawn apart
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
) | st.just(datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


metrics = st.builds(
    Metrics,
    cpu_seconds=maybe(seconds),
    peak_memory_bytes=maybe(counts),
    read_bytes=maybe(counts),
    written_bytes=maybe(counts),
    shuffle_read_bytes=maybe(counts),
    shuffle_written_bytes=maybe(counts),
    spilled_bytes=maybe(counts),
    gc_seconds=maybe(seconds),
    read_records=maybe(counts),
    written_records=maybe(counts),
    spilled_records=maybe(counts),
    reserved_core_seconds=maybe(seconds),
    reserved_memory_byte_seconds=maybe(seconds),
    busy_seconds=maybe(seconds),
    backpressured_seconds=maybe(seconds),
    restarts=maybe(counts),
    checkpoints=maybe(counts),
)
stages = st.builds(
    Stage,
    name=names,
    runtime_seconds=seconds,
    tasks=maybe(positive),
    failed_tasks=maybe(counts),
    metrics=maybe(metrics),
)
origins = st.one_of(
    st.builds(FileOrigin, sha256=hashes, name=maybe(names), row=positive),
    st.builds(
        CommandOrigin,
        argv=st.lists(texts, min_size=1, max_size=4).map(tuple),
        run_id=names,
        exit_code=maybe(st.integers(-255, 255)),
    ),
    st.builds(ProgramOrigin, run_id=names, function=maybe(names), error=maybe(names)),
    st.builds(EventLogOrigin, application_id=names, attempt=maybe(names), sha256=maybe(hashes)),
    st.builds(FormOrigin, note=maybe(texts)),
)
records = st.builds(
    Record,
    job=st.builds(
        Job,
        name=names,
        framework=st.builds(Framework, name=names, version=maybe(names)),
        algorithm=maybe(names),
        parameters=scalars,
    ),
    input=st.builds(Input, size_bytes=maybe(counts), characteristics=scalars),
    cluster=st.builds(
        Cluster,
        nodes=positive,
        machine_type=maybe(names),
        cores_per_node=maybe(positive),
        memory_bytes_per_node=maybe(positive),
        provider=maybe(names),
        region=maybe(names),
    ),
    configuration=scalars,
    started_at=maybe(moments),
    runtime_seconds=seconds,
    status=st.sampled_from(Status),
    metrics=maybe(metrics),
    stages=st.lists(stages, max_size=3).map(tuple),
    origin=origins,
    parents=st.lists(digests.map(to_text), max_size=3).map(tuple),
)
