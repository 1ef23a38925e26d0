"""The key that settings name."""

from collections.abc import Callable

from ledger.chain.keystore import Keystore
from ledger.chain.keystore import account_of
from ledger.chain.keystore import read_password
from ledger.chain.remote_signer import RemoteSigner
from ledger.chain.signers import LocalSigner
from ledger.chain.signers import Signer
from ledger.errors import SettingsError
from ledger.record.eip712 import address_of
from ledger.settings import Settings

AskPassword = Callable[[str], str]
"""Asks a person for the password of an address."""


def own_signer(settings: Settings, ask_password: AskPassword | None = None) -> Signer | None:
    """The key that this node signs and pays with, or None if none is set.

    Args:
        settings: say which key.
        ask_password: asks for the password of a key file where no setting has it.

    Raises:
        SettingsError: settings contradict each other, or lack the password.
        InvalidInputError: the private key, the key file or the password is wrong.
        NotFoundError: there is no such key file.
    """
    if settings.private_key is not None:
        if settings.account is not None:
            raise SettingsError(
                "both a private key and an account are set",
                hint="Unset PERFLEDGER_PRIVATE_KEY or PERFLEDGER_ACCOUNT.",
            )
        private_key = settings.private_key.get_secret_value()
        return LocalSigner(account_of(private_key, name="PERFLEDGER_PRIVATE_KEY"))
    if settings.signer_url is not None:
        if settings.account is None:
            raise SettingsError(
                "PERFLEDGER_SIGNER_URL is set, and no account",
                hint="Set PERFLEDGER_ACCOUNT to the address that the signer should sign for.",
            )
        return RemoteSigner(settings.signer_url, settings.account)
    if settings.account is not None:
        password = _password(settings, settings.account, ask_password)
        return Keystore(settings.keys_path).signer(settings.account, password)
    return None


def own_account(settings: Settings) -> tuple[str, str] | None:
    """The address of the key that this node signs and pays with, and where the key is.

    Raises:
        InvalidInputError: the private key, or the address, is none.
    """
    if settings.private_key is not None:
        name = "PERFLEDGER_PRIVATE_KEY"
        key = settings.private_key.get_secret_value()
        return str(account_of(key, name=name).address), name
    if settings.account is not None:
        place = "a key file" if settings.signer_url is None else "the signer"
        return address_of(settings.account), place
    return None


def _password(settings: Settings, address: str, ask: AskPassword | None) -> str:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is not None:
        return read_password(settings.password_file)
    if ask is not None:
        return ask(address)
    raise SettingsError(
        f"the key of {address} needs its password",
        hint="Set PERFLEDGER_PASSWORD_FILE to a file that holds it, or PERFLEDGER_PASSWORD.",
    )
