"""Homes whose ledger is on a node, and the command as its operator calls it."""

from pathlib import Path

from eth_account.signers.local import LocalAccount

from ledger import settings
from ledger.settings import Settings
from tests.chain.nodes.servers import EthereumNode
from tests.cli.command import Outcome
from tests.cli.command import perfledger


def key_of(account: LocalAccount) -> str:
    return "0x" + bytes(account.key).hex()


def environment(node: EthereumNode, account: LocalAccount) -> dict[str, str]:
    return {
        "PERFLEDGER_RPC_URL": node.url,
        "PERFLEDGER_CHAIN_ID": str(node.chain_id),
        "PERFLEDGER_PRIVATE_KEY": key_of(account),
    }


def command(
    node: EthereumNode, account: LocalAccount, home: Path, *arguments: str | Path
) -> Outcome:
    return perfledger(home, *arguments, **environment(node, account))


def settings_on(node: EthereumNode, account: LocalAccount, home: Path) -> Settings:
    return settings.load(
        home, rpc_url=node.url, chain_id=node.chain_id, private_key=key_of(account)
    )
