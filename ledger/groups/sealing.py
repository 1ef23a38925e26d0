"""Sealing records into envelopes.

Whoever contributes signs, with one signature for all records that are sealed together, the EIP-712
statement ``Sealed(group, bearer, root, count)``. Record, statement, signature and the record's path
to the root are what is sealed. The submission that is anchored holds the envelopes' CIDs and is
signed by the *bearer*, which is the address that pays for the anchor: outsiders learn nothing that
the transaction does not tell anyway.

That the bearer is in the statement keeps anybody else from anchoring an envelope as theirs, and a
member from sealing a record again and handing it in. That it is a statement of its own keeps
members from publishing the record as one that its contributor had published: that takes a
``Submission``.
"""

from collections.abc import Iterator
from collections.abc import Sequence

import pyrage
from pyrage.x25519 import Identity
from pyrage.x25519 import Recipient

from ledger.anchor.submission import tree_of
from ledger.groups.card import Group
from ledger.groups.padding import SIZES
from ledger.groups.padding import padded
from ledger.record import dagcbor
from ledger.record import eip712
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.envelope import wrap
from ledger.store.blocks import Block

KIND = "perfledger/sealed"

MAX_BYTES = SIZES[-1] - 8 * 1024
"""The largest record that fits into an envelope beside its signature and its path."""

_LEAST_STANZAS = 8


def seal(
    records: Sequence[bytes],
    group: Group,
    *,
    domain: eip712.Domain,
    contributor: eip712.StatementSigner,
    bearer: str,
) -> Iterator[Block]:
    """Envelopes of records, in their order, each with the digest it is known by.

    Args:
        records: canonical bytes; each once.
        group: whose members can open them.
        domain: of the ledger's submissions.
        contributor: signs them, once for all.
        bearer: EIP-55 address of who signs the submission that holds the envelopes.

    Raises:
        TooLargeToSealError: one does not fit into an envelope.
        InvalidInputError: none, too many, or one given twice.
    """
    tree = tree_of([digest_of(record) for record in records])
    statement = _statement(tree.root, len(records), group, domain, bearer)
    signature = contributor.sign(statement)
    recipients = [Recipient.from_str(text) for text in group.recipients]
    for place, record in enumerate(records):
        content = dagcbor.encode(
            {
                "kind": KIND,
                "version": 1,
                "group": group.id,
                "contributor": contributor.address,
                "bearer": bearer,
                "root": _hex(tree.root),
                "count": len(records),
                "path": [_hex(step) for step in tree.proof(place)],
                "signature": _hex(signature),
                "record": dagcbor.decode(record),
            }
        )
        block = wrap(pyrage.encrypt(padded(content), _hidden_among_others(recipients)))
        yield digest_of(block), block


def statement_of(
    records: Sequence[Digest], group: Group, *, domain: eip712.Domain, bearer: str
) -> eip712.Statement:
    """What a contributor signs of records that are sealed together.

    Args:
        records: digests, in any order.
        group: whose members can open them.
        domain: of the ledger's submissions.
        bearer: EIP-55 address of who signs the submission that holds the envelopes.

    Raises:
        InvalidInputError: none, too many, or one given twice.
    """
    return _statement(tree_of(records).root, len(records), group, domain, bearer)


def _statement(
    root: bytes, count: int, group: Group, domain: eip712.Domain, bearer: str
) -> eip712.Statement:
    group_id = bytes.fromhex(group.id[2:])
    return eip712.sealed(domain, group=group_id, bearer=bearer, root=root, count=count)


def _hidden_among_others(recipients: Sequence[Recipient]) -> list[Recipient]:
    """Recipients, and as many that nobody has the identity of as hide how many there are."""
    stanzas = _LEAST_STANZAS
    while stanzas < len(recipients):
        stanzas *= 2
    nobody = [Identity.generate().to_public() for _ in range(stanzas - len(recipients))]
    return [*recipients, *nobody]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
