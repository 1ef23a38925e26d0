"""Contributing and verifying, through a server."""

import json
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from ledger.client import answers
from ledger.client.asker import Asker
from ledger.client.asker import named

if TYPE_CHECKING:
    from ledger.anchor.contributions import Contribution
    from ledger.revoking.views import Revocation
    from ledger.revoking.views import RevocationCall


class Contributing(Asker):
    """Sending records and proofs."""

    def contribute(
        self,
        content: bytes,
        media_type: str = "text/csv",
        *,
        signer: str | None = None,
        group: str | None = None,
    ) -> answers.Contributed:
        """Contribute records; the node signs, with a development account.

        With a group, the node encrypts them, and elsewhere than on a development chain they wait
        for its operator to sign. They go to the node in plain.

        Args:
            content: a table or records.
            media_type: ``text/csv``, ``text/tab-separated-values``, ``application/json`` or
                ``application/jsonl``.
            signer: the account that is to sign.
            group: of the node, whose members alone may read them; None: they are public.
        """
        given = {"signer": signer, "group": group}
        query = {name: value for name, value in given.items() if value is not None}
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

    def statement(self, records: Sequence[dict[str, Any]]) -> answers.StatementToSign:
        """What a contributor signs for records; nothing is kept."""
        body = json.dumps({"records": list(records)}).encode()
        return self._post(
            answers.StatementToSign, "/submissions/statement", body, "application/json"
        )

    def submit(
        self, records: Sequence[dict[str, Any]], contributor: str, signature: str
    ) -> "Contribution":
        """Contribute records that their contributor has signed; sent again, it is the same one.

        Args:
            records: as the ledger's schema has them, in the order in which they were signed.
            contributor: address of who signed.
            signature: over the statement, 0x-prefixed.
        """
        from ledger.anchor.contributions import Contribution

        body = {"records": list(records), "contributor": contributor, "signature": signature}
        return self._post(
            Contribution, "/submissions", json.dumps(body).encode(), "application/json"
        )

    def revocation_call(self, cid: str) -> "RevocationCall":
        """The transaction by which its contributor revokes a record; nothing is sent."""
        from ledger.revoking.views import RevocationCall

        path = f"/records/{named(cid)}/revocation"
        return self._post(RevocationCall, path, b"", "application/json")

    def revocation(self, cid: str, transaction: str | None = None) -> "Revocation":
        """How far the revocation of a record has come.

        Args:
            cid: the record.
            transaction: hash of the one that revokes it, to hear of it before it is in a block.
        """
        from ledger.revoking.views import Revocation

        query = {} if transaction is None else {"transaction": transaction}
        return self._get(Revocation, f"/records/{named(cid)}/revocation", query)

    def token(self) -> answers.TokenInfo:
        """What the token is good for, and until when."""
        return self._get(answers.TokenInfo, "/token")

    def upload_draft(self, content: bytes, media_type: str = "text/csv") -> answers.DraftRead:
        """Upload a draft for the token's account to sign on the page that the answer names."""
        return self._post(answers.DraftRead, "/drafts", content, media_type)

    def drafts(self) -> list[answers.Draft]:
        """Drafts of the token's account, newest first."""
        return self._get(answers.Drafts, "/drafts").drafts

    def delete_draft(self, identifier: str) -> None:
        """Delete a draft of the token's account."""
        self._http.delete(f"/drafts/{named(identifier)}")

    def deliver_event(
        self,
        hook: str,
        event: Mapping[str, Any],
        *,
        key: str | None = None,
    ) -> answers.HookDelivery:
        """Deliver an event to a hook of the node.

        Args:
            hook: its name.
            event: what the hook's map reads.
            key: names the event; sent again under it, it adds nothing.
        """
        return self._post(
            answers.HookDelivery,
            f"/hooks/{named(hook)}",
            json.dumps(event).encode(),
            "application/json",
            headers={} if key is None else {"Idempotency-Key": key},
        )

    def verify(self, proof: bytes) -> answers.Checked:
        """What the node says of a proof file."""
        return self._post(answers.Checked, "/verify", proof, "application/octet-stream")

    def verify_record(self, cid: str) -> answers.Checked:
        """What the node says of a record, by a new proof of it."""
        body = json.dumps({"cid": cid}).encode()
        return self._post(answers.Checked, "/verify", body, "application/json")
