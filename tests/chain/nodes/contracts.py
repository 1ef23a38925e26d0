"""The contracts on a node of any kind, as the contract tests know them from eth-tester."""

from collections.abc import Callable
from functools import cached_property
from functools import partial
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_tester.exceptions import TransactionFailed
from web3 import Web3
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.middleware import Web3Middleware
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from contracts.deploy import deploy
from ledger.chain.connection import Endpoint
from tests.chain.nodes.servers import EthereumNode
from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import QUORUM
from tests.contracts.chain import Chain

PARTS = 8
"""Accounts that play parts in the contract tests."""

ETHER_EACH = 500

POLL_SECONDS = 0.005


class KnowsItsChain(Web3Middleware):
    """Asks for the id of the chain once; web3 does before each call, a third of all requests."""

    def wrap_make_request(
        self, make_request: Callable[[RPCEndpoint, Any], RPCResponse]
    ) -> Callable[[RPCEndpoint, Any], RPCResponse]:
        known: list[RPCResponse] = []

        def asked(method: RPCEndpoint, parameters: Any) -> RPCResponse:
            if method != "eth_chainId":
                return make_request(method, parameters)
            if not known:
                known.append(make_request(method, parameters))
            return known[0].copy()

        return asked


class RevertsAsEthTester(Web3Middleware):
    """Raises what eth-tester raises where a contract refuses, so that the same tests read it."""

    def wrap_make_request(
        self, make_request: Callable[[RPCEndpoint, Any], RPCResponse]
    ) -> Callable[[RPCEndpoint, Any], RPCResponse]:
        def asked(method: RPCEndpoint, parameters: Any) -> RPCResponse:
            answer = make_request(method, parameters)
            error = answer.get("error")
            if isinstance(error, dict) and isinstance(error.get("data"), str):
                data = bytes.fromhex(error["data"].removeprefix("0x"))
                raise TransactionFailed(f"execution reverted: {data!r}")
            return answer

        return asked


def signing_client(node: EthereumNode, accounts: list[LocalAccount]) -> Web3:
    """A client that signs here for these accounts: the node knows none of their keys."""
    w3 = Web3(Endpoint(node.url))
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(accounts), layer=0)
    w3.middleware_onion.inject(RevertsAsEthTester, layer=0)
    w3.middleware_onion.inject(KnowsItsChain, layer=0)
    # Other nodes than eth-tester answer before they mine.
    w3.eth.wait_for_transaction_receipt = partial(  # type: ignore[method-assign]
        w3.eth.wait_for_transaction_receipt, poll_latency=POLL_SECONDS
    )
    return w3


class NodeChain(Chain):
    """Contracts of its own on a node, and accounts that it shares with other tests."""

    node: EthereumNode
    parts: list[LocalAccount]

    def __repr__(self) -> str:
        return f"NodeChain({self.node.kind})"

    @classmethod
    def deployed_on(cls, node: EthereumNode, parts: list[LocalAccount]) -> "NodeChain":
        w3 = signing_client(node, parts)
        deployed = deploy(
            w3,
            parts[0].address,
            governor=parts[1].address,
            quorum=QUORUM,
            bond_wei=BOND,
            exit_delay_seconds=EXIT_DELAY,
        )
        made = cls.__new__(cls)
        made.w3, made.deployed, made.node, made.parts = w3, deployed, node, parts
        return made

    @cached_property
    def accounts(self) -> list[LocalAccount]:
        return self.parts

    @cached_property
    def tester(self) -> "AnvilTester":  # type: ignore[override]
        if self.node.kind != "anvil":
            pytest.skip(f"{self.node.kind} can neither take back nor hold back blocks")
        return AnvilTester(self.node)

    def pass_time(self, seconds: int) -> None:
        now = self.w3.eth.get_block("latest")["timestamp"]
        if self.node.kind == "geth":
            pytest.skip("the clock of geth --dev cannot be set")
        self.node.ask("evm_setNextBlockTimestamp", hex(now + seconds))
        self.node.mine()


class AnvilTester:
    """What the contract tests ask of eth-tester, in the words of Anvil."""

    def __init__(self, node: EthereumNode) -> None:
        self._node = node

    def take_snapshot(self) -> Any:
        return self._node.ask("evm_snapshot")

    def revert_to_snapshot(self, snapshot: Any) -> None:
        assert self._node.ask("evm_revert", snapshot)

    def mine_block(self) -> None:
        self._node.mine()

    def disable_auto_mine_transactions(self) -> None:
        self._node.ask("evm_setAutomine", False)

    def enable_auto_mine_transactions(self) -> None:
        # Mined first: on a pool that still holds transactions Anvil would mine a block of its own,
        # before or after the one that is asked for.
        self._node.mine()
        self._node.ask("evm_setAutomine", True)
