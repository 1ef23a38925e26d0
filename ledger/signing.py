"""The part of a node that reaches its chain and signs."""

from dataclasses import dataclass
from functools import cached_property

from ledger.chain import connection
from ledger.chain import genesis
from ledger.chain.connection import ChainConnection
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.accounts import is_dev_account
from ledger.chain.devchain.identity import is_development_chain
from ledger.chain.keys import AskPassword
from ledger.chain.keys import own_account
from ledger.chain.keys import own_signer
from ledger.chain.signers import LocalSigner
from ledger.chain.signers import Signer
from ledger.errors import SettingsError
from ledger.offline import Observer
from ledger.offline import OfflineNode
from ledger.settings import Settings


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """A key that this node can sign contributions with."""

    address: str
    label: str


class SigningNode(OfflineNode):
    """A node with its chain and its keys.

    Args:
        settings: what it is told.
        observer: told the name of each step just after it is durable.
        ask_password: asks a person for the password of a key file, where no setting has it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        observer: Observer = lambda _: None,
        ask_password: AskPassword | None = None,
    ) -> None:
        super().__init__(settings, observer=observer)
        self._ask_password = ask_password

    @cached_property
    def chain(self) -> ChainConnection:
        """The chain; on the development chain, this process serves it if none does."""
        return self._open.enter_context(connection.connect(self.settings))

    @property
    def chain_url(self) -> str:
        """Where the chain is reached, fit to be shown: keys that a URL may hold are left out."""
        return self.chain.url

    def keys(self) -> list[SignerInfo]:
        """Keys that the command may sign with, the one it uses by default first.

        The own key is named without being opened, which may take a password.

        Raises:
            InvalidInputError: PERFLEDGER_PRIVATE_KEY is no private key.
        """
        own = own_account(self.settings)
        if own is None:
            return self.signers()
        others = [each for each in self.signers() if each.address != own[0]]
        return [SignerInfo(*own), *others]

    def signers(self) -> list[SignerInfo]:
        """Keys that the app may sign with: development accounts, on the development chain only."""
        if not self.settings.is_dev_chain:
            return []
        return [
            SignerInfo(dev_account(place).address, f"Development account {place}")
            for place in genesis.CONTRIBUTORS
        ]

    @property
    def has_key(self) -> bool:
        """Whether this node can sign and pay."""
        chosen = (self.settings.private_key, self.settings.account)
        return self.settings.is_dev_chain or any(each is not None for each in chosen)

    def signer(self, address: str | None = None) -> Signer:
        """The key of an address, or the one that contributes by default.

        Raises:
            SettingsError: no key is set, or none for that address.
        """
        own = self._own_signer
        if own is not None and address in {None, own.address}:
            self._refuse_development_key(own.address)
            return own
        if self.settings.is_dev_chain:
            for place in genesis.CONTRIBUTORS:
                if address in {None, dev_account(place).address}:
                    return LocalSigner(dev_account(place))
        if address is None:
            raise SettingsError(
                "no key is set to contribute with",
                hint="Make one with `perfledger keys new` and set PERFLEDGER_ACCOUNT to its "
                "address; development keys work on the development chain only.",
            )
        raise SettingsError(
            f"this node has no key for {address}", hint="Choose one that `perfledger status` lists."
        )

    @cached_property
    def _own_signer(self) -> Signer | None:
        return own_signer(self.settings, self._ask_password)

    @cached_property
    def _is_development_chain(self) -> bool:
        return self.settings.is_dev_chain or is_development_chain(self.chain.w3)

    def _refuse_development_key(self, address: str) -> None:
        """Its chain id does not tell a development chain: geth's own has the same."""
        if is_dev_account(address) and not self._is_development_chain:
            raise SettingsError(
                f"{address} is a development account: everybody has its key",
                hint="Use a key of your own on this chain: `perfledger keys new` makes one.",
            )
