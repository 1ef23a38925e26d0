"""Storage words out of the state proofs of a file (EIP-1186)."""

from collections.abc import Mapping
from collections.abc import Sequence

from ledger.chain.trie import InvalidTrieProofError
from ledger.chain.trie import decode_rlp
from ledger.chain.trie import value_at
from ledger.record.keccak import keccak
from ledger.verify.format import AccountPart
from ledger.verify.format import StatePart
from ledger.verify.results import Fault
from ledger.verify.results import Result

_ACCOUNT_ITEMS = 4
_STORAGE_ROOT = 2
_WORD_BYTES = 32


def read_words(
    state: StatePart, state_root: bytes, expected: Mapping[str, Sequence[bytes]]
) -> dict[tuple[str, bytes], int]:
    """The storage words by contract and slot.

    Args:
        state: the file's proofs.
        state_root: of the trusted header they must lead to.
        expected: the slots a verifier needs; the file must hold these and no others, in order.

    Raises:
        Fault: ``bad-state``, other contracts or slots, or a proof that does not lead to the root.
    """
    if [account.address for account in state.accounts] != list(expected):
        raise Fault(Result.BAD_STATE, "the state is not that of the trusted contracts")
    words: dict[tuple[str, bytes], int] = {}
    for account in state.accounts:
        if [part.slot for part in account.slots] != list(expected[account.address]):
            raise Fault(Result.BAD_STATE, f"the slots of {account.address} are not those needed")
        try:
            words.update(_words_of(account, state_root))
        except InvalidTrieProofError as error:
            raise Fault(Result.BAD_STATE, f"{account.address}: {error.message}") from error
    return words


def _words_of(account: AccountPart, state_root: bytes) -> dict[tuple[str, bytes], int]:
    key = keccak(bytes.fromhex(account.address[2:]))
    encoded = value_at(state_root, key, account.nodes)
    fields = None if encoded is None else decode_rlp(encoded)
    if not isinstance(fields, list) or len(fields) != _ACCOUNT_ITEMS:
        raise InvalidTrieProofError("there is no such account")
    storage_root = fields[_STORAGE_ROOT]
    return {
        (account.address, part.slot): _word(value_at(storage_root, keccak(part.slot), part.nodes))
        for part in account.slots
    }


def _word(encoded: bytes | None) -> int:
    value = b"" if encoded is None else decode_rlp(encoded)
    if not isinstance(value, bytes) or len(value) > _WORD_BYTES:
        raise InvalidTrieProofError("not a storage word")
    return int.from_bytes(value, "big")
