"""Keeps Python's recursion limit at what the C stack can hold.

py_ecc, which web3 and py-evm import, raises the limit to 100,000. Python up to 3.11 counts frames
of C against the same limit, so that parsing nested text (``json.loads("[" * 100_000)``, a request
to the app) would overflow the stack and end the process, where it should raise `RecursionError`.
"""

import importlib
import sys

PY_ECC_LIMIT = 100_000
"""What ``py_ecc/__init__.py`` asks for."""

EVM_LIMIT = 1024 * 12
"""What py-evm needs for the 1,024 nested calls that the EVM allows (``eth/__init__.py``)."""


def restore() -> None:
    """Put the limit back to what py-evm needs."""
    importlib.import_module("py_ecc")  # raises the limit once; a later import would undo this
    if sys.getrecursionlimit() >= PY_ECC_LIMIT:
        sys.setrecursionlimit(EVM_LIMIT)
