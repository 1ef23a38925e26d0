"""Names for addresses, where they have one."""

from collections.abc import Mapping

from ledger.chain import genesis
from ledger.node import Node


def names_of(node: Node) -> Mapping[str, str]:
    """EIP-55 address → name of the keys that the development chain comes with."""
    named = {signer.address: signer.label for signer in node.signers()}
    if node.settings.is_dev_chain:
        validators = genesis.dev_validators(node.settings)
        named |= {
            account.address: f"Development validator {place}"
            for place, account in enumerate(validators, 1)
        }
    return named
