"""The app of a node without pages: what it gives to other nodes, and nothing else."""

from flask import Flask

from ledger.node import Node
from webapp import gateway
from webapp import hosts
from webapp import limits
from webapp import peering
from webapp import routing
from webapp import security
from webapp.gateway import answers
from webapp.peering import metering
from webapp.serving import attach

BODY_BYTES = 512 * 1024
"""The longest request names 2,000 blocks."""


def create_peer_app(node: Node) -> Flask:
    """The app over a node, which outlives it."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.url_map.strict_slashes = False
    attach(app, node)
    metering.init_app(app, node)
    hosts.init_app(app, node.settings.node_host)
    security.init_app(app)
    answers.init_app(app)
    limits.init_app(app)
    for family in (gateway, routing, peering):
        app.register_blueprint(family.blueprint)
    return app
