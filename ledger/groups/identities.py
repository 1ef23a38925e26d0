"""The identities by which this home opens what is sealed for it.

An identity is an X25519 key in the form of age (``AGE-SECRET-KEY-1…``); the recipient that belongs
to it (``age1…``) is what others seal for, and no secret. The file is one that ``age`` itself reads:
an identity in each line, comments begin with ``#``. Its first identity is the one that is given to
others; more of them open what was sealed before.

Source: https://c2sp.org/age.
"""

from pathlib import Path

from filelock import FileLock
from pyrage import IdentityError
from pyrage import RecipientError
from pyrage.x25519 import Identity
from pyrage.x25519 import Recipient

from ledger.errors import InvalidInputError
from ledger.errors import SettingsError
from ledger.store.files import write_durably

IDENTITY_FILE = "group.key"

_MODE = 0o600
_OTHERS = 0o077
_COMMENT = "#"


class WrongRecipientError(InvalidInputError):
    """A text names nobody for whom anything can be sealed."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} is no recipient of age (X25519)",
            hint="It begins with `age1`; its owner prints it with `perfledger group identity`.",
        )


def path_in(home: Path) -> Path:
    """Where the identities of a home are."""
    return home / IDENTITY_FILE


def load_identities(path: Path) -> tuple[Identity, ...]:
    """The identities of a file; none, if it is not there.

    Raises:
        SettingsError: others may read the file, or a line of it is no identity.
    """
    if not path.exists():
        return ()
    if path.stat().st_mode & _OTHERS:
        raise SettingsError(f"others may read {path}", hint=f"Run: chmod 600 {path}")
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, ValueError) as error:
        raise _no_identities(path) from error
    found = [line.strip() for line in lines if line.strip() and not line.startswith(_COMMENT)]
    try:
        identities = tuple(Identity.from_str(line) for line in found)
    except IdentityError as error:
        raise _no_identities(path) from error
    if not identities:
        raise _no_identities(path)
    return identities


def own_identities(path: Path) -> tuple[Identity, ...]:
    """The same, of which one is made if there is none yet.

    Raises:
        SettingsError: as `load_identities`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            made = Identity.generate()
            text = f"# recipient: {made.to_public()}\n{made}\n"
            write_durably(path, text.encode("ascii"), mode=_MODE)
        return load_identities(path)


def recipient_of(text: str) -> str:
    """A recipient as it is written.

    Raises:
        WrongRecipientError: the text is none.
    """
    try:
        return str(Recipient.from_str(text.strip()))
    except RecipientError as error:
        raise WrongRecipientError(text) from error


def _no_identities(path: Path) -> SettingsError:
    return SettingsError(
        f"{path} holds no identities of age",
        hint="Restore it from a backup: what was sealed for it cannot be opened with another one.",
    )
