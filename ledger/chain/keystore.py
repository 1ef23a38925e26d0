"""Private keys in encrypted files, one per address.

Files are Web3 Secret Storage, version 3, as geth, clef and wallets read and write them
(https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage).
"""

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger.chain.signers import LocalSigner
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.record.eip712 import address_of
from ledger.store.files import write_durably

MAX_FILE_BYTES = 64 * 1024
"""A key file has about 500 bytes."""

_OWNER_ONLY = 0o600


class KeyFileError(InvalidInputError):
    """A key file cannot be used."""


class WrongPasswordError(InvalidInputError):
    """The password does not open the key file."""


class Keystore:
    """The encrypted keys in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def addresses(self) -> list[str]:
        """EIP-55 addresses of the keys that are here."""
        return sorted(path.stem for path in self._folder.glob("0x*.json"))

    def path(self, address: str) -> Path:
        """The file of a key."""
        return self._folder / f"{address_of(address)}.json"

    def create(self, password: str) -> str:
        """Make a key; returns its address."""
        return self._keep(Account.create(), password)

    def add(self, private_key: str, password: str) -> str:
        """Keep a private key (64 hexadecimal digits); returns its address.

        Raises:
            InvalidInputError: it is not a private key.
        """
        return self._keep(account_of(private_key), password)

    def add_file(self, path: Path, password: str) -> str:
        """Keep the key of another program's key file, after a look at the password.

        Raises:
            KeyFileError: it is not a key file.
            WrongPasswordError: the password does not open it.
        """
        return self._keep(_open(path, password), password)

    def signer(self, address: str, password: str) -> LocalSigner:
        """The key of an address.

        Raises:
            NotFoundError: there is none.
            KeyFileError: its file is damaged.
            WrongPasswordError: the password does not open it.
        """
        path = self.path(address)
        if not path.exists():
            raise NotFoundError(
                f"there is no key file of {address} in {self._folder}",
                hint="`perfledger keys list` shows which there are; `perfledger keys import` adds "
                "one.",
            )
        account = _open(path, password)
        if account.address != address_of(address):
            raise KeyFileError(
                f"{path} holds the key of {account.address}", hint="Restore it from a backup."
            )
        return LocalSigner(account)

    def _keep(self, account: LocalAccount, password: str) -> str:
        path = self.path(account.address)
        if not path.exists():
            content: dict[str, Any] = account.encrypt(password)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_durably(path, (json.dumps(content) + "\n").encode(), mode=_OWNER_ONLY)
        return str(account.address)


def read_password(path: Path) -> str:
    """The password in a file, without the newline that editors end it with.

    Raises:
        InvalidInputError: it cannot be read, or is empty.
    """
    try:
        password = path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"the password file {path} cannot be read: {error}",
            hint="It is a text file with the password in its first line, which you may read.",
        ) from error
    if not password:
        raise InvalidInputError(
            f"the password file {path} is empty", hint="Write the password into its first line."
        )
    return password


def account_of(private_key: str, *, name: str = "this") -> LocalAccount:
    """The account of a private key.

    Raises:
        InvalidInputError: it is not one; the message does not repeat it.
    """
    try:
        account: LocalAccount = Account.from_key(private_key.strip())
    except ValueError:
        raise InvalidInputError(
            f"{name} is not a private key", hint="It is 64 hexadecimal digits, with or without 0x."
        ) from None
    return account


def _open(path: Path, password: str) -> LocalAccount:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise KeyFileError(f"{path} is too large for a key file", hint="Is it the right file?")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(path) from error
    try:
        return account_of(bytes(Account.decrypt(content, password)).hex())
    except (KeyError, TypeError, AttributeError, NotImplementedError) as error:
        raise _unusable(path) from error
    except ValueError as error:
        if "MAC" not in str(error):
            raise _unusable(path) from error
        raise WrongPasswordError(
            f"the password does not open {path}", hint="Try again; nothing was changed."
        ) from None


def _unusable(path: Path) -> KeyFileError:
    return KeyFileError(
        f"{path} is not a key file that can be read",
        hint="It should be JSON as geth and wallets write it (Web3 Secret Storage, version 3).",
    )
