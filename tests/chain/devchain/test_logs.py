"""eth_getLogs answers what a filter over all receipts answers, with work linear in the blocks."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.devchain import logs as logs_module
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from tests.chain.devchain.conftest import Call
from tests.chain.devchain.conftest import ask
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.evm import EMITTER
from tests.chain.devchain.evm import deployment
from tests.chain.devchain.evm import emission
from tests.chain.devchain.evm import several_logs

BLOCKS = 24
TOPICS = (1, 2, 3)
BIG = 2**256 - 1


def topic(value: int) -> str:
    return "0x" + value.to_bytes(32, "big").hex()


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevChain]:
    """Two emitters, logs with zero to four topics from a small set, and blocks without logs."""
    with DevChain(tmp_path_factory.mktemp("logs") / "chain.db") as chain:
        emitters = []
        for nonce in range(2):
            ask(chain, "eth_sendRawTransaction", creation(nonce, deployment(EMITTER)))
            created = ask(chain, "eth_getBlockReceipts", "latest")["result"][0]
            emitters.append(created["contractAddress"])
        for number in range(BLOCKS):
            nonce = number + 2
            if number % 5 == 4:
                raw = signed(nonce)
            elif number % 7 == 6:
                raw = creation(nonce, several_logs(3))
            else:
                topics = [TOPICS[(number + i * number // 3) % 3] for i in range(number % 5)]
                topics[1:2] = [BIG] if number % 4 == 3 and len(topics) > 1 else topics[1:2]
                raw = signed(
                    nonce,
                    to=emitters[number % 2],
                    data=emission(topics, bytes([number]) * number),
                    gas=200_000,
                    value=0,
                )
            response = ask(chain, "eth_sendRawTransaction", raw)
            assert "result" in response, response
        yield chain


def creation(nonce: int, initcode: bytes) -> str:
    return signed(nonce, to="", data=initcode, gas=500_000, value=0)


def all_logs(chain: DevChain) -> list[dict[str, Any]]:
    head = int(ask(chain, "eth_blockNumber")["result"], 16)
    return [
        log
        for number in range(head + 1)
        for receipt in ask(chain, "eth_getBlockReceipts", hex(number))["result"]
        for log in receipt["logs"]
    ]


def wanted(log: dict[str, Any], criteria: dict[str, Any]) -> bool:
    """The filter's meaning, written down plainly."""
    addresses = criteria.get("address")
    if isinstance(addresses, str):
        addresses = [addresses]
    if addresses and log["address"] not in addresses:
        return False
    for position, choice in enumerate(criteria.get("topics", [])):
        if position >= len(log["topics"]):
            return False
        choices = [choice] if isinstance(choice, str) else choice
        if choices and log["topics"][position] not in choices:
            return False
    first, last = int(criteria["fromBlock"], 16), int(criteria["toBlock"], 16)
    return first <= int(log["blockNumber"], 16) <= last


topic_choices = st.sampled_from([topic(value) for value in (*TOPICS, BIG, 9)])
positions = st.none() | topic_choices | st.lists(topic_choices, max_size=3)


@st.composite
def filters(draw: st.DrawFn, addresses: list[str]) -> dict[str, Any]:
    first = draw(st.integers(0, BLOCKS + 2))
    criteria: dict[str, Any] = {
        "fromBlock": hex(first),
        "toBlock": hex(draw(st.integers(first, BLOCKS + 2))),
    }
    one = st.sampled_from([*addresses, "0x" + "77" * 20])
    address = draw(st.none() | one | st.lists(one, max_size=3))
    if address is not None:
        criteria["address"] = address
    criteria["topics"] = draw(st.lists(positions, max_size=4))
    return criteria


@given(data=st.data())
def test_a_filter_finds_what_looking_at_every_log_finds(logged: DevChain, data: st.DataObject):
    everything = all_logs(logged)
    addresses = sorted({log["address"] for log in everything})
    criteria = data.draw(filters(addresses))
    expected = [log for log in everything if wanted(log, criteria)]
    assert ask(logged, "eth_getLogs", criteria)["result"] == expected


