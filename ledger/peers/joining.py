"""Joining a ledger through one of its nodes."""

import json
import tomllib

from pydantic import ValidationError

from ledger.chain.connection import connect
from ledger.chain.contracts import LedgerContracts
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.peers.addresses import AddressPolicy
from ledger.peers.http import MisbehavedError
from ledger.peers.http import Web
from ledger.settings import SETTINGS_FILE
from ledger.settings import Settings
from ledger.store.files import write_durably


def ask(settings: Settings, url: str) -> Deployment:
    """Where a node says that the contracts are, compared with the chain of the settings.

    Raises:
        SettingsError: the settings name no chain.
        WrongLedgerError: the node's ledger is on another chain.
        WrongContractError: what is at those addresses is not the ledger's contracts.
        UnavailableError: node or chain do not answer, or not with what they should.
    """
    if settings.is_dev_chain:
        raise SettingsError(
            "no chain endpoint is set",
            hint="Set PERFLEDGER_RPC_URL and PERFLEDGER_CHAIN_ID to the ledger's network.",
        )
    web = Web(AddressPolicy([url]))
    try:
        said = web.json("GET", f"{url.rstrip('/')}/peers/v1/deployment")
    finally:
        web.close()
    try:
        offer = Deployment.model_validate(said)
    except (ValidationError, InvalidInputError) as error:
        raise MisbehavedError(f"{url} answers with no deployment") from error
    if offer.chain_id != settings.chain_id:
        raise WrongLedgerError(
            f"the ledger of {url} is on chain {offer.chain_id}, the settings say "
            f"{settings.chain_id}",
            hint="Set PERFLEDGER_CHAIN_ID, and an endpoint of that network in PERFLEDGER_RPC_URL.",
        )
    with connect(settings) as chain:
        LedgerContracts(chain.w3, offer).require_code()
    return offer


def accept(settings: Settings, url: str, offer: Deployment) -> None:
    """Keep the deployment, and the node as a peer, in the home folder.

    Raises:
        WrongLedgerError: the home is one of another ledger.
    """
    if settings.deployment_path.exists():
        here = Deployment.load(settings.deployment_path)
        if here.identity != offer.identity:
            raise WrongLedgerError(
                f"{settings.home} is a home of another ledger ({here.identity})",
                hint="Join with another: perfledger --home ./second node join URL.",
            )
    settings.home.mkdir(parents=True, exist_ok=True)
    offer.save(settings.deployment_path)
    path = settings.home / SETTINGS_FILE
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    known = tomllib.loads(before)
    if before and not before.endswith("\n"):
        before += "\n"
    wanted = {"rpc_url": settings.rpc_url, "chain_id": settings.chain_id, "peers": url.rstrip("/")}
    lines = [
        f"{name} = {json.dumps(value)}\n" for name, value in wanted.items() if name not in known
    ]
    write_durably(path, (before + "".join(lines)).encode(), mode=0o600)  # URLs may hold keys
