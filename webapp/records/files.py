"""Blocks and proofs as files."""

from flask import Response

from ledger.node import Node


def block_file(node: Node, cid: str) -> Response:
    """The bytes behind a CID.

    Raises:
        InvalidCIDError: not a CID of the ledger.
        BlockNotFoundError: not in the block store.
    """
    return _file(node.block(cid), "application/vnd.ipld.dag-cbor", f"{cid}.cbor")


def proof_file(node: Node, cid: str) -> Response:
    """The proof of a record, as far as the chain has it.

    Raises:
        NotFoundError: the record is unknown, or not anchored yet.
    """
    content = node.proof(cid).to_json().encode()
    return _file(content, "application/json", f"{cid}.proof.json")


def _file(content: bytes, content_type: str, name: str) -> Response:
    return Response(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
