"""Namespaces, where the machine allows them."""

import os

import pytest

from bench.network import NamespacesNeededError
from bench.network import require_namespaces


@pytest.fixture
def namespaces() -> None:
    """Skips the test where none can be made."""
    try:
        require_namespaces()
    except NamespacesNeededError as error:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(error.diagnostics())
        pytest.skip(error.diagnostics())
