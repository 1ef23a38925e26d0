"""The client: every operation of the API as a method, with the models that the app answers with."""

from types import TracebackType
from typing import Self

from ledger.client.advising import Advising
from ledger.client.contributing import Contributing
from ledger.client.http import ServerHTTP
from ledger.client.parties import Parties
from ledger.client.records import Records
from ledger.client.stories import Stories


class Client(Records, Stories, Advising, Parties, Contributing):
    """A node's app, asked from elsewhere. Close it, or use it as a context manager.

    What it answers is the node's word. Blocks are hashed when they come; a proof is checked by
    `perfledger verify`, which trusts no server.

    Every method raises `ServerUnavailableError` where the server does not answer, even when asked
    again, and an error of `ledger.client.errors` where it refuses.

    Args:
        url: of the app, e.g. ``http://127.0.0.1:8787``.
        http: how it is asked, instead; see `ServerHTTP` for tokens, retries and what is remembered.

    Raises:
        ServerSettingError: the URL is none.
    """

    def __init__(self, url: str, *, http: ServerHTTP | None = None) -> None:
        super().__init__(ServerHTTP(url) if http is None else http)

    def __enter__(self) -> Self:
        """The client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()
