"""Contributing and verifying, through a server."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.client import answers
from ledger.client.asker import Asker
from ledger.client.asker import named

if TYPE_CHECKING:
    from ledger.anchor.contributions import Contribution


class Contributing(Asker):
    """Sending records and proofs."""

    def contribute(
        self, content: bytes, media_type: str = "text/csv", *, signer: str | None = None
    ) -> answers.Contributed:
        """Contribute records; the node signs, with a development account.

        Args:
            content: a table or records.
            media_type: ``text/csv``, ``text/tab-separated-values``, ``application/json`` or
                ``application/jsonl``.
            signer: the account that is to sign.
        """
        query = {} if signer is None else {"signer": signer}
        return self._post(answers.Contributed, "/contributions", content, media_type, query)

    def preview(self, content: bytes, media_type: str = "text/csv") -> answers.Previewed:
        """Read an upload and keep nothing."""
        return self._post(answers.Previewed, "/preview", content, media_type)

    def contributions(self) -> "Iterator[Contribution]":
        """Contributions of the node, newest first, without their records."""
        return self._walk(answers.Contributions, "/contributions", lambda part: part.contributions)

    def contribution(self, identifier: str) -> "Contribution":
        """How far a contribution has come."""
        from ledger.anchor.contributions import Contribution

        return self._get(Contribution, f"/contributions/{named(identifier)}")

    def verify(self, proof: bytes) -> answers.Checked:
        """What the node says of a proof file."""
        return self._post(answers.Checked, "/verify", proof, "application/octet-stream")

    def verify_record(self, cid: str) -> answers.Checked:
        """What the node says of a record, by a new proof of it."""
        body = json.dumps({"cid": cid}).encode()
        return self._post(answers.Checked, "/verify", body, "application/json")
