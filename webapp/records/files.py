"""Blocks and proofs as files."""

from flask import Response

from webapp.serving import node
from webapp.serving import queries


def block_file(cid: str) -> Response:
    """The bytes behind a CID.

    Raises:
        InvalidCIDError: not a CID of the ledger.
        NotFoundError: a record that is not shown here.
        BlockNotFoundError: not in the block store.
    """
    return _file(queries().block(cid), "application/vnd.ipld.dag-cbor", f"{cid}.cbor")


def proof_file(cid: str) -> Response:
    """The proof of a record, as far as the chain has it.

    Raises:
        NotFoundError: the record is unknown, or not anchored yet.
    """
    content = node().proof(queries().resolve(cid)).to_json().encode()
    return _file(content, "application/json", f"{cid}.proof.json")


def _file(content: bytes, content_type: str, name: str) -> Response:
    return Response(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
