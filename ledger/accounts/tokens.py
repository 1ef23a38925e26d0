"""API tokens: what a program may do in an account's name, and until when."""

import secrets as randomness
import time
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from enum import StrEnum

from ledger.accounts import secrets
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.store.database import Database

PREFIX = "perfledger_"
"""So that whoever finds one in a log or a repository knows what it is."""

MOST_TOKENS = 100
"""Of one account that are not revoked."""

MOST_DAYS = 365
MOST_NAME = 100
DAY_SECONDS = 86_400

USE_NOTED_SECONDS = 60
"""A last use is told to the minute; noting each would cost a wait for the disk each."""


class Scope(StrEnum):
    """What a token is good for. A submission that is signed needs none."""

    READ = "read"
    DRAFTS = "drafts"
    CONTRIBUTE = "contribute"
    HOOKS = "hooks"

    @property
    def meaning(self) -> str:
        """In words."""
        return _MEANINGS[self]


_MEANINGS = {
    Scope.READ: "list the account's drafts",
    Scope.DRAFTS: "upload drafts for the account to sign, and delete them",
    Scope.CONTRIBUTE: "send signed records for this node to anchor, as its operator allows you",
    Scope.HOOKS: "deliver events to this node's webhooks, as its operator allows you",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret.

    Attributes:
        id: names it in lists.
        account: EIP-55 address in whose name it acts.
        name: what its owner called it.
        scopes: what it is good for.
        last_used_at: to the minute; None: never.
        revoked: whether it was taken back.
    """

    id: str
    account: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked: bool


class Tokens:
    """The tokens of all accounts.

    Args:
        database: with the tables of accounts.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def make(
        self, account: str, name: str, scopes: Iterable[Scope], days: int
    ) -> tuple[str, Token]:
        """A new token: its secret, which is never shown again, and what is kept of it.

        Raises:
            InvalidInputError: no name, no scope, a lifetime out of bounds, or too many tokens.
        """
        chosen = frozenset(scopes)
        name = name.strip()
        _check(name, chosen, days)
        secret = PREFIX + secrets.new()
        identifier = randomness.token_hex(4)
        now = self._clock()
        with self._database.transaction() as connection:
            (alive,) = connection.execute(
                "SELECT count(*) FROM tokens WHERE account = ? AND revoked_at IS NULL", (account,)
            ).fetchone()
            if alive >= MOST_TOKENS:
                raise InvalidInputError(
                    f"an account has at most {MOST_TOKENS} tokens", hint="Revoke some first."
                )
            connection.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (
                    identifier,
                    secrets.hash_of(secret),
                    account,
                    name,
                    " ".join(sorted(chosen)),
                    now,
                    now + days * DAY_SECONDS,
                ),
            )
        return secret, self._get(identifier)

    def of(self, account: str) -> list[Token]:
        """The tokens of an account, newest first; those that were revoked are left out."""
        return [
            _token_of(row)
            for row in self._database.all(
                f"SELECT {_COLUMNS} FROM tokens WHERE account = ? AND revoked_at IS NULL"  # noqa: S608 - a constant
                " ORDER BY created_at DESC, rowid DESC",
                account,
            )
        ]

    def use(self, secret: str) -> Token | None:
        """The token of a secret, whose use is noted; None: unknown, expired or revoked."""
        now = self._clock()
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM tokens WHERE hash = ? AND revoked_at IS NULL"  # noqa: S608 - a constant
            " AND expires_at > ?",
            secrets.hash_of(secret),
            now,
        )
        if not rows:
            return None
        token = _token_of(rows[0])
        last = token.last_used_at
        if last is None or now - last.timestamp() >= USE_NOTED_SECONDS:
            self._database.execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", now, token.id)
        return token

    def revoke(self, account: str, identifier: str) -> None:
        """Take a token back; from here on it is worth nothing.

        Raises:
            NotFoundError: the account has no such token.
        """
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND account = ?"
                " AND revoked_at IS NULL",
                (self._clock(), identifier, account),
            ).rowcount
        if not changed:
            raise NotFoundError(
                f"you have no token {identifier[:20]!r}", hint="The account's page lists them."
            )

    def _get(self, identifier: str) -> Token:
        (row,) = self._database.all(f"SELECT {_COLUMNS} FROM tokens WHERE id = ?", identifier)  # noqa: S608 - a constant
        return _token_of(row)


_COLUMNS = "id, account, name, scopes, created_at, expires_at, last_used_at, revoked_at"


def _check(name: str, scopes: frozenset[Scope], days: int) -> None:
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise InvalidInputError(
            "a token needs a name", hint=f"At most {MOST_NAME} characters: what will use it?"
        )
    if not scopes:
        raise InvalidInputError(
            "a token that is good for nothing", hint=f"Choose of {', '.join(Scope)}."
        )
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInputError(
            f"a token lives for 1 to {MOST_DAYS} days, not {days}", hint="Make a new one later."
        )


def _token_of(row: tuple[object, ...]) -> Token:
    identifier, account, name, scopes, created_at, expires_at, last_used_at, revoked_at = row
    return Token(
        id=str(identifier),
        account=str(account),
        name=str(name),
        scopes=frozenset(Scope(each) for each in str(scopes).split()),
        created_at=_moment(created_at),
        expires_at=_moment(expires_at),
        last_used_at=None if last_used_at is None else _moment(last_used_at),
        revoked=revoked_at is not None,
    )


def _moment(value: object) -> datetime:
    assert isinstance(value, float)
    return datetime.fromtimestamp(value, UTC)
