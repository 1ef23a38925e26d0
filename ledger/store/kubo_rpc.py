"""Kubo's RPC over HTTP, through ipfshttpclient.

`ipfshttpclient.connect` refuses current versions of Kubo, and the methods of its `Client` send
parameters that have other names by now. What is used of it is its client class and its `request`;
commands and options are those of Kubo, so this module is where the two meet.

Source: https://docs.ipfs.tech/reference/kubo/rpc/.
"""

import json
import secrets
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from typing import TypeVar
from urllib.parse import urlsplit

import ipfshttpclient
import requests
import urllib3.exceptions
from ipfshttpclient import exceptions as said
from pydantic import SecretStr
from tenacity import retry
from tenacity import retry_if_exception_type
from tenacity import stop_after_attempt
from tenacity import wait_exponential

from ledger.errors import SettingsError
from ledger.store.kubo_errors import KuboDeniedError
from ledger.store.kubo_errors import KuboRefusedError
from ledger.store.kubo_errors import KuboUnavailableError

ANSWER_SECONDS = 120
"""How long the daemon may be silent; importing 10,000 records with their pin takes seconds."""

CONNECT_SECONDS = 5

ATTEMPTS = 6
"""With the pauses between them, about six seconds: as long as a daemon takes to restart."""

_PIECE = 1 << 18
"""Bytes sent at once."""

_DENIED = {401, 403}

Answer = TypeVar("Answer")
Option = str | bool | int


class KuboRPC:
    """The commands of one daemon, for several threads.

    A command that fails because the connection does is sent again `ATTEMPTS` times: every one that
    is used here can be repeated without harm.

    Args:
        url: of the RPC, as in ``http://127.0.0.1:5001``.
        token: a bearer token, where the daemon wants one.

    Raises:
        SettingsError: the URL is none.
    """

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        self.url = url.rstrip("/")
        address, base = _multiaddress(url)
        client = ipfshttpclient.Client(address, base, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
        # The session that it would make uses parameters that urllib3 has deprecated. Proxies and
        # password files of the environment are not meant for the daemon either.
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        self._http = client._client  # noqa: SLF001 - its only way to any command
        self._http._session = self._session  # noqa: SLF001

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def raw(self, command: str, *arguments: str, **options: Option) -> bytes:
        """What a command answers, as bytes.

        Raises:
            KuboUnavailableError: no answer.
            KuboRefusedError: an error is the answer.
            KuboDeniedError: access is denied.
        """
        return self._repeated(
            lambda: b"".join(self._pieces(command, arguments, options, data=None))
        )

    def ask(self, command: str, *arguments: str, **options: Option) -> list[Any]:
        """The JSON values that a command answers with; raises as `raw` does."""
        return [json.loads(line) for line in self.raw(command, *arguments, **options).splitlines()]

    def stream(self, command: str, *arguments: str, **options: Option) -> Iterator[bytes]:
        """The same in pieces as they come, and not repeated; raises as `raw` does."""
        return self._pieces(command, arguments, options, data=None)

    def send(
        self,
        command: str,
        content: Callable[[], Iterable[bytes]],
        *arguments: str,
        **options: Option,
    ) -> list[Any]:
        """Stream a file to a command, and give the JSON values that it answers with.

        Args:
            command: its name.
            content: gives the file in pieces, anew for each attempt.
            arguments: of the command.
            options: of the command.

        Raises:
            KuboUnavailableError: as `raw` does, and the rest too.
        """
        boundary = secrets.token_hex(16)

        def attempt() -> bytes:
            body = _multipart(boundary, content())
            return b"".join(self._pieces(command, arguments, options, data=body, boundary=boundary))

        return [json.loads(line) for line in self._repeated(attempt).splitlines()]

    def _repeated(self, attempt: Callable[[], Answer]) -> Answer:
        return retry(
            retry=retry_if_exception_type(KuboUnavailableError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential(multiplier=0.2, max=3),
            reraise=True,
        )(attempt)()

    def _pieces(
        self,
        command: str,
        arguments: Iterable[str],
        options: dict[str, Option],
        *,
        data: Iterator[bytes] | None,
        boundary: str = "",
    ) -> Iterator[bytes]:
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"} if data else None
        plain = {name.replace("_", "-"): _text(value) for name, value in options.items()}
        with (
            self._understood(command),
            self._http.request(
                f"/{command}", list(arguments), opts=plain, stream=True, data=data, headers=headers
            ) as answer,
        ):
            yield from answer

    @contextmanager
    def _understood(self, command: str) -> Iterator[None]:
        try:
            yield
        except said.ErrorResponse as error:
            raise KuboRefusedError(self.url, command, str(error)) from error
        except said.StatusError as error:
            response = getattr(error.original, "response", None)
            if response is not None and response.status_code in _DENIED:
                raise KuboDeniedError(self.url) from error
            raise KuboRefusedError(self.url, command, str(error.original)) from error
        except (
            said.Error,
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            raise KuboUnavailableError(self.url, _reason(error)) from error


def _multipart(boundary: str, content: Iterable[bytes]) -> Iterator[bytes]:
    """A form with one file (RFC 7578), gathered into pieces worth a packet."""
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    gathered = bytearray()
    for part in content:
        gathered += part
        if len(gathered) >= _PIECE:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered) + f"\r\n--{boundary}--\r\n".encode()


def _multiaddress(url: str) -> tuple[str, str]:
    """The multiaddress and the path prefix of a URL, which ipfshttpclient wants apart."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError) as error:
        raise _not_a_url() from error
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise _not_a_url()
    host = parts.hostname
    kind = "ip6" if ":" in host else "ip4" if host.replace(".", "").isdigit() else "dns"
    return f"/{kind}/{host}/tcp/{port}/{parts.scheme}", f"{parts.path.rstrip('/')}/api/v0"


def _not_a_url() -> SettingsError:
    return SettingsError(
        "kubo_url is not the URL of a Kubo daemon's RPC",
        hint="It looks like http://127.0.0.1:5001; a token goes into PERFLEDGER_KUBO_TOKEN.",
    )


def _text(value: Option) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reason(error: BaseException) -> str:
    """The innermost cause: the outer ones repeat it in the words of three libraries."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
