"""What Prometheus reads: counters of this process or of all workers, and gauges of the node."""

import os
from collections.abc import Callable
from collections.abc import Sequence
from ipaddress import IPv4Network
from ipaddress import IPv6Network
from ipaddress import ip_address

from flask import Response
from flask import request
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client import REGISTRY
from prometheus_client import CollectorRegistry
from prometheus_client import Counter
from prometheus_client import Gauge
from prometheus_client import Histogram
from prometheus_client import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from webapp.operations.proxies import DIRECT
from webapp.problems import ForbiddenError

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: where the processes of one node keep their counters, for each other."""

REQUESTS = Counter(
    "perfledger_http_requests_total", "Requests that ended.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "perfledger_http_request_seconds",
    "Time from a request's first line to the last byte of its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
UNDER_WAY = Gauge(
    "perfledger_http_requests_under_way",
    "Requests that are being answered.",
    multiprocess_mode="livesum",
)
REFUSALS = Counter("perfledger_rate_limit_refusals_total", "Requests refused for their number.")


class MetricsRefusedError(ForbiddenError):
    """Figures are for operators."""

    def __init__(self) -> None:
        super().__init__(
            "figures of this node are not for this address",
            hint="Ask from the node's own machine, or have PERFLEDGER_METRICS_NETWORKS name the "
            "network of whatever asks.",
        )


def scrape(
    gauges: Collector, allowed: Sequence[IPv4Network | IPv6Network]
) -> Callable[[], Response]:
    """A view that gives every figure.

    Args:
        gauges: gives those that are read off the node when they are asked for.
        allowed: networks from which it may be asked.
    """

    def view() -> Response:
        if not _is_allowed(allowed):
            raise MetricsRefusedError
        shared = SHARED_FOLDER in os.environ
        counters = CollectorRegistry() if shared else REGISTRY
        if shared:
            MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
        own = CollectorRegistry()
        own.register(gauges)
        body = generate_latest(counters) + generate_latest(own)
        return Response(body, content_type=CONTENT_TYPE_LATEST)

    return view


def _is_allowed(networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    through = {"X-Forwarded-For", "Forwarded"} & {name for name, _ in request.headers}
    if through and request.environ.get(DIRECT) == request.remote_addr:
        return False  # from a proxy that is not trusted, so from anybody
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(address in network for network in networks)
