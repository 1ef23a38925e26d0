"""Gas of creating a contract, where a node cannot estimate it yet.

Source: Ethereum yellow paper, appendix G; EIP-2028 (calldata), EIP-3860 (initcode).
"""

from contracts import Artefact

_TRANSACTION, _CREATE = 21_000, 32_000
_ZERO_BYTE, _OTHER_BYTE = 4, 16
_INITCODE_WORD, _CODE_BYTE = 2, 200
_CONSTRUCTOR = 40_000
"""Room for what a constructor does: storage is little, calls are few."""


def creation_gas(artefact: Artefact) -> int:
    """Gas of a deployment, about, where a node cannot estimate it yet."""
    words = -(-len(artefact.bytecode) // 32)
    zeros = artefact.bytecode.count(0)
    data = _ZERO_BYTE * zeros + _OTHER_BYTE * (len(artefact.bytecode) - zeros)
    deposit = _CODE_BYTE * len(artefact.deployed_bytecode)
    return _TRANSACTION + _CREATE + data + _INITCODE_WORD * words + deposit + _CONSTRUCTOR
