"""The funded accounts: public keys to the world, and private ones too.

They come from the mnemonic that Hardhat and Anvil made well known. Anybody can sign with them, so
they must hold nothing on any other chain.
"""

from functools import cache

from eth_account import Account
from eth_account.hdaccount import seed_from_mnemonic
from eth_account.hdaccount.deterministic import HDPath
from eth_account.signers.local import LocalAccount

MNEMONIC = "test test test test test test test test test test test junk"
"""BIP-39 mnemonic of the development accounts."""

ACCOUNT_COUNT = 20
"""How many of them hold ether from the first block on."""

INITIAL_BALANCE = 10_000 * 10**18
"""What each holds in the first block, in wei."""


@cache
def dev_account(index: int) -> LocalAccount:
    """The development account at BIP-44 path ``m/44'/60'/0'/0/index``.

    Raises:
        ValueError: the index is negative.
    """
    if index < 0:
        raise ValueError(f"an account's index is not negative: {index}")
    account: LocalAccount = Account.from_key(HDPath(f"m/44'/60'/0'/0/{index}").derive(_seed()))
    return account


def is_dev_account(address: str) -> bool:
    """Whether everybody can sign for an address (EIP-55)."""
    return any(dev_account(index).address == address for index in range(ACCOUNT_COUNT))


@cache
def _seed() -> bytes:
    # PBKDF2 with 2,048 rounds: about as slow as the derivation itself, and needed only once.
    seed: bytes = seed_from_mnemonic(MNEMONIC, "")
    return seed
