"""JSON-RPC endpoints whose outages are errors a user understands."""

import re
from typing import Any

import requests
from web3 import HTTPProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from ledger.errors import UnavailableError

REQUEST_SECONDS = 30


class Endpoint(HTTPProvider):
    """A JSON-RPC endpoint.

    Args:
        url: where it is reached.
        seconds: how long an answer may take.
        what: what is there, in words.
    """

    def __init__(
        self, url: str, *, seconds: float = REQUEST_SECONDS, what: str = "the chain"
    ) -> None:
        super().__init__(
            url, request_kwargs={"timeout": seconds}, exception_retry_configuration=None
        )
        self._what = what

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Call a method.

        Raises:
            UnavailableError: no answer, or none that is JSON-RPC.
        """
        try:
            return super().make_request(method, params)
        except (requests.RequestException, ValueError) as error:
            raise UnavailableError(
                f"{self._what} does not answer at {without_credentials(str(self.endpoint_uri))}: "
                f"{type(error).__name__}",
                hint="Is it up? `perfledger doctor` looks at it. What is on its way goes on by "
                "itself once it answers.",
            ) from error


def without_credentials(url: str) -> str:
    """RPC providers put keys into paths, queries and user names; none belongs into a message."""
    scheme, _, rest = url.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}://{host}" if rest else url
