"""What a test needs and Python cannot bring."""

import os
from pathlib import Path

import pytest

from tools import node
from tools.services import Service

NPM = Path(__file__).parent / "npm"
"""Its lockfile lists other implementations, in JavaScript, that ours is held against."""


def required(service: Service) -> Path:
    """The service's program; skips the test without it, but not in CI, which has to have it."""
    path = service.find()
    if path is not None:
        return path
    message = f"no {service.name}: {service.by_hand}, or `python -m tools.services install`"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def npm_modules(folder: Path = NPM) -> Path:
    """npm's packages for tests; skips without Node.js, but not in CI, which has to have it."""
    try:
        return node.npm_ci(folder)
    except node.NodeMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(error.message)
