"""How a development chain is told from every other: not by its id, which geth's own has too."""

from importlib.metadata import version

from web3 import Web3

_CLIENT = "perfledger/"


def client_version() -> str:
    """What ``web3_clientVersion`` answers."""
    return f"{_CLIENT}{version('perfledger')}/py-evm/{version('py-evm')}"


def is_development_chain(w3: Web3) -> bool:
    """Whether an endpoint says that it is a development chain of this program."""
    return w3.client_version.startswith(_CLIENT)
