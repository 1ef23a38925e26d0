"""What a test needs and Python cannot bring."""

import os
from pathlib import Path

import pytest

from tools.services import Service


def required(service: Service) -> Path:
    """The service's program; skips the test without it, but not in CI, which has to have it."""
    path = service.find()
    if path is not None:
        return path
    message = f"no {service.name}: {service.by_hand}, or `python -m tools.services install`"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
