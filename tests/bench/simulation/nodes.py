"""Nodes to simulate: none in particular, and none that costs anything."""

from bench.simulation.parameters import Parameters

TYPICAL = Parameters(
    sync_seconds=1.0,
    chain_trips=3,
    look_trips=1,
    notice_cpu=0.01,
    round_cpu=0.002,
    fan_out=6,
    asked=12,
    known_peers=512,
    open_connections=32,
    retry_seconds=0.5,
    request_cpu=0.002,
    serve_cpu_per_record=0.00001,
    fetch_cpu=0.01,
    fetch_cpu_per_record=0.00005,
    index_cpu_per_record=0.0001,
    batch_bytes=1_000,
    record_bytes=600,
    message_bytes=300,
    uplink_bytes_per_second=12_500_000,
    loss=0.0,
    boot_seconds=1.0,
    shared_cores=None,
)

WEIGHTLESS = TYPICAL.changed(
    chain_trips=0,
    look_trips=0,
    notice_cpu=0,
    request_cpu=0,
    serve_cpu_per_record=0,
    fetch_cpu=0,
    fetch_cpu_per_record=0,
    index_cpu_per_record=0,
    message_bytes=0,
)
"""Only the sizes of answers and the network take time."""
