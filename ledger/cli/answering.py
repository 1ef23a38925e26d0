"""One of several processes that answer: ``python -m ledger.cli.answering FD NUMBER URL``.

`perfledger up --workers` starts it; the three are told in `webapp.operations.workers`.
"""

from ledger.garbage import collect_rarely


def main() -> None:
    """Serve. The app is imported only then: a tenth of that time went into looks for cycles."""
    collect_rarely()
    from webapp.operations.workers import main as serve

    serve()


if __name__ == "__main__":
    main()
