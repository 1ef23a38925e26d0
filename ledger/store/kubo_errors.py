"""What can go wrong between a node and a Kubo daemon."""

from ledger.errors import SettingsError
from ledger.errors import UnavailableError


class KuboUnavailableError(UnavailableError):
    """The daemon does not answer, or the connection broke."""

    def __init__(self, url: str, reason: object) -> None:
        super().__init__(
            f"Kubo does not answer at {url}: {reason}",
            hint="Start it with `ipfs daemon`, or name another with PERFLEDGER_KUBO_URL. What was "
            "acknowledged is kept, and what was not can be sent again.",
        )


class KuboRefusedError(UnavailableError):
    """The daemon answers a command with an error."""

    def __init__(self, url: str, command: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Kubo at {url} refuses {command.lstrip('/')}: {reason[:200]}",
            hint="`perfledger doctor` looks at it, and `ipfs log tail` says what it does.",
        )


class KuboDeniedError(SettingsError):
    """The daemon wants a token, or this one may not do that."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"Kubo at {url} denies access",
            hint="Set PERFLEDGER_KUBO_TOKEN to a bearer token of API.Authorizations in its config.",
        )
