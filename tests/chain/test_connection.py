"""Reaching the chain: one process serves it, others join, and outages are told plainly."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledger import settings
from ledger.chain import connection
from ledger.chain.connection import HomeEndpoint
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import WrongContractError
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.chain import DevChainLockedError
from ledger.chain.devchain.server import serve
from ledger.chain.endpoint import Endpoint
from ledger.chain.endpoint import without_credentials
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.node import Node
from ledger.settings import Settings
from tests.anchor.homes import template_settings


@pytest.fixture
def chosen(home: Path) -> Settings:
    return template_settings(home)


def test_the_first_serves_the_chain_and_the_second_joins(chosen: Settings):
    with connection.connect(chosen) as first, connection.connect(chosen) as second:
        assert second.url == first.url
        assert second.w3.eth.chain_id == 1337


def test_one_that_lost_the_lock_joins_once_the_winner_serves(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "ANNOUNCEMENT_SECONDS", 60)
    looked, join = threading.Semaphore(0), connection.join

    def watched(of: Settings) -> connection.ChainConnection | None:
        found = join(of)
        looked.release()
        return found

    monkeypatch.setattr(connection, "join", watched)
    with (
        DevChain(chosen.chain_path, chain_id=1337) as chain,
        ThreadPoolExecutor(1) as pool,
    ):
        joining = pool.submit(connection.connect, chosen)
        for _ in range(2):  # before it asks for the lock, and after
            assert looked.acquire(timeout=30)
        with serve(chain, port=0) as server, connection.announced(chosen, server):
            assert joining.result(timeout=60).w3.eth.chain_id == 1337


def test_a_lock_whose_holder_does_not_serve_is_told(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "ANNOUNCEMENT_SECONDS", 0)

    with DevChain(chosen.chain_path, chain_id=1337), pytest.raises(DevChainLockedError):
        connection.connect(chosen)


def test_the_chain_of_a_home_is_not_reached_through_a_proxy(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with connection.connect(chosen):
        assert connection.join(chosen) is not None


def test_the_chain_of_a_home_is_sent_no_login(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    assert HomeEndpoint("http://127.0.0.1:1", tmp_path / "url")._session.auth is None
    assert Endpoint("http://127.0.0.1:1")._session.auth == ("me", "secret")


@pytest.mark.parametrize("url", ["http://[::1", "http://[::1/v3/key", "http://host:port"])
def test_what_is_no_url_is_told_as_a_setting(home: Path, monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("no_proxy", "elsewhere")

    with pytest.raises(PerfledgerError) as caught:
        connection.connect(template_settings(home, rpc_url=url))

    assert caught.value.hint


def test_an_address_that_nobody_serves_any_more_is_not_believed(chosen: Settings):
    with connection.connect(chosen):
        address_file = chosen.chain_path.parent / "url"
        stale = address_file.read_bytes()
    address_file.write_bytes(stale)  # as after a crash

    assert connection.join(chosen) is None
    with connection.connect(chosen) as again:
        assert again.w3.eth.chain_id == 1337


def test_an_endpoint_that_is_down_is_told_without_its_credentials(home: Path):
    url = "http://user:secret@127.0.0.1:1/v3/key"

    with pytest.raises(UnavailableError) as caught:
        connection.connect(template_settings(home, rpc_url=url))

    assert "does not answer at http://127.0.0.1:1" in caught.value.message
    assert "secret" not in caught.value.diagnostics()
    assert "key" not in caught.value.diagnostics()


def test_another_chain_is_refused(chosen: Settings):
    with (
        connection.connect(chosen) as served,
        pytest.raises(SettingsError, match="has id 1337, not 5") as caught,
    ):
        connection.connect(template_settings(chosen.home, rpc_url=served.url, chain_id=5))
    assert "PERFLEDGER_CHAIN_ID" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://mainnet.example/v3/0123456789", "https://mainnet.example"),
        ("https://user:word@node.example:8545", "https://node.example:8545"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("https://node.example?apikey=1", "https://node.example"),
        ("nonsense", "nonsense"),
        ("mainnet.example.io/v3/KEY", "mainnet.example.io"),
        ("user:word@host.example:8545/x", "host.example:8545"),
        ("mainnet.example.io/v3/KEY?to=http://x", "mainnet.example.io"),
    ],
)
def test_addresses_are_shown_without_keys(url: str, shown: str):
    assert without_credentials(url) == shown


def test_contracts_that_are_not_the_ledgers_are_refused(chosen: Settings):
    with Node(chosen) as node:
        node.connect()
        swapped = node.deployment.model_copy(update={"registry": node.deployment.attestations})
        absent = node.deployment.model_copy(update={"registry": "0x" + "11" * 20})

        with pytest.raises(WrongContractError, match="is not ContributionRegistry"):
            LedgerContracts(node.chain.w3, swapped).require_code()
        with pytest.raises(WrongContractError, match="there is no contract at"):
            LedgerContracts(node.chain.w3, absent).require_code()


def test_founding_again_changes_nothing(chosen: Settings):
    with Node(chosen) as node:
        node.connect()
        head, deployment = node.chain.w3.eth.block_number, node.deployment
    with Node(chosen) as node:
        node.connect()

        assert (node.chain.w3.eth.block_number, node.deployment) == (head, deployment)
        assert all(validator.is_active() for validator in node.validators())


def test_the_chain_of_another_home_is_not_taken_for_this_ones(tmp_path: Path):
    first, second = (settings.load(tmp_path / name) for name in ("first", "second"))
    with connection.connect(first):
        stale = (first.chain_path.parent / "url").read_bytes()
    with connection.host(second, port=port_of(stale)) as of_second:
        (first.chain_path.parent / "url").write_bytes(stale)  # as after a crash

        with connection.connect(first) as of_first:
            assert of_first.url != of_second.url
            assert genesis_hash(of_first.w3) != genesis_hash(of_second.w3)


def test_a_client_follows_its_own_chain_to_another_port(tmp_path: Path):
    first, second = (settings.load(tmp_path / name) for name in ("first", "second"))
    with connection.host(first, port=0):
        client = connection.join(first)
        assert client is not None
        wanted = genesis_hash(client.w3)
        stale = (first.chain_path.parent / "url").read_bytes()
    with connection.host(second, port=port_of(stale)):
        with pytest.raises(UnavailableError, match="does not answer"):
            genesis_hash(client.w3)
        with connection.host(first, port=0):
            assert genesis_hash(client.w3) == wanted


def test_an_address_is_gone_with_its_server(chosen: Settings):
    with connection.connect(chosen):
        assert connection.join(chosen) is not None

    assert not (chosen.chain_path.parent / "url").exists()


def test_a_home_whose_chain_was_deleted_is_told_so(home: Path):
    chosen = template_settings(home)
    with Node(chosen) as node:
        node.connect()
    shutil.rmtree(chosen.chain_path.parent)

    with Node(chosen) as node, pytest.raises(WrongLedgerError, match="begins with block") as caught:
        node.connect()
    assert "a new home" in caught.value.hint


def port_of(address: bytes) -> int:
    return urlsplit(address.decode()).port or 0
