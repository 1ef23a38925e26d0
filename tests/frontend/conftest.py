from collections.abc import Iterator

import pytest

from tests.frontend.browser_verifier import BrowserVerifier
from tests.services import npm_modules
from tools import frontend
from tools import node


@pytest.fixture(scope="session")
def verifier() -> Iterator[BrowserVerifier]:
    npm_modules(frontend.FOLDER)
    with BrowserVerifier(node.find()) as started:
        yield started
