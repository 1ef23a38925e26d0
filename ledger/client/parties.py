"""Batches, contributors, validators and the node itself, from a server."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any

from ledger.client import answers
from ledger.client.asker import Asker
from ledger.client.asker import named
from ledger.index import views

if TYPE_CHECKING:
    from ledger.peers.replication import Holders
    from ledger.peers.views import Standing
    from ledger.standing import NodeStatus


class Parties(Asker):
    """Who contributed, who vouches, what was anchored, and who holds it."""

    def overview(self) -> views.Overview:
        """The ledger in figures."""
        return self._get(views.Overview, "/overview")

    def timeline(self) -> list[views.TimelinePoint]:
        """What was anchored on each day."""
        return self._get(answers.Timeline, "/timeline").days

    def batches(self) -> Iterator[views.BatchRow]:
        """Batches, newest first."""
        return self._walk(answers.Batches, "/batches", lambda part: part.batches)

    def batch(self, batch_id: str) -> views.BatchDetail:
        """One batch with its submissions and attestations."""
        return self._get(views.BatchDetail, f"/batches/{named(batch_id)}")

    def envelopes(self) -> Iterator[views.EnvelopeRow]:
        """Records that are encrypted for a group, the latest anchored first: that they exist."""
        return self._walk(answers.EncryptedRecords, "/envelopes", lambda part: part.envelopes)

    def envelope(self, cid: str) -> views.EnvelopeDetail:
        """Where an encrypted record stands, and which validators accept it."""
        return self._get(views.EnvelopeDetail, f"/envelopes/{named(cid)}")

    def holders(self, batch_id: str) -> "Holders":
        """Who holds a batch."""
        from ledger.peers.replication import Holders

        return self._get(Holders, f"/batches/{named(batch_id)}/holders")

    def contributors(self) -> Iterator[views.ContributorRow]:
        """Who contributed, the most records first."""
        return self._walk(answers.Contributors, "/contributors", lambda part: part.contributors)

    def contributor(self, address: str) -> views.ContributorRow:
        """One contributor."""
        return self._get(views.ContributorRow, f"/contributors/{named(address)}")

    def validators(self) -> Iterator[views.ValidatorRow]:
        """Every account that was ever admitted as a validator, active ones first."""
        return self._walk(answers.Validators, "/validators", lambda part: part.validators)

    def validator(self, address: str) -> answers.ValidatorDetail:
        """One validator with the latest attestations."""
        return self._get(answers.ValidatorDetail, f"/validators/{named(address)}")

    def attestations(self, validator: str) -> Iterator[views.AttestationRow]:
        """What a validator says of batches, newest first."""
        return self._walk(
            answers.Attestations,
            f"/validators/{named(validator)}/attestations",
            lambda part: part.attestations,
        )

    def search(self, text: str) -> answers.Found:
        """Where a text leads."""
        return self._get(answers.Found, "/search", {"q": text})

    def status(self) -> "NodeStatus":
        """How the node stands."""
        from ledger.standing import NodeStatus

        return self._get(NodeStatus, "/status")

    def network(self) -> "Standing":
        """How the node stands among its peers."""
        from ledger.peers.views import Standing

        return self._get(Standing, "/network")

    def replication(self) -> Iterator[answers.BatchCopies]:
        """On how many nodes each batch is, newest first."""
        return self._walk(answers.Replication, "/network/batches", lambda part: part.batches)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a record."""
        found: dict[str, Any] = self._understood(lambda: json.loads(self._http.get("/schema")))
        return found

    def health(self) -> answers.Health:
        """Whether the app can answer out of its index."""
        return self._get(answers.Health, "/healthz")
