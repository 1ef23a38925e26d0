"""The node: what the command and the app ask for."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version

from ledger.anchor.carrier import Carried
from ledger.chain.deployment import Deployment
from ledger.chain.finality import final_block
from ledger.contributing import ContributingNode
from ledger.errors import PerfledgerError
from ledger.faults import understood
from ledger.index.sync import SyncResult
from ledger.ipld.cid import CID
from ledger.peers.peer_id import PeerID
from ledger.peers.replication import BatchStatus
from ledger.peers.replication import Holders
from ledger.peers.replication import batches_of
from ledger.peers.replication import holders_of
from ledger.peers.status import brief_of
from ledger.peers.status import standing_of
from ledger.peers.status import status_of
from ledger.peers.views import PeeringStatus
from ledger.peers.views import PeersInBrief
from ledger.peers.views import Standing
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.envelope import is_envelope
from ledger.record.schema import Record
from ledger.revoking.views import Revocation
from ledger.revoking.views import RevocationCall
from ledger.serving.presence import is_every_address
from ledger.serving.providers import ProviderRecord
from ledger.serving.providers import Providers
from ledger.standing import Network
from ledger.standing import NodeStatus
from ledger.verify.check import verify_deployed
from ledger.verify.format import Proof
from ledger.verify.policy import Policy
from ledger.verify.results import Verification
from ledger.vitals import Vitals

_SHARED = (
    "contracts",
    "intake",
    "contributions",
    "accounts",
    "hooks",
    "history",
    "sync",
    "prover",
    "revoker",
    "gateway",
    "presence",
    "peering",
)
"""Parts that several threads use."""

_WANTS_SHOWN = 100
"""Missing DAGs that are listed; all are counted."""


class Node(ContributingNode):
    """A ledger node over one home folder; close it, or use it as a context manager."""

    def listening_at(self, url: str) -> None:
        """Note where this node listens, for those who are told of it."""
        self.presence.listening_at(url)
        if not is_every_address(url):
            self.peering.listening_at(url)

    def providers(self, cid: CID) -> list[ProviderRecord]:
        """Who has a block: this node, and peers that say they hold the DAG below it."""
        return list(Providers([self._own_holdings, self.peering.providers]).find(cid))

    def peers_named(self, peer_id: PeerID) -> list[ProviderRecord]:
        """What this node knows of a peer."""
        return [*super().peers_named(peer_id), *self.peering.peers_named(peer_id)]

    def blocks_here(self) -> int:
        """How many blocks are in the store."""
        return self.blocks.count()

    def peering_status(self, *, with_head: bool = False) -> PeeringStatus:
        """How the node stands among its peers.

        Args:
            with_head: ask the chain how far it is, rather than the index for what it was told.
        """
        indexed, head = self.queries.progress()
        return status_of(
            self.peering,
            indexed_block=indexed,
            head_block=self.chain.w3.eth.block_number if with_head else head,
        )

    def standing(self, batches: Sequence[BatchStatus]) -> Standing:
        """How the node stands among its peers, given where batches are; asks nobody."""
        indexed, head = self.queries.progress()
        return standing_of(
            self.peering, batches, indexed_block=indexed, head_block=head, wants=_WANTS_SHOWN
        )

    def replication(self) -> list[BatchStatus]:
        """On how many nodes each batch is, the newest first."""
        return batches_of(self.peering)

    def holders(self, batch_id: str) -> Holders:
        """Who holds a batch.

        Raises:
            NotFoundError: it is not known here.
        """
        return holders_of(self.peering, self.queries.batch(batch_id).batch.manifest_cid)

    def network(self) -> Network:
        """The network behind the ledger, as it is now."""
        w3 = self.chain.w3
        head = w3.eth.block_number
        return Network(
            url=self.chain.url,
            chain_id=self.deployment.chain_id,
            client=w3.client_version,
            head_block=head,
            final_block=final_block(w3, self.settings.depth_of_finality, head=head),
        )

    def connect(self) -> None:
        """Open every part now, rather than at its first use, and look at the contracts.

        To be called before several threads share a node: from Python 3.12 on, two threads that use
        a part first at the same time would open it twice.

        Records that were acknowledged just before a crash are shown as pending now.

        Raises:
            UnavailableError: the chain does not answer.
            SettingsError: it is another chain, or the contracts are not the ledger's.
        """
        for part in _SHARED:
            getattr(self, part)
        if self.settings.pinning_auto:
            getattr(self, "remote_pins")  # noqa: B009 - opens it
        self._show_pending(self.outbox.records.pending())

    def cycle(self) -> tuple[Carried, SyncResult]:
        """Bring what waits onto the chain, then the chain into the index.

        A node without a key only follows. What keeps the carrier from its work is told in
        `Carried.problems`; the index follows the chain all the same.

        Raises:
            UnavailableError: the chain does not answer, or its endpoints contradict each other.
        """
        return self._carry(), self.follow()

    def follow(self) -> SyncResult:
        """Bring the chain into the index; what a reorg took from it is shown as pending again.

        Raises:
            UnavailableError: the chain does not answer, or its endpoints contradict each other.
            WrongLedgerError: it is another chain by now.
        """
        arrived = self.peering.replicator.take_arrived() if "peering" in self.__dict__ else ()
        synced = self.sync.step(arrived=arrived)
        if self.chain.failover is not None and synced.final_block >= 0:
            self.chain.failover.require_agreement(synced.final_block)
        if synced.rolled_back_to is not None:
            self.contracts.require_code()
            self._show_pending(self.outbox.records.pending(final_too=True))
        return synced

    def rebuild(self, progress: Callable[[str, int, int], None] | None = None) -> SyncResult:
        """Drop the index and make it anew of outbox, chain and block store."""
        self.index.clear()
        self.index.add_pending(self._pending())
        return self.sync.step(progress=progress)

    def proof(self, cid: str) -> Proof:
        """The proof file of a record, as far as the chain has it."""
        return self.prover.prove(cid)

    def revocation_call(self, cid: str) -> RevocationCall:
        """What a contributor's wallet sends to revoke a record; raises as `Revoker.call`."""
        return self.revoker.call(cid)

    def revoke(self, cid: str) -> str:
        """Revoke a record with its contributor's key; returns the transaction's hash.

        Calling it again goes on with the same transaction; raises as `Revoker.send`.
        """
        return self.revoker.send(cid)

    def revocation(self, cid: str, transaction: str | None = None) -> Revocation:
        """How far the revocation of a record has come; raises as `Revoker.progress`."""
        return self.revoker.progress(cid, transaction)

    def verify(
        self,
        proof: bytes,
        *,
        expected_cid: str | None = None,
        policy: Policy | None = None,
        deployment: Deployment | None = None,
    ) -> Verification:
        """Check a proof file against this node's chain.

        Args:
            proof: the file.
            expected_cid: the record that it should be about.
            policy: what is trusted; this node's contracts unless it is given.
            deployment: where those contracts are; this node's unless it is given.
        """
        where = deployment or self.deployment
        if policy is None:
            policy = Policy(where.contracts, expected_cid=expected_cid)
        return verify_deployed(proof, policy, self.chain.w3, where)

    def status(self) -> NodeStatus:
        """How the node stands: chain, index, outbox."""
        overview = self.queries.overview()
        return NodeStatus(
            version=version("perfledger"),
            home=str(self.settings.home),
            chain_id=self.deployment.chain_id,
            chain_url=self.chain_url,
            head_block=self.chain.w3.eth.block_number,
            indexed_block=overview.indexed_block,
            deployment=self.deployment,
            records=overview.records,
            by_status=overview.by_status,
            unsigned=self.outbox.records.count_unsigned(),
            unbatched=len(self.outbox.records.unbatched()),
            keys=tuple(self.keys()),
            batches=self.outbox.batches.counts(),
            problems=(*self.outbox.batches.problems(), *self.chain.problems),
            waiting=tuple(
                f"batch {batch.batch_id}: {batch.problem}"
                for batch in self.queries.awaited_batches()
            ),
            blocks=self.blocks.count(),
            peers=self._peers_in_brief(),
        )

    def head_block(self) -> int:
        """How far the chain is, as it says itself.

        Raises:
            UnavailableError: it does not answer.
        """
        return int(self.chain.w3.eth.block_number)

    def vitals(self) -> Vitals:
        """The figures by which an operator sees whether the node is well; asks nobody else."""
        peers = self._peers_in_brief()
        known = self.settings.peers_path.exists()
        return Vitals(
            position=self.feed.position(),
            unsigned_records=self.outbox.records.count_unsigned(),
            unbatched_submissions=len(self.outbox.records.unbatched()),
            outbox_batches=self.outbox.batches.counts(),
            peers_known=peers.known,
            peers_answering=peers.answering,
            missing_dags=peers.missing,
            batches_at_risk=sum(each.is_at_risk for each in self.replication()) if known else 0,
        )

    def _peers_in_brief(self) -> PeersInBrief:
        """Looking at how a node stands makes no peer of one that was none."""
        if not self.settings.peers_path.exists():
            return PeersInBrief()
        return brief_of(self.peering)

    def _carry(self) -> Carried:
        if not self.has_key:
            return Carried(0, 0, 0, ())
        try:
            with understood():
                carried = self.carrier.step()
        except PerfledgerError as error:
            return Carried(0, 0, 0, (error.message,))
        return replace(carried, problems=(*carried.problems, *self._keep()))

    def _keep(self) -> tuple[str, ...]:
        """Have the block store keep own batches; what is in the way holds up nothing."""
        if self.keeper is None:
            return ()
        try:
            self.keeper.step()
        except PerfledgerError as error:
            return (error.message,)
        return ()

    def _show_pending(self, acknowledged: Iterable[tuple[Digest, str | None]]) -> None:
        """List as pending what the index does not know: after a crash, or a rollback."""
        pending = dict(acknowledged)
        hidden = pending.keys() - self.index.has(pending)
        signed: dict[str, list[Digest]] = {}
        for digest, contributor in pending.items():
            if contributor is not None and digest not in hidden:
                signed.setdefault(contributor, []).append(digest)
        for contributor, digests in signed.items():
            self.index.name_contributor(digests, contributor)
        self.index.add_pending(self._plain((digest, pending[digest]) for digest in hidden))

    def _pending(self) -> Iterator[tuple[Digest, Record, str | None]]:
        return self._plain(self.outbox.records.pending())

    def _plain(
        self, acknowledged: Iterable[tuple[Digest, str | None]]
    ) -> Iterator[tuple[Digest, Record, str | None]]:
        """Those that everybody can read: of the others nothing is listed until they stand."""
        for digest, contributor in acknowledged:
            block = self.blocks.get(digest)
            if not is_envelope(block):
                yield digest, codec.decode(block), contributor
