"""Which node an app serves, and what of it."""

from flask import Flask
from flask import current_app

from ledger.index.feed import Feed
from ledger.index.queries import Queries
from ledger.node import Node
from ledger.settings import Settings
from webapp.hosts import is_loopback

_KEY = "perfledger"


def attach(app: Flask, node: Node) -> None:
    """Make a node the app's."""
    app.extensions[_KEY] = node


def node() -> Node:
    """The node of the app that serves the present request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, Node)
    return found


def queries() -> Queries:
    """What this app answers out of.

    Records that are acknowledged here and in no batch yet are drafts: they may never be signed.
    They are shown on this machine, and not to everybody who reaches an app that listens elsewhere.
    """
    served = node()
    return served.queries if is_private(served) else served.published


def feed() -> Feed:
    """What changes in what this app answers out of."""
    served = node()
    return served.feed if is_private(served) else served.published_feed


def is_private(served: Node) -> bool:
    """Whether only this machine reaches the app: a proxy before it reaches others."""
    settings = served.settings
    return is_loopback(settings.app_host) and not settings.trusted_proxies


def proxied(settings: Settings) -> list[str]:
    """URLs under which proxies serve the app."""
    return settings.urls("public_url") if settings.trusted_proxies else []
