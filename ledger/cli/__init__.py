"""The ``perfledger`` command: one module per family of subcommands."""

from ledger.garbage import collect_rarely

__all__ = ["main"]


def main() -> None:
    """Run the command.

    What it is made of is imported only then: a quarter of that time went into looks for cycles.
    """
    collect_rarely()
    from ledger.cli.app import main as run

    run()
