"""The contract tests on real nodes: the same functions, with contracts deployed there."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from tests.chain.nodes.contracts import ETHER_EACH
from tests.chain.nodes.contracts import PARTS
from tests.chain.nodes.contracts import NodeChain
from tests.chain.nodes.servers import KINDS
from tests.chain.nodes.servers import EthereumNode
from tests.contracts import test_attestations
from tests.contracts import test_deploy
from tests.contracts import test_equivocation
from tests.contracts import test_gas
from tests.contracts import test_registry_anchor
from tests.contracts import test_registry_corrections
from tests.contracts import test_registry_proofs
from tests.contracts import test_validator_set
from tests.contracts import test_validator_set_parameters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["anvil", "geth"])
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EthereumNode]:
    """Not the development chain: its contracts run on py-evm, as eth-tester's do."""
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture(scope="module")
def parts(node: EthereumNode) -> list[LocalAccount]:
    return [node.funded(ETHER_EACH) for _ in range(PARTS)]


@pytest.fixture(scope="module")
def deployed(node: EthereumNode, parts: list[LocalAccount]) -> NodeChain:
    return NodeChain.deployed_on(node, parts)


@pytest.fixture
def chain(deployed: NodeChain) -> Iterator[NodeChain]:
    """The contracts as just deployed, on a node that other tests use as well."""
    node = deployed.node
    if node.kind == "anvil":
        snapshot = node.ask("evm_snapshot")
        yield deployed
        assert node.ask("evm_revert", snapshot)
    else:  # it takes nothing back
        yield NodeChain.deployed_on(node, deployed.parts)


batch_id = test_attestations.batch_id


def cases(module: ModuleType) -> dict[str, Any]:
    """The tests of a module that ask for a chain, with the module's name in theirs."""
    subject = module.__name__.rpartition(".")[2].removeprefix("test_")
    return {
        f"test_{subject}: {name.removeprefix('test_').replace('_', ' ')}": function
        for name, function in vars(module).items()
        if name.startswith("test_") and "chain" in inspect.signature(function).parameters
    }


for _module in (
    test_deploy,
    test_registry_anchor,
    test_registry_corrections,
    test_registry_proofs,
    test_attestations,
    test_validator_set,
    test_validator_set_parameters,
    test_equivocation,
    test_gas,
):
    globals().update(cases(_module))
