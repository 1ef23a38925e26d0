"""Secrets that are shown once and kept as their hashes.

They hold 256 random bits, so nobody finds one by trying, and a slow hash would protect nothing.
"""

import hashlib
import secrets
import string

BYTES = 32
NONCE_CHARACTERS = 22
"""More than 128 bits in letters and digits."""

_ALPHABET = string.ascii_letters + string.digits


def new() -> str:
    """A secret fit for a cookie or a header."""
    return secrets.token_urlsafe(BYTES)


def nonce() -> str:
    """Something that is used once, in letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(NONCE_CHARACTERS))


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
