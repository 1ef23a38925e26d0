from pathlib import Path

import pytest
from eth_tester import EthereumTester
from eth_tester.exceptions import TransactionNotFound
from web3 import Web3

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.backend import DevChainBackend
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.chain import DevChainLockedError
from ledger.chain.devchain.database import ChainDatabase
from ledger.chain.devchain.database import DevChainDatabaseError
from tests.chain.devchain.conftest import ask
from tests.chain.devchain.conftest import signed


def test_the_accounts_are_those_everybody_knows():
    assert dev_account(0).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert dev_account(1).address == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    assert bytes(dev_account(0).key).hex().startswith("ac0974bec39a17e36ba4a6b4d238ff944bacb478")
    with pytest.raises(ValueError, match="negative"):
        dev_account(-1)


def test_each_of_twenty_accounts_holds_ten_thousand_ether(chain: DevChain, web3: Web3):
    assert len(chain.accounts) == 20
    assert [account.address for account in chain.accounts] == web3.eth.accounts
    balances = {web3.eth.get_balance(account.address) for account in chain.accounts}
    assert balances == {Web3.to_wei(10_000, "ether")}


def test_a_chain_goes_on_at_its_head(tmp_path: Path):
    path = tmp_path / "folder" / "chain.db"
    with DevChain(path) as chain:
        sent = ask(chain, "eth_sendRawTransaction", signed(0))["result"]
        head = ask(chain, "eth_getBlockByNumber", "latest", True)["result"]
        genesis = ask(chain, "eth_getBlockByNumber", "earliest", False)["result"]
    with DevChain(path) as chain:
        assert ask(chain, "eth_getBlockByNumber", "latest", True)["result"] == head
        assert ask(chain, "eth_getBlockByNumber", "0x0", False)["result"] == genesis
        assert ask(chain, "eth_getTransactionByHash", sent)["result"]["blockNumber"] == "0x1"
        ask(chain, "eth_sendRawTransaction", signed(1))
        child = ask(chain, "eth_getBlockByNumber", "0x2", False)["result"]
        assert child["parentHash"] == head["hash"]


def test_timestamps_rise_even_if_the_clock_does_not(tmp_path: Path):
    def mined(clock: int, count: int) -> list[int]:
        database = ChainDatabase(tmp_path / "chain.db")
        backend = DevChainBackend(database, 1337, clock=lambda: clock)
        timestamps = [backend.mine().header.timestamp for _ in range(count)]
        database.close()
        return timestamps

    assert mined(1_000, 3) == [1_001, 1_002, 1_003]
    assert mined(500, 2) == [1_004, 1_005]
    assert mined(2_000, 2) == [2_000, 2_001]


def test_a_chain_with_another_id_is_refused(tmp_path: Path):
    DevChain(tmp_path / "chain.db").close()
    with pytest.raises(DevChainDatabaseError, match="id 1337, not 7"):
        DevChain(tmp_path / "chain.db", chain_id=7)
    DevChain(tmp_path / "chain.db").close()


def test_only_one_opens_a_chain_at_a_time(chain: DevChain):
    with pytest.raises(DevChainLockedError) as refusal:
        DevChain(chain.path)
    assert "another process" in refusal.value.message
    assert refusal.value.hint
    chain.close()
    DevChain(chain.path).close()


def test_a_file_that_is_no_chain_is_not_kept_locked(tmp_path: Path):
    path = tmp_path / "chain.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(DevChainDatabaseError):
        DevChain(path)
    path.unlink()
    DevChain(path).close()


def test_eth_tester_drives_the_backend(tmp_path: Path):
    database = ChainDatabase(tmp_path / "chain.db")
    tester = EthereumTester(DevChainBackend(database, 1337))
    first, second = tester.get_accounts()[:2]
    sent = tester.send_transaction({"from": first, "to": second, "gas": 21_000, "value": 1})
    assert tester.get_transaction_receipt(sent)["block_number"] == 1
    assert tester.get_transaction_by_hash(sent)["value"] == 1
    assert tester.get_block_by_number("latest")["transactions"] == [sent]
    tester.send_raw_transaction(signed(1))
    tester.time_travel(tester.get_block_by_number("latest")["timestamp"] + 1_000)
    tester.mine_blocks(2)
    assert tester.get_block_by_number("latest")["number"] == 5
    with pytest.raises(TransactionNotFound):
        tester.get_transaction_receipt("0x" + "00" * 32)
    with pytest.raises(NotImplementedError):
        tester.take_snapshot()
    database.close()
