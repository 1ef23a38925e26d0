"""Carries what is in the outbox of a home folder until it is final.

Usage: ``python -m tests.anchor.carrying HOME``
"""

import sys
from pathlib import Path

from ledger.anchor.outbox.batches import BatchState
from ledger.node import Node
from tests.anchor.homes import template_settings

if __name__ == "__main__":
    with Node(template_settings(Path(sys.argv[1]))) as node:
        while {batch.state for batch in node.outbox.batches.all()} != {BatchState.FINAL}:
            node.carrier.step()
