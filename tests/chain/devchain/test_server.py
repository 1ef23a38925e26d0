"""The chain over HTTP: as a client sees it, and as an attacker's web page does."""

import http.client
import json
import signal
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from web3 import HTTPProvider
from web3 import Web3

from ledger.chain.devchain import server as server_module
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.chain import DevChainLockedError
from ledger.chain.devchain.server import RunningServer
from ledger.chain.devchain.server import serve
from ledger.chain.devchain.server import serve_until_stopped
from ledger.errors import SettingsError
from tests.chain.devchain.conftest import signed
from tests.chain.devchain.process import DEADLINE_SECONDS
from tests.chain.devchain.process import Client
from tests.chain.devchain.process import serving

REQUEST = b'{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}'
ANSWER = b'{"jsonrpc":"2.0","id":7,"result":"0x539"}'


@pytest.fixture
def server(chain: DevChain) -> Iterator[RunningServer]:
    with serve(chain) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with Client(server.url) as connected:
        yield connected


def test_web3_works_with_a_chain_in_another_process(tmp_path: Path):
    with serving(tmp_path / "chain.db") as process, requests.Session() as session:
        web3 = Web3(HTTPProvider(process.url, session=session))
        sender, receiver = web3.eth.accounts[:2]
        sent = web3.eth.send_transaction({"from": sender, "to": receiver, "value": 10**18})
        receipt = web3.eth.wait_for_transaction_receipt(sent)
        assert (receipt["status"], receipt["blockNumber"]) == (1, 1)
        assert web3.eth.get_block("latest")["transactions"] == [sent]
        with web3.batch_requests() as batch:
            batch.add(web3.eth.get_balance(receiver))
            batch.add(web3.eth.get_block(0))
            balance, genesis = batch.execute()
        assert balance == 10_000 * 10**18 + 10**18
        assert genesis["number"] == 0
        with pytest.raises(DevChainLockedError):
            DevChain(tmp_path / "chain.db")
        assert process.terminate() == 0
    DevChain(tmp_path / "chain.db").close()


def test_web3_in_process_sees_the_same(chain: DevChain, server: RunningServer):
    inside = Web3(chain.provider())
    inside.eth.send_transaction({"from": inside.eth.accounts[0], "to": inside.eth.accounts[1]})
    with requests.Session() as session:
        outside = Web3(HTTPProvider(server.url, session=session))
        assert outside.is_connected()
        assert inside.is_connected()
        assert outside.eth.get_block("latest", True) == inside.eth.get_block("latest", True)
    with inside.batch_requests() as batch:
        batch.add(inside.eth.get_block(0))
        batch.add(inside.eth.get_block(1))
        assert [block["number"] for block in batch.execute()] == [0, 1]


def test_plain_requests_get_the_exact_encoding(server: RunningServer):
    def post(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        request = urllib.request.Request(server.url, body, headers)
        with urllib.request.urlopen(request) as response:
            return json.loads(response.read())["result"]

    account = dev_account(0).address
    assert post("eth_blockNumber") == "0x0"
    assert post("eth_chainId") == "0x539"
    assert post("net_version") == "1337"
    assert post("eth_syncing") is False
    assert post("eth_getBalance", account, "latest") == "0x21e19e0c9bab2400000"
    assert post("eth_getCode", account, "latest") == "0x"
    assert post("eth_accounts")[0] == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    assert post("eth_getStorageAt", account, "0x0", "latest") == "0x" + "0" * 64
    assert post("web3_sha3", "0x") == (
        "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )
    post("eth_sendRawTransaction", signed(0))
    transaction = post("eth_getBlockByNumber", "0x1", True)["transactions"][0]
    assert transaction["from"] == account.lower()
    assert (transaction["value"], transaction["nonce"]) == ("0x1", "0x0")
    assert (transaction["type"], transaction["input"]) == ("0x2", "0x")
    assert transaction["maxFeePerGas"] == hex(3 * 10**9)


def test_a_notification_has_an_empty_answer(client: Client):
    assert client.post(b'{"jsonrpc":"2.0","method":"eth_chainId"}') == (200, b"")


def test_one_connection_serves_many_requests(client: Client):
    for _ in range(3):
        assert client.post(REQUEST) == (200, ANSWER)


def test_requests_from_many_threads_are_all_mined(client: Client, server: RunningServer):
    def send(account: int) -> None:
        with Client(server.url) as own:
            for nonce in range(5):
                own.call("eth_sendRawTransaction", signed(nonce, account=account))

    threads = [threading.Thread(target=send, args=(account,)) for account in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert client.call("eth_blockNumber") == hex(30)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "ledger.example:8545"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Origin": "https://page.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": "6000000"}, 413),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1e3"}, 411),
    ],
)
def test_a_web_page_cannot_drive_the_chain(client: Client, headers: dict[str, str], status: int):
    refused, body = client.post(REQUEST, **headers)
    assert refused == status
    assert b"result" not in body


def test_nothing_is_offered_to_other_origins(server: RunningServer):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    preflight = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        connection.request(method, "/", headers=preflight)
        response = connection.getresponse()
        response.read()
        assert response.status == 501
        assert not [name for name in response.headers if name.lower().startswith("access-control")]
    connection.close()


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8787", "http://localhost", "https://[::1]:8787"]
)
def test_a_page_of_this_machine_may_read(client: Client, server: RunningServer, origin: str):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    asked = {"Origin": origin, "Content-Type": "application/json"}
    connection.request("OPTIONS", "/", headers={**asked, "Access-Control-Request-Method": "POST"})
    preflight = connection.getresponse()
    preflight.read()
    connection.request("POST", "/", REQUEST, headers=asked)
    response = connection.getresponse()

    assert response.read() == ANSWER
    for answered in (preflight, response):
        assert answered.status == 200
        assert answered.headers["Access-Control-Allow-Origin"] == origin
        assert answered.headers["Vary"] == "Origin"
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type"
    connection.close()


