"""Records on chain that somebody with a key of their own has contributed."""

from itertools import count

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from ledger.chain.devchain.accounts import dev_account
from ledger.node import Node
from tests.conftest import execution

ETHER = 10**18

_sizes = count(1)


def funded(w3: Web3, ether: int = 10) -> LocalAccount:
    """A new account that holds this much, on the development chain."""
    account: LocalAccount = Account.create()
    rich = dev_account(9)
    sent = w3.eth.send_raw_transaction(
        rich.sign_transaction(
            {
                "to": account.address,
                "value": ether * ETHER,
                "gas": 21_000,
                "maxFeePerGas": 3 * 10**9,
                "maxPriorityFeePerGas": 10**9,
                "nonce": w3.eth.get_transaction_count(rich.address),
                "chainId": w3.eth.chain_id,
            }
        ).raw_transaction
    )
    assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    return account


def records_of(node: Node, account: LocalAccount, number: int = 1) -> tuple[str, ...]:
    """The CIDs of new records in one submission of an account, on chain and in the index."""
    runs = [execution("sort", "m4.2xlarge", 2, next(_sizes), 1) for _ in range(number)]
    cids = node.accept(runs).new
    signature = account.sign_message(node.statement_of(cids).signable()).signature
    identifier = node.submit_signed(cids, account.address, bytes(signature))
    while node.contribution(identifier).state not in {"anchored", "final"}:
        node.cycle()
    node.follow()
    return cids


def send(w3: Web3, account: LocalAccount, call: dict[str, object], **changes: object) -> str:
    """Send a prepared call as a wallet does; returns the transaction's hash."""
    transaction = {
        "to": call["to"],
        "data": call["data"],
        "gas": call["gas"],
        "value": 0,
        "chainId": call["chain_id"],
        "nonce": w3.eth.get_transaction_count(account.address),
        "maxFeePerGas": 3 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        **changes,
    }
    signed = account.sign_transaction(transaction)
    return str(w3.eth.send_raw_transaction(signed.raw_transaction).to_0x_hex())
