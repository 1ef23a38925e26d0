"""The ledger on a fresh development chain: contracts deployed, validators admitted and bonded."""

from collections.abc import Callable

from eth_account.signers.local import LocalAccount
from web3 import Web3

from contracts.deploy import deploy
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.journal import TransactionJournal
from ledger.chain.sender import Sender
from ledger.chain.signers import LocalSigner
from ledger.settings import Settings

GOVERNOR = 0
"""Development account that deploys the contracts and admits validators."""

CONTRIBUTOR = 1
"""Development account that contributes where no key is set."""

CONTRIBUTORS = range(1, 7)
"""Development accounts that the app offers for signing."""

FIRST_VALIDATOR = 10
"""Development account of the first validator; the others follow."""


def dev_validators(settings: Settings) -> list[LocalAccount]:
    """The keys of the development chain's validators."""
    return [dev_account(FIRST_VALIDATOR + place) for place in range(settings.dev_validators)]


def ensure(
    settings: Settings,
    w3: Web3,
    journal: TransactionJournal,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Deployment:
    """The deployment on the development chain, made now if the chain has none yet.

    A run that was killed half-way is completed: what is missing is deployed, admitted or bonded.
    """
    path = settings.deployment_path
    if not path.exists():
        progress("deploying the contracts")
        _deploy(settings, w3).save(path)
    deployment = Deployment.load(path)
    contracts = LedgerContracts(w3, deployment)
    contracts.require_code()
    _ensure_validators(settings, contracts, journal, progress)
    return deployment


def _deploy(settings: Settings, w3: Web3) -> Deployment:
    governor = dev_account(GOVERNOR)
    deployed = deploy(
        w3,
        governor,
        governor=governor.address,
        quorum=settings.quorum,
        bond_wei=settings.bond_wei,
        exit_delay_seconds=settings.exit_delay_seconds,
    )
    return Deployment(
        network="dev",
        chain_id=settings.chain_id,
        genesis_hash=genesis_hash(w3),
        from_block=min(each.block_number for each in deployed.values()),
        registry=deployed["ContributionRegistry"].address,
        validator_set=deployed["ValidatorSet"].address,
        attestations=deployed["Attestations"].address,
        code_hashes={name: "0x" + each.code_hash.hex() for name, each in deployed.items()},
    )


def _ensure_validators(
    settings: Settings,
    contracts: LedgerContracts,
    journal: TransactionJournal,
    progress: Callable[[str], None],
) -> None:
    def sender(account: LocalAccount) -> Sender:
        return Sender(
            contracts.w3,
            LocalSigner(account),
            journal=journal,
            chain_id=settings.chain_id,
            max_fee_gwei=settings.max_fee_gwei,
            observer=progress,
        )

    validator_set = contracts.validator_set.functions
    governor = sender(dev_account(GOVERNOR))
    none, admitted = 0, 1
    for account in dev_validators(settings):
        address = account.address
        status = validator_set.validator(address).call()[0]
        if status == none:
            progress(f"admitting validator {address}")
            governor.transact(f"admit {address}", validator_set.admit(address))
            status = admitted
        if status == admitted:
            bond = validator_set.bond().call()
            sender(account).transact("join", validator_set.join(), value=bond)
