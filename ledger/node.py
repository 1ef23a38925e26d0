"""The node: the one place where settings become wired parts.

Parts are opened when they are first used, so that `contribute` needs no app and `status` no key.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version

from filelock import FileLock
from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.anchor.carrier import Carried
from ledger.anchor.carrier import Carrier
from ledger.anchor.contributions import Contribution
from ledger.anchor.contributions import Contributions
from ledger.anchor.keeper import BatchKeeper
from ledger.anchor.submission import MAX_RECORDS
from ledger.chain import connection
from ledger.chain import genesis
from ledger.chain.connection import ChainConnection
from ledger.chain.contracts import Examined
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deploying import Deployer
from ledger.chain.deployment import Deployment
from ledger.chain.devchain import dev_account
from ledger.chain.devchain import is_dev_account
from ledger.chain.devchain import is_development_chain
from ledger.chain.finality import final_block
from ledger.chain.keys import AskPassword
from ledger.chain.keys import own_account
from ledger.chain.keys import own_signer
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.chain.signers import Signer
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.faults import understood
from ledger.index.history import History
from ledger.index.sync import Sync
from ledger.index.sync import SyncResult
from ledger.ipld.cid import CID
from ledger.offline import OfflineNode
from ledger.peers.addresses import networks
from ledger.peers.keeping import Budget
from ledger.peers.peer_id import PeerID
from ledger.peers.peering import Peering
from ledger.peers.plan import PeeringPlan
from ledger.peers.policy import KeepPolicy
from ledger.peers.remote import Elsewhere
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
from ledger.record import cid as cids
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.schema import Record
from ledger.serving.presence import is_every_address
from ledger.serving.providers import ProviderRecord
from ledger.serving.providers import Providers
from ledger.settings import Settings
from ledger.store.blocks import BlockStore
from ledger.store.blocks import PinningStore
from ledger.store.tiered import TieredStore
from ledger.validate.service import ValidatorService
from ledger.verify.check import verify_deployed
from ledger.verify.format import Proof
from ledger.verify.policy import Policy
from ledger.verify.results import Verification
from ledger.verify.service import Prover

Observer = Callable[[str], None]

_SHARED = (
    "contracts",
    "intake",
    "contributions",
    "history",
    "sync",
    "prover",
    "gateway",
    "presence",
    "peering",
)
"""Parts that several threads use."""

_WANTS_SHOWN = 100
"""Missing DAGs that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """A key that this node can sign contributions with."""

    address: str
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """The network behind a ledger.

    Attributes:
        url: where it is reached, without credentials.
        client: the program that answers.
        final_block: the newest final block; negative where there is none.
    """

    url: str
    chain_id: int
    client: str
    head_block: int
    final_block: int


