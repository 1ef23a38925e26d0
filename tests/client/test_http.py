"""Servers that are busy, silent, lying or not of this API."""

import threading
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request
from werkzeug.wrappers import Response

from ledger.client import Client
from ledger.client import ServerHTTP
from ledger.client.errors import ServerSettingError
from ledger.client.errors import ServerUnavailableError
from ledger.client.errors import UnexpectedAnswerError
from ledger.client.lines import lines_of

OK = b'{"status":"ok","records":3}'
BUSY = b'{"type":"about:blank","title":"Busy","status":503,"detail":"too much","hint":"later"}'
CID = "bafyreif4bqe7ylellpdjqg7vsg5h7m5qdpw2xgbx3cqd6ivh3f2pfdnuxu"

Answer = Callable[[Request], Response]


class Script:
    """A server that answers as it is told, the last answer for good, and remembers the requests."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[Answer] = []
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread.start()

    def says(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self, **how: object) -> Client:
        return Client(self.url, http=ServerHTTP(self.url, backoff_seconds=0, **how))  # type: ignore[arg-type]

    @Request.application
    def _application(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)


def said(content: bytes, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Response(content, status, headers=named, content_type="application/json")


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    yield server
    server.close()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "0"}])
def test_a_busy_server_is_asked_again(script: Script, status: int, headers: dict[str, str]):
    script.says(said(BUSY, status, **headers), said(BUSY, status, **headers), said(OK))

    with script.client() as client:
        assert client.health().records == 3

    assert len(script.asked) == 3


def test_an_upload_is_sent_again_whole(script: Script):
    bodies: list[bytes] = []

    def noted(answer: Answer) -> Answer:
        def answered(request: Request) -> Response:
            bodies.append(request.get_data())
            return answer(request)

        return answered

    good = b'{"good":1,"bad":0,"records":[],"faults":[]}'
    script.says(noted(said(BUSY, 429, Retry_After="0")), noted(said(good)))

    with script.client() as client:
        client.preview(b"job\n")

    assert bodies == [b"job\n", b"job\n"]


def test_patience_ends(script: Script):
    script.says(said(BUSY, 503, Retry_After="0"))

    with script.client(attempts=3) as client, pytest.raises(ServerUnavailableError) as error:
        client.health()

    assert len(script.asked) == 3
    assert (error.value.message, error.value.hint) == ("too much", "later")


def test_what_has_not_changed_is_not_sent_again(script: Script):
    script.says(
        said(OK, ETag='"one"'),
        lambda request: Response(
            status=304 if request.headers.get("If-None-Match") == '"one"' else 500
        ),
    )

    with script.client() as client:
        assert client.health() == client.health()

    assert len(script.asked) == 2


def test_what_is_not_to_be_remembered_is_asked_whole(script: Script):
    script.says(said(OK, ETag='"one"'))

    with script.client(remember=False) as client:
        client.health()
        client.health()

    assert all("If-None-Match" not in request.headers for request in script.asked)


def test_a_token_is_sent(script: Script):
    script.says(said(OK))

    with script.client(token="secret") as client:
        client.health()

    assert script.asked[0].headers["Authorization"] == "Bearer secret"


def test_bytes_that_are_not_those_of_the_cid_are_refused(script: Script):
    script.says(said(b"\xa0"))

    with script.client() as client, pytest.raises(UnexpectedAnswerError) as error:
        client.block(CID)

    assert "hash to another CID" in error.value.message


@pytest.mark.parametrize("content", [b"<html>", b"{}", b"[]", b"null", b"\xff"])
def test_an_answer_of_another_shape_is_told(script: Script, content: bytes):
    script.says(said(content))

    with script.client() as client, pytest.raises(UnexpectedAnswerError) as error:
        client.health()

    assert error.value.hint


def test_a_page_that_is_no_api_is_told_with_its_status(script: Script):
    script.says(lambda _: Response("nothing here", 404))

    with script.client() as client, pytest.raises(UnexpectedAnswerError, match="answers 404: noth"):
        client.health()


def test_a_server_that_is_not_there_is_unavailable(script: Script):
    script.close()

    with script.client(attempts=2) as client, pytest.raises(ServerUnavailableError) as error:
        client.health()

    assert "does not answer" in error.value.message
    script.__init__()  # type: ignore[misc] - so that it can be closed again


@pytest.mark.parametrize("url", ["", "ledger", "ftp://a", "http://", "http://user@host"])
def test_what_is_no_address_is_refused(url: str):
    with pytest.raises(ServerSettingError):
        Client(url)


def test_names_stay_within_their_segment(script: Script):
    script.says(said(BUSY, 404))

    with script.client() as client, pytest.raises(Exception, match="too much"):
        client.record("../status?x=1")

    assert script.asked[0].path == "/api/v1/records/../status?x=1"
    assert "%2F" in script.asked[0].environ["REQUEST_URI"]


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], []),
        ([b"a\nb", b"c\n", b"d"], [b"a", b"bc", b"d"]),
        ([b"a\r\x85\n\n"], [b"a\r\x85"]),
    ],
)
def test_lines_are_whole_however_they_come(pieces: list[bytes], lines: list[bytes]):
    assert list(lines_of(pieces)) == lines
