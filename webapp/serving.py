"""Which node an app serves."""

from flask import Flask
from flask import current_app

from ledger.node import Node

_KEY = "perfledger"


def attach(app: Flask, node: Node) -> None:
    """Make a node the app's."""
    app.extensions[_KEY] = node


def node() -> Node:
    """The node of the app that serves the present request."""
    found = current_app.extensions[_KEY]
    assert isinstance(found, Node)
    return found
