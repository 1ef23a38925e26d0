"""The block that stands for a record which only the members of a group can read.

It takes a record's place everywhere: it is a leaf, it has a CID, it is anchored and fetched like
any other. It holds a file of age (C2SP, age-encryption.org/v1) and nothing else, so that whoever
cannot open it learns no more than its size. `ledger.groups` seals and opens them.

The file is the one place where the ledger's blocks hold bytes that are no link: what begins like a
file of age is no binary CID, whose first byte is 0, 1 or 0x12.
"""

from ledger.record import dagcbor

KIND = "perfledger/envelope"
VERSION = 1
MAX_ENVELOPE_BYTES = 256 * 1024
"""As of a record, so that nobody's limits on what a batch holds are other ones."""

MAGIC = b"age-encryption.org/v1\n"
"""How every file of age begins, whoever can read it."""

MAX_STANZAS = 160
"""Entries of the header, each of which a reader may have to try: 128, and those that age adds
of its own."""

MAX_HEADER_BYTES = 16 * 1024
"""128 recipients need 13 kB. The time that age takes to read a header grows with the square of its
size, whoever wrote it: 64 KiB take seconds, and these at most one."""

MAX_STANZA_BYTES = 1024
"""An entry for an X25519 recipient has 100; those that age adds of its own have less than 300."""

_END_OF_HEADER, _STANZA = b"\n---", b"\n-> "

_MARK = b"dkind" + bytes([0x60 + len(KIND)]) + KIND.encode()
"""What the block of any envelope holds, in the canonical form of the entry. Few records do."""


class MalformedEnvelopeError(dagcbor.MalformedBlockError):
    """A block says that it is an envelope, and is none of a version known here."""


def wrap(ciphertext: bytes) -> bytes:
    """The block that holds a file of age.

    Raises:
        MalformedEnvelopeError: it is none, or too large.
    """
    _require_file(ciphertext)
    block = dagcbor.encode({"kind": KIND, "version": VERSION, "age": ciphertext})
    if len(block) > MAX_ENVELOPE_BYTES:
        raise MalformedEnvelopeError(
            f"the envelope has {len(block):,} bytes; at most {MAX_ENVELOPE_BYTES:,} are allowed"
        )
    return block


def is_envelope(block: bytes) -> bool:
    """Whether a block says that it is one, of whatever version; no record can."""
    if _MARK not in block:
        return False
    try:
        value = dagcbor.decode(block, max_bytes=MAX_ENVELOPE_BYTES)
    except dagcbor.MalformedBlockError:
        return False
    return isinstance(value, dict) and value.get("kind") == KIND


def unwrap(block: bytes) -> bytes:
    """The file of age in an envelope.

    Raises:
        NonCanonicalError: other bytes than `wrap` writes.
        MalformedEnvelopeError: another version, another shape, or no file of age.
        MalformedBlockError: too large, or not DAG-CBOR.
    """
    value = dagcbor.decode(block, max_bytes=MAX_ENVELOPE_BYTES)
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise MalformedEnvelopeError("the block is no envelope")
    if value.get("version") != VERSION:
        raise MalformedEnvelopeError("the envelope is of a version that is not known here")
    if set(value) != {"kind", "version", "age"} or not isinstance(value["age"], bytes):
        raise MalformedEnvelopeError("the envelope has other parts than an envelope has")
    _require_file(value["age"])
    return value["age"]


def _require_file(ciphertext: bytes) -> None:
    if not ciphertext.startswith(MAGIC):
        raise MalformedEnvelopeError("what is in the envelope is no file of age")
    end = ciphertext.find(_END_OF_HEADER, 0, MAX_HEADER_BYTES)
    if end < 0:
        raise MalformedEnvelopeError(
            f"the header of the envelope does not end within {MAX_HEADER_BYTES:,} bytes"
        )
    _, *stanzas = ciphertext[:end].split(_STANZA)
    if len(stanzas) > MAX_STANZAS:
        raise MalformedEnvelopeError("the envelope is sealed for more than it may be")
    if max(map(len, stanzas), default=0) > MAX_STANZA_BYTES:
        raise MalformedEnvelopeError(
            f"an entry of the envelope's header has more than {MAX_STANZA_BYTES:,} bytes"
        )
