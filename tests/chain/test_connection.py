"""Reaching the chain: one process serves it, others join, and outages are told plainly."""

from pathlib import Path

import pytest

from ledger.chain import connection
from ledger.chain.connection import without_credentials
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import WrongContractError
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
        assert first.is_host
        assert not second.is_host
        assert second.url == first.url
        assert second.w3.eth.chain_id == 1337


def test_an_address_that_nobody_serves_any_more_is_not_believed(chosen: Settings):
    with connection.connect(chosen):
        pass

    with connection.connect(chosen) as again:
        assert again.is_host


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
