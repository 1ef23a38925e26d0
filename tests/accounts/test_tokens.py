"""Tokens: shown once, kept as hashes, good for what they say and not for longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.accounts import tokens as limits
from ledger.accounts.accounts import Accounts
from ledger.accounts.tokens import Scope
from ledger.accounts.tokens import Tokens
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from tests.accounts.test_sign_in import Clock

ALICE = "0x" + "a" * 40
BOB = "0x" + "b" * 40


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Iterator[Accounts]:
    opened = Accounts(tmp_path / "accounts.sqlite", clock)
    yield opened
    opened.close()


@pytest.fixture
def tokens(accounts: Accounts) -> Tokens:
    return accounts.tokens


def test_a_token_is_good_for_its_scopes_in_its_accounts_name(tokens: Tokens):
    secret, made = tokens.make(ALICE, "nightly runs", [Scope.DRAFTS], 30)

    used = tokens.use(secret)

    assert secret.startswith("perfledger_")
    assert used is not None
    assert (used.id, used.account, used.scopes) == (made.id, ALICE, {Scope.DRAFTS})


def test_it_expires(tokens: Tokens, clock: Clock):
    secret, _ = tokens.make(ALICE, "ci", [Scope.READ], 1)
    clock.now += limits.DAY_SECONDS - 1
    assert tokens.use(secret) is not None
    clock.now += 1

    assert tokens.use(secret) is None


def test_it_can_be_taken_back_by_its_owner_alone(tokens: Tokens):
    secret, made = tokens.make(ALICE, "ci", [Scope.READ], 1)
    with pytest.raises(NotFoundError):
        tokens.revoke(BOB, made.id)
    assert tokens.use(secret) is not None

    tokens.revoke(ALICE, made.id)

    assert tokens.use(secret) is None
    assert tokens.of(ALICE) == []
    with pytest.raises(NotFoundError):
        tokens.revoke(ALICE, made.id)


def test_its_last_use_is_listed(tokens: Tokens, clock: Clock):
    secret, made = tokens.make(ALICE, "ci", [Scope.READ], 1)
    assert made.last_used_at is None
    clock.now += 90
    tokens.use(secret)
    clock.now += 10
    tokens.use(secret)

    (listed,) = tokens.of(ALICE)

    assert listed.last_used_at is not None
    assert listed.last_used_at.timestamp() == clock.now - 10


def test_tokens_outlive_a_restart_and_others_do_not_see_them(
    accounts: Accounts, tmp_path: Path, clock: Clock
):
    secret, made = accounts.tokens.make(ALICE, "ci", list(Scope), 1)
    accounts.close()

    again = Accounts(tmp_path / "accounts.sqlite", clock)
    try:
        found = again.tokens.use(secret)
        listed = again.tokens.of(BOB)
    finally:
        again.close()

    assert found is not None
    assert found.id == made.id
    assert listed == []


def test_no_secret_stands_in_the_file(accounts: Accounts, tmp_path: Path):
    secret, made = accounts.tokens.make(ALICE, "ci", [Scope.READ], 1)

    accounts.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert made.id.encode() in kept
    assert secret.encode() not in kept
    assert secret.removeprefix("perfledger_").encode() not in kept


@pytest.mark.parametrize("secret", ["", "perfledger_", "x" * 10_000, "perfledger_\udcff", "\0"])
def test_what_is_no_token_is_none(tokens: Tokens, secret: str):
    tokens.make(ALICE, "ci", [Scope.READ], 1)

    assert tokens.use(secret) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", [Scope.READ], 1),
        ("   ", [Scope.READ], 1),
        ("x" * 101, [Scope.READ], 1),
        ("a\u202eb", [Scope.READ], 1),
        ("ci", [], 1),
        ("ci", [Scope.READ], 0),
        ("ci", [Scope.READ], 366),
    ],
)
def test_what_makes_no_sense_is_refused(tokens: Tokens, name: str, scopes: list[Scope], days: int):
    with pytest.raises(InvalidInputError):
        tokens.make(ALICE, name, scopes, days)


def test_an_account_has_so_many_and_no_more(tokens: Tokens, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MOST_TOKENS", 2)
    for name in ("a", "b"):
        tokens.make(ALICE, name, [Scope.READ], 1)

    with pytest.raises(InvalidInputError, match="at most 2"):
        tokens.make(ALICE, "c", [Scope.READ], 1)
    tokens.make(BOB, "c", [Scope.READ], 1)
