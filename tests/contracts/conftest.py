import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts import sources
from tests.contracts.chain import Chain
from tests.contracts.evm import Evm
from tools import node


@pytest.fixture(scope="session")
def deployed_chain() -> Chain:
    return Chain.started()


@pytest.fixture
def chain(deployed_chain: Chain) -> Iterator[Chain]:
    """The contracts as just deployed; what the test does is undone."""
    snapshot = deployed_chain.tester.take_snapshot()
    yield deployed_chain
    deployed_chain.tester.revert_to_snapshot(snapshot)


@pytest.fixture(scope="session")
def deployed_evm() -> Evm:
    return Evm(Chain.started())


@pytest.fixture
def evm(deployed_evm: Evm) -> Iterator[Evm]:
    """The contracts as just deployed, without a chain around them; see `Evm`."""
    snapshot = deployed_evm.snapshot()
    yield deployed_evm
    deployed_evm.revert(snapshot)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """npm's packages; skips where there is no Node, but not in CI, which has to have it."""
    with skipped_without_node():
        return node.npm_ci(sources.FOLDER)


@pytest.fixture
def any_node() -> None:
    """Skips where there is no Node.js, but not in CI."""
    with skipped_without_node():
        node.find()


@contextmanager
def skipped_without_node() -> Iterator[None]:
    try:
        yield
    except node.NodeMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(error.diagnostics())
