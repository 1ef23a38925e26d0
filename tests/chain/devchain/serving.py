"""A process that serves a chain until it is told to stop, or killed.

Usage: ``python -m tests.chain.devchain.serving FILE``; the first line it prints is the URL.
"""

import sys
from pathlib import Path

from ledger.garbage import collect_rarely


def main(file: Path) -> None:
    """As the command does: what it is made of is imported without looks for cycles."""
    collect_rarely()
    from ledger.chain.devchain.chain import DevChain
    from ledger.chain.devchain.server import RunningServer
    from ledger.chain.devchain.server import serve_until_stopped

    def announce(server: RunningServer) -> None:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()

    with DevChain(file) as served:
        serve_until_stopped(served, ready=announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
