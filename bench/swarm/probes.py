"""What single things cost a running node: what the simulation is calibrated with."""

import http.client
import time
from dataclasses import dataclass
from pathlib import Path

from bench.network.paths import Conditions
from bench.network.regions import REGIONS
from bench.swarm.peer import ANSWER_SECONDS
from bench.swarm.peer import PORT
from bench.swarm.peer import Peer
from bench.swarm.swarm import CHAIN_REGION
from bench.swarm.swarm import Swarm
from bench.swarm.swarm import between
from ledger.node import Node
from ledger.settings import load

REQUESTS = 300
STREAMS = 30
LARGE_RECORDS = 1_000
REQUEST_BYTES = 200
"""Of a request without a body, headers included, by the nodes' HTTP client."""

CHAIN_ROUND_TRIP = 0.1
LOOK_SECONDS = 0.02
LOOKS = 5
_BATCH_SECONDS = 60.0


@dataclass(frozen=True)
class Probes:
    """Of one node, asked over loopback by one client.

    Attributes:
        request_cpu: processor seconds of any request.
        serve_small_cpu: of a batch of one record, as CAR.
        serve_large_cpu: of a batch of `LARGE_RECORDS`.
        small_bytes: that the answer with the small one has.
        large_bytes: that the answer with the large one has.
        message_bytes: of a small request, or its answer, on average.
        look_trips: round trips to the chain, of a look that finds nothing new.
        notice_trips: of a look that finds a new anchor.
    """

    request_cpu: float
    serve_small_cpu: float
    serve_large_cpu: float
    small_bytes: int
    large_bytes: int
    message_bytes: int
    look_trips: float
    notice_trips: float


def probe(swarm: Swarm, folder: Path) -> Probes:
    """Anchor two batches, wait until everybody has them, and ask the publisher's node for them."""
    manifests = [swarm.publisher.anchor(records).manifest for records in (1, LARGE_RECORDS)]
    names = [swarm.serving.name, *(peer.name for peer in swarm.peers)]
    swarm.watch.wait(names, manifests, _BATCH_SECONDS)
    request, _, message = _ask(swarm.serving, "/peers/v1/node", REQUESTS)
    costs = [_ask(swarm.serving, f"/ipfs/{each}?format=car", STREAMS) for each in manifests]
    (small_cpu, small, _), (large_cpu, large, _) = costs
    look, notice = _trips(swarm, folder / "observer")
    return Probes(request, small_cpu, large_cpu, small, large, message, look, notice)


def _ask(peer: Peer, path: str, times: int) -> tuple[float, int, int]:
    """Processor seconds of an answer, its bytes, and half of all bytes both ways."""
    # All of it inside: a connection that the node closes is opened again where this thread is.
    with peer.host.entered():
        client = http.client.HTTPConnection(peer.host.address, PORT, timeout=ANSWER_SECONDS)
        deadline = time.monotonic() + _BATCH_SECONDS
        while _get(client, path)[0] != http.HTTPStatus.OK:
            # It serves a batch a moment after its index has it.
            if time.monotonic() > deadline:
                raise TimeoutError(f"{peer.name} does not serve {path}")
            time.sleep(LOOK_SECONDS)
        before = peer.usage().cpu_seconds
        for _ in range(times):
            status, size, headers = _get(client, path)
            assert status == http.HTTPStatus.OK, (path, status)
        cpu = (peer.usage().cpu_seconds - before) / times
        client.close()
    return cpu, size, (size + headers + REQUEST_BYTES) // 2


def _get(client: http.client.HTTPConnection, path: str) -> tuple[int, int, int]:
    """Status, bytes of the body, bytes of the headers."""
    client.request("GET", path)
    answer = client.getresponse()
    size = len(answer.read())
    return (
        answer.status,
        size,
        sum(len(name) + len(value) + 4 for name, value in answer.headers.items()),
    )


def _trips(swarm: Swarm, home: Path) -> tuple[float, float]:
    """Round trips to the chain: a node follows it over a path on which they are what takes time."""
    slow = dict(between())
    for region in REGIONS:
        slow[region, CHAIN_REGION] = slow[CHAIN_REGION, region] = Conditions(CHAIN_ROUND_TRIP / 2)
    chain = swarm.chain
    settings = load(
        home, rpc_url=chain.url, chain_id=chain.chain_id, deployment_file=chain.deployment
    )
    host = swarm.serving.host
    with Node(settings) as node:
        with host.entered():
            node.connect()
            node.follow()
        swarm.network.set_conditions(slow)
        try:
            with host.entered():
                idle = [_look(node) for _ in range(LOOKS)]
            found = []
            for _ in range(LOOKS):
                swarm.publisher.anchor(1)
                with host.entered():
                    found.append(_look(node))
        finally:
            swarm.network.set_conditions(between())
    # What else the machine does can only add to them.
    return min(idle), min(found)


def _look(node: Node) -> float:
    """Round trips of one look: what it took, less what it computed."""
    began, computed = time.monotonic(), time.process_time()
    node.follow()
    waited = time.monotonic() - began - (time.process_time() - computed)
    return waited / CHAIN_ROUND_TRIP
