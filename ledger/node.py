"""The node: the one place where settings become wired parts.

Parts are opened when they are first used, so that `contribute` needs no app and `status` no key.
"""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

from eth_account import Account
from filelock import FileLock
from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.anchor.carrier import Carried
from ledger.anchor.carrier import Carrier
from ledger.anchor.contributions import Contribution
from ledger.anchor.contributions import Contributions
from ledger.anchor.submission import MAX_RECORDS
from ledger.chain import connection
from ledger.chain import genesis
from ledger.chain.connection import ChainConnection
from ledger.chain.connection import without_credentials
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import path_of
from ledger.chain.devchain import dev_account
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.index.history import History
from ledger.index.sync import Sync
from ledger.index.sync import SyncResult
from ledger.offline import OfflineNode
from ledger.record import cid as cids
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.schema import Record
from ledger.validate.service import ValidatorService
from ledger.verify.check import verify_online
from ledger.verify.format import Proof
from ledger.verify.policy import Contracts
from ledger.verify.policy import Policy
from ledger.verify.results import Verification
from ledger.verify.service import Prover

Observer = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """A key that this node can sign contributions with."""

    address: str
    label: str


class NodeStatus(BaseModel):
    """How a node stands.

    Attributes:
        unsigned: records acknowledged here that no submission holds yet.
        unbatched: signed submissions that no batch holds yet.
        keys: what this node can sign contributions with, the default first.
        batches: batches of this node, by state.
        problems: what keeps batches of this node from the chain.
        waiting: indexed batches whose blocks are not all here.
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


class Node(OfflineNode):
    """A ledger node over one home folder; close it, or use it as a context manager."""

    @cached_property
    def chain(self) -> ChainConnection:
        """The chain; on the development chain, this process serves it if none does."""
        return self._open.enter_context(connection.connect(self.settings))

    @cached_property
    def deployment(self) -> Deployment:
        """Where the contracts are; on a fresh development chain they are deployed now."""
        path = path_of(self.settings.deployments_path, self.settings.chain_id)
        if self.settings.is_dev_chain:
            with FileLock(path.with_suffix(".lock")):
                return genesis.ensure(self.settings, self.chain.w3, progress=self._observe)
        return Deployment.load(path)

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
            confirmations=self.settings.confirmations,
            observer=self._observe,
        )

    @cached_property
    def sync(self) -> Sync:
        """Keeps the index up to date with the chain."""
        return Sync(
            self.index,
            self.blocks,
            self.chain.w3,
            self.deployment,
            confirmations=self.settings.confirmations,
        )

    @cached_property
    def prover(self) -> Prover:
        """Builds proof files."""
        return Prover(
            queries=self.queries, store=self.blocks, w3=self.chain.w3, deployment=self.deployment
        )

    @property
    def chain_url(self) -> str:
        """Where the chain is reached, fit to be shown: keys that a URL may hold are left out."""
        return without_credentials(self.chain.url)

    # Keys

    def keys(self) -> list[SignerInfo]:
        """Keys that the command may sign with, the one it uses by default first.

        Raises:
            InvalidInputError: PERFLEDGER_PRIVATE_KEY is no private key.
        """
        own = self._own_signer()
        if own is None:
            return self.signers()
        others = [each for each in self.signers() if each.address != own.address]
        return [SignerInfo(own.address, "PERFLEDGER_PRIVATE_KEY"), *others]

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
        return self.settings.is_dev_chain or self.settings.private_key is not None

    def signer(self, address: str | None = None) -> LocalSigner:
        """The key of an address, or the one that contributes by default.

        Raises:
            SettingsError: no key is set, or none for that address.
        """
        own = self._own_signer()
        if own is not None and address in {None, own.address}:
            return own
        if self.settings.is_dev_chain:
            for place in genesis.CONTRIBUTORS:
                if address in {None, dev_account(place).address}:
                    return LocalSigner(dev_account(place))
        if address is None:
            raise SettingsError(
                "no key is set to contribute with",
                hint="Set PERFLEDGER_PRIVATE_KEY; development keys work on the development "
                "chain only.",
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

    def validator(self, signer: LocalSigner) -> ValidatorService:
        """A validator with this key."""
        return ValidatorService(
            signer=signer,
            sender=self._sender(signer),
            store=self.blocks,
            contracts=self.contracts,
            history=self.history,
            journal=self.outbox.reports,
            observer=self._observe,
        )

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
        self.contracts.require_code()
        pending = dict(self.outbox.records.pending())
        hidden = pending.keys() - self.index.has(pending)
        self.index.add_pending(
            (digest, codec.decode(self.blocks.get(digest)), pending[digest]) for digest in hidden
        )
        for part in ("intake", "contributions", "history", "sync", "prover"):
            getattr(self, part)

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

        A node without a key only follows.
        """
        carried = self.carrier.step() if self.has_key else Carried(0, 0, 0, ())
        return carried, self.sync.step()

    def rebuild(self, progress: Callable[[str, int, int], None] | None = None) -> SyncResult:
        """Drop the index and make it anew of outbox, chain and block store."""
        self.index.clear()
        self.index.add_pending(self._pending())
        return self.sync.step(progress=progress)

    def proof(self, cid: str) -> Proof:
        """The proof file of a record, as far as the chain has it."""
        return self.prover.prove(cid)

    def verify(
        self, proof: bytes, *, expected_cid: str | None = None, policy: Policy | None = None
    ) -> Verification:
        """Check a proof file against this node's chain, and its deployment or another policy."""
        if policy is None:
            policy = Policy(Contracts.of(self.deployment), expected_cid=expected_cid)
        return verify_online(proof, policy, self.chain.w3)

    def status(self) -> NodeStatus:
        """How the node stands: chain, index, outbox."""
        overview = self.queries.overview()
        states = Counter(batch.state.value for batch in self.outbox.batches.all())
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
            batches=dict(states),
            problems=tuple(batch.problem for batch in self.outbox.batches.all() if batch.problem),
            waiting=tuple(
                f"batch {batch.batch_id}: {batch.problem}"
                for batch in overview.recent_batches
                if batch.state != "complete"
            ),
            blocks=self.blocks.count(),
        )

    def _pending(self) -> Iterator[tuple[Digest, Record, str | None]]:
        for digest, contributor in self.outbox.records.pending():
            yield digest, codec.decode(self.blocks.get(digest)), contributor

    def _read(
        self, digests: Sequence[Digest], contributor: str | None
    ) -> Iterator[tuple[Digest, Record, str | None]]:
        for digest, block in zip(digests, self.blocks.get_many(digests), strict=True):
            yield digest, codec.decode(block), contributor

    def _own_signer(self) -> LocalSigner | None:
        if self.settings.private_key is None:
            return None
        try:
            return LocalSigner(Account.from_key(self.settings.private_key.get_secret_value()))
        except ValueError:
            raise InvalidInputError(
                "PERFLEDGER_PRIVATE_KEY is not a private key",
                hint="It is 64 hexadecimal digits, with or without 0x.",
            ) from None

    def _sender(self, signer: LocalSigner) -> Sender:
        return Sender(self.chain.w3, signer, max_fee_gwei=self.settings.max_fee_gwei)
