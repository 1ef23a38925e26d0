"""web3 on a chain in the same process."""

from collections.abc import Callable
from typing import Any
from typing import cast

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse


class DevChainProvider(JSONBaseProvider):
    """Passes requests to a dispatcher as JSON text, exactly as they would go over HTTP."""

    def __init__(self, handle_bytes: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._handle_bytes = handle_bytes

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One call."""
        response = self._handle_bytes(self.encode_rpc_request(method, params))
        return self.decode_rpc_response(response)

    def make_batch_request(
        self, batch_requests: list[tuple[RPCEndpoint, Any]]
    ) -> list[RPCResponse] | RPCResponse:
        """Several calls at once."""
        response = self._handle_bytes(self.encode_batch_rpc_request(batch_requests))
        return cast("list[RPCResponse] | RPCResponse", self.decode_rpc_response(response))