class NodeStatus(BaseModel):
    """How a node stands.

    Attributes:
        unsigned: records acknowledged here that no submission holds yet.
        unbatched: signed submissions that no batch holds yet.
        keys: what this node can sign contributions with, the default first.
        batches: batches of this node, by state.
        problems: what keeps batches of this node from the chain, and what endpoints do.
        waiting: indexed batches whose blocks are not all here.
        peers: other nodes; see `Node.peering_status` for more.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    home: str
    chain_id: int
    chain_url: str
    head_block: int
    indexed_block: int | None
    deployment: Deployment
    records: int
    by_status: dict[str, int]
    unsigned: int
    unbatched: int
    keys: tuple[SignerInfo, ...]
    batches: dict[str, int]
    problems: tuple[str, ...]
    waiting: tuple[str, ...]
    blocks: int
    peers: PeersInBrief


class Node(OfflineNode):
    """A ledger node over one home folder; close it, or use it as a context manager.

    Args:
        settings: what it is told.
        observer: told the name of each step just after it is durable.
        ask_password: asks a person for the password of a key file, where no setting has it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        observer: Observer = lambda _: None,
        ask_password: AskPassword | None = None,
    ) -> None:
        super().__init__(settings, observer=observer)
        self._ask_password = ask_password

    @cached_property
    def chain(self) -> ChainConnection:
        """The chain; on the development chain, this process serves it if none does."""
        return self._open.enter_context(connection.connect(self.settings))

    @cached_property
    def deployment(self) -> Deployment:
        """Where the contracts are; on a fresh development chain they are deployed now.

        Raises:
            WrongLedgerError: this home belongs to another ledger.
            WrongContractError: it belongs to none yet, and these are not the ledger's contracts.
        """
        deployment = self._find_deployment()
        if not self.outbox.is_bound:  # for good, so not to a file that is wrong
            LedgerContracts(self.chain.w3, deployment).require_code()
        self.outbox.bind(deployment)
        return deployment

    @cached_property
    def contracts(self) -> LedgerContracts:
        """The contracts, after a look at their code."""
        contracts = LedgerContracts(self.chain.w3, self.deployment)
        contracts.require_code()
        return contracts

    @cached_property
    def history(self) -> History:
        """What the chain says of batches, for validators."""
        return History(self.index)

    @cached_property
    def contributions(self) -> Contributions:
        """Follows submissions to the chain."""
        return Contributions(self.outbox)

    @cached_property
    def carrier(self) -> Carrier:
        """Brings submissions onto the chain."""
        return Carrier(
            outbox=self.outbox,
            store=self.blocks,
            contracts=self.contracts,
            sender=self._sender(self.signer()),
            lock=FileLock(self.settings.home / "carrier.lock"),
            max_records=self.settings.batch_records,
            confirmations=self.settings.depth_of_finality,
            providers=self.settings.urls("public_url"),
            observer=self._observe,
        )

    @cached_property
    def keeper(self) -> BatchKeeper | None:
        """Keeps own batches in the block store; None: it loses nothing by itself."""
        store = self.blocks
        return BatchKeeper(self.outbox, store) if isinstance(store, PinningStore) else None

    @cached_property
    def sync(self) -> Sync:
        """Keeps the index up to date with the chain."""
        return Sync(
            self.index,
            self.blocks,
            self.chain.w3,
            self.deployment,
            confirmations=self.settings.depth_of_finality,
        )

    @cached_property
    def prover(self) -> Prover:
        """Builds proof files."""
        return Prover(
            queries=self.queries,
            store=self.readable,
            w3=self.chain.w3,
            deployment=self.deployment,
        )

    @cached_property
    def readable(self) -> BlockStore:
        """Blocks that are here, and those that only others keep."""
        return TieredStore(self.blocks, Elsewhere(lambda: self.peering.remote))

    @cached_property
    def peering(self) -> Peering:
        """This node among its peers."""
        settings = self.settings
        peering = Peering(
            PeeringPlan(
                peers=settings.urls("peers"),
                gateways=settings.urls("gateways"),
                routers=settings.urls("routers"),
                networks=networks(settings.peer_networks or ""),
                keep=KeepPolicy.parse(settings.keep),
                budget=Budget(settings.storage_bytes, settings.min_copies),
                public_url=next(iter(settings.urls("public_url")), None),
            ),
            path=settings.peers_path,
            index=self.index,
            store=self.blocks,
            peer_id=str(self.identity.peer_id),
            ledger=self.deployment.identity,
            own=self.outbox.batches.manifests,
        )
        self._open.callback(peering.close)
        return peering

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

    def examine_contracts(self) -> list[Examined]:
        """What a look at the deployed code finds; unlike `contracts`, it does not stop at a fault.

        Raises:
            SettingsError: nothing is deployed yet, or this is another chain.
        """
        deployment = Deployment.load(self.settings.deployment_path)
        return list(LedgerContracts(self.chain.w3, deployment).examine())

    def deployer(self) -> Deployer:
        """Deploys the contracts on the network of the settings; the own key pays.

        Raises:
            SettingsError: no key is set, or this is the development chain.
        """
        if self.settings.is_dev_chain:
            raise SettingsError(
                "on the development chain, `perfledger init` deploys the contracts",
                hint="For another network, set PERFLEDGER_RPC_URL and PERFLEDGER_CHAIN_ID.",
            )
        return Deployer(
            self.chain.w3,
            self.signer(),
            path=self.settings.deployment_path,
            max_fee_gwei=self.settings.max_fee_gwei,
        )

    @property
    def chain_url(self) -> str:
        """Where the chain is reached, fit to be shown: keys that a URL may hold are left out."""
        return self.chain.url

    # Keys

    def keys(self) -> list[SignerInfo]:
        """Keys that the command may sign with, the one it uses by default first.

        The own key is named without being opened, which may take a password.

        Raises:
            InvalidInputError: PERFLEDGER_PRIVATE_KEY is no private key.
        """
        own = own_account(self.settings)
        if own is None:
            return self.signers()
        others = [each for each in self.signers() if each.address != own[0]]
        return [SignerInfo(*own), *others]

    def signers(self) -> list[SignerInfo]:
        """Keys that the app may sign with: development accounts, on the development chain only."""
        if not self.settings.is_dev_chain:
            return []
        return [
            SignerInfo(dev_account(place).address, f"Development account {place}")
            for place in genesis.CONTRIBUTORS
        ]

    @property
    def has_key(self) -> bool:
        """Whether this node can sign and pay."""
        chosen = (self.settings.private_key, self.settings.account)
        return self.settings.is_dev_chain or any(each is not None for each in chosen)

    def signer(self, address: str | None = None) -> Signer:
        """The key of an address, or the one that contributes by default.

        Raises:
            SettingsError: no key is set, or none for that address.
        """
        own = self._own_signer
        if own is not None and address in {None, own.address}:
            self._refuse_development_key(own.address)
            return own
        if self.settings.is_dev_chain:
            for place in genesis.CONTRIBUTORS:
                if address in {None, dev_account(place).address}:
                    return LocalSigner(dev_account(place))
        if address is None:
            raise SettingsError(
                "no key is set to contribute with",
                hint="Make one with `perfledger keys new` and set PERFLEDGER_ACCOUNT to its "
                "address; development keys work on the development chain only.",
            )
        raise SettingsError(
            f"this node has no key for {address}", hint="Choose one that `perfledger status` lists."
        )

    def validators(self) -> list[ValidatorService]:
        """The validators this node runs: on the development chain, its own."""
        if not self.settings.is_dev_chain:
            return []
        return [
            self.validator(LocalSigner(account))
            for account in genesis.dev_validators(self.settings)
        ]

    def validator(self, signer: Signer) -> ValidatorService:
        """A validator with this key."""
        return ValidatorService(
            signer=signer,
            sender=self._sender(signer),
            store=self.blocks,
            contracts=self.contracts,
            history=self.history,
            journal=self.outbox.reports,
            lock=FileLock(self.settings.home / f"validator-{signer.address}.lock"),
            observer=self._observe,
        )

    def active_validators(self) -> AbstractSet[str]:
        """Addresses of the validators that may attest now, as the index has it."""
        return self.history.active()

    # Work

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

    def submit(self, cids_: Sequence[str], address: str | None = None) -> str:
        """Sign acknowledged records; returns the contribution's id. From here they are anchored."""
        digests = [cids.from_text(text) for text in cids_]
        signer = self.signer(address)
        identifier = self.intake.submit(digests, self.deployment.submission_domain, signer)
        unlisted = self.index.name_contributor(digests, signer.address)
        self.index.add_pending(self._read(unlisted, signer.address))
        return identifier

    def contribute(self, cids_: Sequence[str], address: str | None = None) -> list[str]:
        """Sign acknowledged records in as many submissions as they need; returns their ids.

        A submission is never split over batches, so none holds more records than a batch may.
        """
        most = min(self.settings.batch_records, MAX_RECORDS)
        return [
            self.submit(cids_[start : start + most], address)
            for start in range(0, len(cids_), most)
        ]

    def contribution(self, identifier: str) -> Contribution:
        """How far a contribution has come."""
        return self.contributions.get(identifier)

    def latest_contributions(self, limit: int = 50) -> list[Contribution]:
        """The latest contributions, newest first, without their CIDs."""
        return self.contributions.latest(limit)

    def on_their_way(self) -> list[Contribution]:
        """Every contribution that is not final yet, oldest first, without its CIDs."""
        return self.contributions.unfinished()

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
            unsigned=len(self.unsigned()),
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
        self.index.add_pending(
            (digest, codec.decode(self.blocks.get(digest)), pending[digest]) for digest in hidden
        )

    def _find_deployment(self) -> Deployment:
        path = self.settings.deployment_path
        if not self.settings.is_dev_chain:
            return Deployment.load(path)
        with FileLock(path.with_suffix(".lock")):
            return genesis.ensure(
                self.settings, self.chain.w3, self.outbox.transactions, progress=self._observe
            )

    def _pending(self) -> Iterator[tuple[Digest, Record, str | None]]:
        for digest, contributor in self.outbox.records.pending():
            yield digest, codec.decode(self.blocks.get(digest)), contributor

    def _read(
        self, digests: Sequence[Digest], contributor: str | None
    ) -> Iterator[tuple[Digest, Record, str | None]]:
        for digest, block in zip(digests, self.blocks.get_many(digests), strict=True):
            yield digest, codec.decode(block), contributor

    @cached_property
    def _own_signer(self) -> Signer | None:
        return own_signer(self.settings, self._ask_password)

    @cached_property
    def _is_development_chain(self) -> bool:
        return self.settings.is_dev_chain or is_development_chain(self.chain.w3)

    def _refuse_development_key(self, address: str) -> None:
        """Its chain id does not tell a development chain: geth's own has the same."""
        if is_dev_account(address) and not self._is_development_chain:
            raise SettingsError(
                f"{address} is a development account: everybody has its key",
                hint="Use a key of your own on this chain: `perfledger keys new` makes one.",
            )

    def _sender(self, signer: Signer) -> Sender:
        return Sender(
            self.chain.w3,
            signer,
            journal=self.outbox.transactions,
            chain_id=self.deployment.chain_id,
            max_fee_gwei=self.settings.max_fee_gwei,
            observer=self._observe,
        )
