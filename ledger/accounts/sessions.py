"""Signing in by wallet, and the sessions that follow."""

import time
from collections.abc import Callable
from datetime import UTC
from datetime import datetime

from ledger.accounts import secrets
from ledger.accounts.sign_in import SignInMessage
from ledger.accounts.sign_in import signer_of
from ledger.errors import PerfledgerError
from ledger.store.database import Database

CHALLENGE_SECONDS = 300
"""Time to read a message in the wallet and sign it."""

SESSION_SECONDS = 12 * 3600

MOST_CHALLENGES = 10_000
"""Unanswered at once; beyond it the oldest go, so that asking without end fills no disk."""


class SignInError(PerfledgerError):
    """A wallet's answer does not sign anybody in."""


class Sessions:
    """Who is signed in.

    Args:
        database: with the tables of accounts.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def challenge(self, *, domain: str, uri: str, account: str, chain_id: int) -> SignInMessage:
        """A message for an account to sign, once and soon.

        Args:
            domain: host and port of the app, as the visitor's browser has them.
            uri: the page that asks.
            account: EIP-55 address that wants to sign in.
            chain_id: EIP-155 chain id of the ledger.
        """
        now = self._clock()
        message = SignInMessage(
            domain=domain,
            account=account,
            uri=uri,
            chain_id=chain_id,
            nonce=secrets.nonce(),
            issued_at=datetime.fromtimestamp(now, UTC),
            expires_at=datetime.fromtimestamp(now + CHALLENGE_SECONDS, UTC),
        )
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM challenges WHERE expires_at <= ?", (now,))
            connection.execute(
                "DELETE FROM challenges WHERE nonce IN"
                " (SELECT nonce FROM challenges ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
                (MOST_CHALLENGES - 1,),
            )
            connection.execute(
                "INSERT INTO challenges VALUES (?, ?, ?, ?, ?)",
                (message.nonce, domain, account, message.text, now + CHALLENGE_SECONDS),
            )
        return message

    def sign_in(self, nonce: str, signature: bytes, *, domain: str) -> str:
        """Begin a session with a signed message; whatever comes of it, its nonce is used up.

        Args:
            nonce: of the message.
            signature: of the account that the message names.
            domain: host and port that this answer was sent to.

        Returns:
            The session's secret.

        Raises:
            SignInError: unknown, used or expired, for another domain, or signed by another key.
        """
        with self._database.transaction() as connection:
            found = connection.execute(
                "DELETE FROM challenges WHERE nonce = ? RETURNING domain, account, message,"
                " expires_at",
                (nonce,),
            ).fetchone()
        if found is None or found[3] <= self._clock():
            raise SignInError(
                "this sign-in is not open any more",
                hint="A message to sign is good once, for five minutes. Sign in again.",
            )
        asked_by, account, message, _ = found
        if asked_by != domain:
            raise SignInError(
                f"the message was for {asked_by}, and was sent to {domain}",
                hint="Sign in on the page that asked.",
            )
        if signer_of(message, signature) != account:
            raise SignInError(
                f"this is not a signature by {account}",
                hint="Choose that account in the wallet and sign in again. A contract's signature "
                "(ERC-1271) is not taken: sign in with an account that has a key of its own.",
            )
        return self._begin(account)

    def account_of(self, secret: str) -> str | None:
        """Whose session a secret is; None: nobody's, or it is over."""
        rows = self._database.all(
            "SELECT account FROM sessions WHERE hash = ? AND expires_at > ?",
            secrets.hash_of(secret),
            self._clock(),
        )
        return None if not rows else str(rows[0][0])

    def end(self, secret: str) -> None:
        """End a session."""
        self._database.execute("DELETE FROM sessions WHERE hash = ?", secrets.hash_of(secret))

    def end_all(self, account: str) -> None:
        """End every session of an account."""
        self._database.execute("DELETE FROM sessions WHERE account = ?", account)

    def _begin(self, account: str) -> str:
        secret = secrets.new()
        now = self._clock()
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)",
                (secrets.hash_of(secret), account, now, now + SESSION_SECONDS),
            )
        return secret
