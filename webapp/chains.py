"""The ledger's chain as wallets take it."""

from typing import Any

from ledger.node import Node

DEV_NAME = "perfledger development chain"


def wallet_chain(node: Node) -> dict[str, Any]:
    """What a wallet needs to be on the ledger's chain, see EIP-3085.

    ``rpcUrls`` is empty where there is none to give: the operator's own endpoint may be known to
    nobody else, and a key that stands in it must not become known.
    """
    deployment = node.deployment
    urls = [node.chain_url] if node.settings.is_dev_chain else []
    return {
        "chainId": hex(deployment.chain_id),
        "chainName": DEV_NAME if node.settings.is_dev_chain else deployment.network,
        "nativeCurrency": {"name": "Ether", "symbol": "ETH", "decimals": 18},
        "rpcUrls": urls,
    }
