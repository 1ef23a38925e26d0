"""``python -m ledger.cli``: the command, where its script is not on PATH."""

from ledger.cli import main

main()
