"""A Kubo daemon as others see it: where it is reached, and whom it knows."""

from collections.abc import Sequence
from contextlib import suppress

from pydantic import SecretStr

from ledger.errors import UnavailableError
from ledger.store.kubo_rpc import KuboRPC

MOST_ADDRESSES = 20
"""Of the addresses to connect to, which another service names."""

CONNECT_SECONDS = 5


class KuboPeer:
    """A daemon that has the blocks, for a pinning service to fetch them from."""

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        self._rpc = KuboRPC(url, token)

    def addresses(self) -> list[str]:
        """Its multiaddresses, with its peer id.

        Raises:
            UnavailableError: it does not answer.
        """
        return list(self._rpc.ask("id")[0]["Addresses"] or ())

    def connect(self, addresses: Sequence[str]) -> None:
        """Connect to other nodes; one that cannot be reached may reach this one by itself."""
        for address in addresses[:MOST_ADDRESSES]:
            with suppress(UnavailableError):
                self._rpc.ask("swarm/connect", address, timeout=f"{CONNECT_SECONDS}s")

    def close(self) -> None:
        """Close its connections."""
        self._rpc.close()
