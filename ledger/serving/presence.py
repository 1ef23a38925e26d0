"""Under which name and addresses a node serves."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.peers.multiaddress import multiaddress_of
from ledger.peers.peer_id import PeerID
from ledger.serving.providers import ProviderRecord
from ledger.settings import Settings


class Presence:
    """What a node says of itself.

    Args:
        peer_id: its name.
        settings: may name the URLs under which others reach it.

    Raises:
        SettingsError: one of these is no URL, or says more than scheme, host and port.
    """

    def __init__(self, peer_id: PeerID, settings: Settings) -> None:
        self.peer_id = peer_id
        self._public = tuple(
            _public(each.strip()) for each in (settings.public_url or "").split(",") if each.strip()
        )
        self._listening: tuple[str, ...] = ()

    def listening_at(self, url: str) -> None:
        """Say where the app listens, which stands in for public addresses where none are set."""
        self._listening = () if is_every_address(url) else (multiaddress_of(url),)

    @property
    def record(self) -> ProviderRecord:
        """The node as a provider; without addresses where it does not know how others reach it."""
        return ProviderRecord(self.peer_id, self._public or self._listening)


def _public(url: str) -> str:
    try:
        return multiaddress_of(url)
    except InvalidInputError as error:
        raise SettingsError(
            f"public_url: {error.message}", hint="Set PERFLEDGER_PUBLIC_URL to https://node.example"
        ) from error


def is_every_address(url: str) -> bool:
    """Whether a host stands for all of a machine's addresses, and so for none to others."""
    try:
        return ip_address(urlsplit(url).hostname or "").is_unspecified
    except ValueError:
        return False