def test_a_block_hash_asks_for_that_block(logged: DevChain):
    for log in all_logs(logged):
        found = ask(logged, "eth_getLogs", {"blockHash": log["blockHash"]})["result"]
        assert log in found
        assert {each["blockHash"] for each in found} == {log["blockHash"]}


def test_without_a_range_the_head_is_asked(logged: DevChain):
    head = ask(logged, "eth_blockNumber")["result"]
    expected = [log for log in all_logs(logged) if log["blockNumber"] == head]
    assert ask(logged, "eth_getLogs", {})["result"] == expected
    assert ask(logged, "eth_getLogs", {"toBlock": "latest"})["result"] == expected


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"fromBlock": "0x5", "toBlock": "0x4"}, "invalid block range"),
        ({"blockHash": "0x" + "00" * 32, "fromBlock": "0x1"}, "cannot specify both"),
        ({"blockHash": "0x" + "00" * 32}, "unknown block"),
        ({"topics": [None] * 5}, "exceed max topics"),
        ({"topics": ["0x01"]}, "want 32 bytes"),
        ({"address": "0x01"}, "want 20 bytes"),
        ({"address": [[]]}, "want 0x-prefixed hex"),
        ({"fromBlock": "0x01"}, "leading zeros"),
        ({"fromBlock": []}, "want a tag"),
        ([], "missing value"),
    ],
)
def test_a_filter_without_sense_is_refused(logged: DevChain, criteria: Any, message: str):
    assert message in ask(logged, "eth_getLogs", criteria)["error"]["message"]


def test_too_many_results_are_refused(logged: DevChain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs_module, "MAX_RESULTS", 3)
    error = ask(logged, "eth_getLogs", {"fromBlock": "0x0"})["error"]
    assert error["code"] == -32005
    assert "more than 3 results" in error["message"]


def test_the_work_grows_with_the_blocks_asked_for_and_not_with_the_chain(
    chain: DevChain, call: Call, deploy: Call
):
    emitter = deploy(EMITTER)

    def emit(blocks: int) -> None:
        nonce = int(call("eth_getTransactionCount", dev_account(0).address, "latest"), 16)
        for offset in range(blocks):
            fields = {"to": emitter, "data": emission([1]), "gas": 100_000, "value": 0}
            call("eth_sendRawTransaction", signed(nonce + offset, **fields))

    def lookups(method: str, *params: Any) -> int:
        database = chain.backend.database
        before = database.lookups
        call(method, *params)
        return database.lookups - before

    def logs_of(blocks: int) -> int:
        return lookups("eth_getLogs", {"fromBlock": "0x2", "toBlock": hex(1 + blocks)})

    emit(20)
    first_hash = call("eth_getBlockByNumber", "0x2", False)["transactions"][0]
    ten, twenty = logs_of(10), logs_of(20)
    receipt = lookups("eth_getTransactionReceipt", first_hash)
    emit(60)
    assert logs_of(10) == ten
    assert logs_of(80) - logs_of(40) == 4 * (twenty - ten)
    assert lookups("eth_getTransactionReceipt", first_hash) == receipt


def test_blocks_without_a_matching_bloom_are_passed_over(chain: DevChain, call: Call, deploy: Call):
    emitter = deploy(EMITTER)
    for nonce in range(1, 11):
        fields = {"to": emitter, "data": emission([nonce]), "gas": 100_000, "value": 0}
        call("eth_sendRawTransaction", signed(nonce, **fields))
    everything = {"fromBlock": "0x0", "address": emitter}
    database = chain.backend.database
    before = database.lookups
    assert len(call("eth_getLogs", everything)) == 10
    reading_all = database.lookups - before
    before = database.lookups
    assert len(call("eth_getLogs", {**everything, "topics": [topic(4)]})) == 1
    assert database.lookups - before < reading_all
