"""Where settings become wired parts.

Parts are opened when they are first used, so that `contribute` needs no app and `status` no key.
"""

from collections.abc import Set as AbstractSet
from functools import cached_property

from filelock import FileLock

from ledger.anchor.carrier import Carrier
from ledger.anchor.contributions import Contributions
from ledger.anchor.keeper import BatchKeeper
from ledger.chain import genesis
from ledger.chain.contracts import Examined
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deploying import Deployer
from ledger.chain.deployment import Deployment
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.chain.signers import Signer
from ledger.errors import SettingsError
from ledger.groups.contributing import Sealer
from ledger.groups.identities import path_in
from ledger.groups.judging import Members
from ledger.groups.reading import Reader
from ledger.groups.shelf import Shelf
from ledger.index.history import History
from ledger.index.sync import Sync
from ledger.peers.addresses import networks
from ledger.peers.keeping import Budget
from ledger.peers.peering import Peering
from ledger.peers.plan import PeeringPlan
from ledger.peers.policy import KeepPolicy
from ledger.peers.remote import Elsewhere
from ledger.revoking.revoker import Revoker
from ledger.signing import SigningNode
from ledger.store.blocks import BlockStore
from ledger.store.blocks import PinningStore
from ledger.store.tiered import TieredStore
from ledger.validate.service import ValidatorService
from ledger.verify.service import Prover


class WiredNode(SigningNode):
    """A node with all its parts, each opened when it is first used."""

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
    def revoker(self) -> Revoker:
        """Takes back records."""
        return Revoker(
            queries=self.queries,
            store=self.readable,
            contracts=self.contracts,
            sender=lambda address: self._sender(self.signer(address)),
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
            withheld=self._drafts,
        )
        self._open.callback(peering.close)
        return peering

    @cached_property
    def group_reader(self) -> Reader:
        """Opens what is encrypted for this home."""
        shelf = Shelf(self.settings.groups_path / "opened.sqlite")
        self._open.callback(shelf.close)
        domain = self.deployment.submission_domain
        return Reader(path_in(self.settings.home), shelf, self.readable, domain)

    @cached_property
    def sealer(self) -> Sealer:
        """Brings what waits for groups on its way."""
        domain = self.deployment.submission_domain
        return Sealer(self.for_groups, self.intake, self.blocks, domain)

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
            members=Members(
                self.group_reader, self.blocks, lambda: {each.id for each in self.groups.all()}
            ),
            observer=self._observe,
        )

    def active_validators(self) -> AbstractSet[str]:
        """Addresses of the validators that may attest now, as the index has it."""
        return self.history.active()

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

    def _find_deployment(self) -> Deployment:
        path = self.settings.deployment_path
        if not self.settings.is_dev_chain:
            return Deployment.load(path)
        with FileLock(path.with_suffix(".lock")):
            return genesis.ensure(
                self.settings, self.chain.w3, self.outbox.transactions, progress=self._observe
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
