"""Several JSON-RPC calls in one round trip, and what they answer with, as plain values."""

from collections.abc import Sequence
from typing import Any

from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint
from web3.types import RPCResponse

CALLS_AT_ONCE = 100
"""In one batch: what public endpoints take without a murmur."""

Call = tuple[str, list[Any]]
"""A method and its parameters."""


def ask(w3: Web3, calls: Sequence[Call]) -> list[RPCResponse]:
    """The answers to calls, in their order; in one round trip for each `CALLS_AT_ONCE`."""
    requests = [(RPCEndpoint(method), params) for method, params in calls]
    answers: list[RPCResponse] = []
    for start in range(0, len(requests), CALLS_AT_ONCE):
        answers += _at_once(w3, requests[start : start + CALLS_AT_ONCE])
    return answers


def _at_once(w3: Web3, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
    provider: Any = w3.provider
    try:
        answers = provider.make_batch_request(requests)
    except NotImplementedError:
        answers = None
    if isinstance(answers, list) and len(answers) == len(requests):
        return answers
    return [provider.make_request(method, params) for method, params in requests]


def call(w3: Web3, method: str, *params: Any) -> Any:
    """The result of one call, as the node gives it: web3 refuses headers of some networks.

    Raises:
        Web3RPCError: the node answered with an error.
    """
    return result(ask(w3, [(method, list(params))])[0])


def result(answer: RPCResponse) -> Any:
    """The result of a call.

    Raises:
        Web3RPCError: the node answered with an error.
    """
    error = answer.get("error")
    if error is not None:
        message = error.get("message") if isinstance(error, dict) else error
        raise Web3RPCError(str(message), rpc_response=answer)
    return answer.get("result")