@pytest.mark.parametrize("method", ["eth_sendRawTransaction", "eth_sendTransaction", "evm_mine"])
def test_a_page_of_this_machine_changes_nothing(client: Client, method: str):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": [signed(0)]})

    _, answer = client.post(body.encode(), Origin="http://127.0.0.1:8787")

    assert json.loads(answer)["error"]["code"] == -32601
    assert client.call("eth_blockNumber") == "0x0"


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1.page.example", "http://localhost.page.example", "http://[", "null"]
)
def test_a_name_that_only_looks_local_is_another_place(client: Client, origin: str):
    assert client.post(REQUEST, Origin=origin)[0] == 403


def test_localhost_is_the_same_place(client: Client, server: RunningServer):
    port = urlsplit(server.url).port
    assert client.post(REQUEST, Host=f"localhost:{port}") == (200, ANSWER)


def test_serving_in_the_foreground_ends_with_a_signal(chain: DevChain):
    handler = signal.getsignal(signal.SIGTERM)
    answered: list[tuple[int, bytes]] = []

    def ready(server: RunningServer) -> None:
        with Client(server.url) as client:
            answered.append(client.post(REQUEST))
        signal.raise_signal(signal.SIGTERM)

    serve_until_stopped(chain, ready=ready)
    assert answered == [(200, ANSWER)]
    assert signal.getsignal(signal.SIGTERM) is handler


def test_ipv6_loopback_is_served_where_there_is_one(chain: DevChain):
    try:
        running = serve(chain, "::1")
    except SettingsError:
        pytest.skip("this machine has no IPv6 loopback")
    with running, Client(running.url) as client:
        assert running.url.startswith("http://[::1]:")
        assert client.post(REQUEST) == (200, ANSWER)


def test_an_address_that_others_reach_is_not_served(chain: DevChain):
    for host in ("0.0.0.0", "192.0.2.1", "ledger.example"):
        with pytest.raises(SettingsError) as refusal:
            serve(chain, host)
        assert refusal.value.hint


def test_a_port_in_use_is_reported(chain: DevChain, server: RunningServer):
    port = urlsplit(server.url).port
    assert port is not None
    with pytest.raises(SettingsError, match="cannot listen"):
        serve(chain, port=port)


def test_closing_ends_idle_connections_and_lets_answers_out(
    chain: DevChain, monkeypatch: pytest.MonkeyPatch
):
    running = serve(chain)
    asked, released = threading.Event(), threading.Event()
    answers: list[tuple[int, bytes]] = []
    answer = chain.handle_bytes

    def answer_when_released(body: bytes) -> bytes:
        asked.set()
        assert released.wait(DEADLINE_SECONDS)
        return answer(body)

    with Client(running.url) as idle, Client(running.url) as busy:
        idle.post(REQUEST)
        monkeypatch.setattr(chain, "handle_bytes", answer_when_released)
        asking = threading.Thread(target=lambda: answers.append(busy.post(REQUEST)))
        asking.start()
        assert asked.wait(DEADLINE_SECONDS)
        closing = threading.Thread(target=running.close)
        closing.start()
        assert idle.ended()
        released.set()
        for thread in (asking, closing):
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()
    assert answers == [(200, ANSWER)]


def test_a_client_that_goes_away_disturbs_nobody(client: Client, server: RunningServer):
    address = urlsplit(server.url)
    head = f"POST / HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    for start in (b"", b"POST", f"{head}Content-Length: 99\r\n\r\n{{".encode()):
        with socket.create_connection((str(address.hostname), address.port or 0)) as leaver:
            leaver.sendall(start)
    assert client.post(REQUEST) == (200, ANSWER)


def test_an_idle_connection_is_closed(chain: DevChain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module._Handler, "timeout", 0.05)
    with serve(chain) as running:
        address = urlsplit(running.url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as idle:
            idle.settimeout(DEADLINE_SECONDS)
            assert idle.recv(1) == b""
