"""The ``perfledger`` command: one module per family of subcommands."""

from ledger.cli.app import main

__all__ = ["main"]
