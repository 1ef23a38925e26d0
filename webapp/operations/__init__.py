"""What operators see of the app: health, readiness, figures, and a line for each request."""

from flask import Flask

from ledger.node import Node
from webapp.operations import gauges
from webapp.operations import health
from webapp.operations.metrics import scrape
from webapp.operations.proxies import TrustedProxies
from webapp.operations.requests import Requests
from webapp.operations.requests import remember_route

__all__ = ["init_app"]


def init_app(app: Flask, node: Node) -> None:
    """Count requests, tell how the node stands, and see through proxies that are trusted.

    To be called last: what comes first to a request is what was put around the app last.
    """
    settings = node.settings
    app.add_url_rule(health.ALIVE, "alive", health.alive)
    app.add_url_rule(health.READY, "ready", health.Readiness(node).answer)
    allowed = settings.networks("metrics_networks")
    app.add_url_rule("/metrics", "metrics", scrape(gauges.of(node), allowed))
    app.url_value_preprocessor(remember_route)
    app.wsgi_app = Requests(app.wsgi_app, app)  # type: ignore[method-assign]
    app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
        app.wsgi_app, settings.networks("trusted_proxies")
    )
