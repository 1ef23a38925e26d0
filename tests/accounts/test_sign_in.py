"""Signing in: one message, one answer, one browser's session, all of them soon over."""

import re
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import sessions as limits
from ledger.accounts.accounts import Accounts
from ledger.accounts.sessions import SignInError
from ledger.accounts.sign_in import SignInMessage
from ledger.accounts.sign_in import signer_of
from tests.anchor.test_submission import malleated

ALICE: LocalAccount = Account.from_key("0x" + "a1" * 32)
BOB: LocalAccount = Account.from_key("0x" + "b2" * 32)
DOMAIN = "ledger.example:8443"
URI = "https://ledger.example:8443/account"

GRAMMAR = re.compile(
    r"(?P<domain>[^\s/?#]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[\x20-\x7e]+)\n"
    r"\n"
    r"URI: (?P<uri>[a-z][a-z0-9+.-]*:\S+)\n"
    r"Version: (?P<version>1)\n"
    r"Chain ID: (?P<chain_id>\d+)\n"
    r"Nonce: (?P<nonce>[0-9A-Za-z]{8,})\n"
    r"Issued At: (?P<issued_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    r"Expiration Time: (?P<expires_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
)
"""The fields of ERC-4361's ABNF that are used here, in its order, to the last line feed."""


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    opened = Accounts(tmp_path / "accounts.sqlite", clock)
    yield opened
    opened.close()


def asked(accounts: Accounts) -> SignInMessage:
    return accounts.sessions.challenge(domain=DOMAIN, uri=URI, account=ALICE.address, chain_id=1337)


def signed(message: SignInMessage, key: LocalAccount = ALICE) -> bytes:
    return bytes(key.sign_message(encode_defunct(text=message.text)).signature)


def test_the_message_follows_the_grammar_of_the_standard(accounts: Accounts, clock: Clock):
    message = asked(accounts)

    found = GRAMMAR.fullmatch(message.text)

    assert found is not None
    assert found["domain"] == DOMAIN
    assert found["address"] == ALICE.address
    assert found["uri"] == URI
    assert found["chain_id"] == "1337"
    assert datetime.fromisoformat(found["issued_at"]) == datetime.fromtimestamp(clock.now, UTC)
    assert found["expires_at"] > found["issued_at"]


def test_the_example_of_the_standard_is_signed_and_recovered_as_wallets_do():
    """Its text, with the fields that are optional and come after ours."""
    text = (
        "example.com wants you to sign in with your Ethereum account:\n"
        "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\n\n"
        "I accept the ExampleOrg Terms of Service: https://example.com/tos\n\n"
        "URI: https://example.com/login\nVersion: 1\nChain ID: 1\nNonce: 32891756\n"
        "Issued At: 2021-09-30T16:25:24Z\nResources:\n"
        "- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/\n"
        "- https://example.com/my-web2-claim.json"
    )

    signature = bytes(ALICE.sign_message(encode_defunct(text=text)).signature)

    assert signer_of(text, signature) == ALICE.address
    assert signer_of(text + " ", signature) != ALICE.address


def test_nonces_are_long_and_never_the_same(accounts: Accounts):
    nonces = {asked(accounts).nonce for _ in range(200)}

    assert len(nonces) == 200
    assert min(map(len, nonces)) >= 22


def test_a_signed_message_begins_a_session(accounts: Accounts):
    message = asked(accounts)

    secret = accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)

    assert accounts.sessions.account_of(secret) == ALICE.address


def test_a_message_is_good_once(accounts: Accounts):
    message = asked(accounts)
    accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)

    with pytest.raises(SignInError, match="not open any more"):
        accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)


def test_a_wrong_answer_uses_the_message_up(accounts: Accounts):
    message = asked(accounts)
    with pytest.raises(SignInError, match="not a signature by"):
        accounts.sessions.sign_in(message.nonce, signed(message, BOB), domain=DOMAIN)

    with pytest.raises(SignInError, match="not open any more"):
        accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)


def test_an_answer_that_comes_too_late_is_refused(accounts: Accounts, clock: Clock):
    message = asked(accounts)
    clock.now += limits.CHALLENGE_SECONDS

    with pytest.raises(SignInError, match="not open any more"):
        accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)


def test_an_answer_to_another_site_is_refused(accounts: Accounts):
    message = asked(accounts)

    with pytest.raises(SignInError, match=r"was for ledger\.example:8443, and was sent to evil"):
        accounts.sessions.sign_in(message.nonce, signed(message), domain="evil.example")


@pytest.mark.parametrize("change", [b"", b"\1" * 65, malleated])
def test_what_is_no_plain_signature_is_refused(accounts: Accounts, change: object):
    message = asked(accounts)
    signature = change(signed(message)) if callable(change) else change

    with pytest.raises(SignInError, match="not a signature by"):
        accounts.sessions.sign_in(message.nonce, signature, domain=DOMAIN)


@given(st.text(max_size=60), st.binary(max_size=80))
def test_nothing_that_is_made_up_signs_anybody_in(
    tmp_path_factory: pytest.TempPathFactory, nonce: str, signature: bytes
):
    folder = tmp_path_factory.mktemp("accounts")
    accounts = Accounts(folder / "accounts.sqlite")
    try:
        with pytest.raises(SignInError):
            accounts.sessions.sign_in(nonce, signature, domain=DOMAIN)
    finally:
        accounts.close()


def test_a_session_ends_by_itself_and_when_it_is_ended(accounts: Accounts, clock: Clock):
    secrets = []
    for _ in range(3):
        message = asked(accounts)
        secrets.append(accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN))

    accounts.sessions.end(secrets[0])
    after_one = [accounts.sessions.account_of(secret) for secret in secrets]
    clock.now += limits.SESSION_SECONDS
    after_all = [accounts.sessions.account_of(secret) for secret in secrets]

    assert after_one == [None, ALICE.address, ALICE.address]
    assert after_all == [None, None, None]


def test_asking_without_end_fills_no_disk(
    accounts: Accounts, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "MOST_CHALLENGES", 5)
    messages = []
    for _ in range(8):
        clock.now += 1
        messages.append(asked(accounts))

    with pytest.raises(SignInError):
        accounts.sessions.sign_in(messages[2].nonce, signed(messages[2]), domain=DOMAIN)
    assert accounts.sessions.sign_in(messages[-1].nonce, signed(messages[-1]), domain=DOMAIN)


def test_no_secret_stands_in_the_file(accounts: Accounts, tmp_path: Path):
    message = asked(accounts)
    secret = accounts.sessions.sign_in(message.nonce, signed(message), domain=DOMAIN)

    accounts.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ALICE.address.encode() in kept
    assert secret.encode() not in kept
