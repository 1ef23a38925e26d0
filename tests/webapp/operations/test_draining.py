"""What is under way is ended; nothing new is begun."""

import threading
from collections.abc import Iterator

import pytest

from webapp.operations.draining import Draining

WAIT_SECONDS = 60


class Slow:
    """An application that answers when it is told to, part by part."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __call__(self, environ, start_response) -> Iterator[bytes]:
        start_response("200 OK", [])
        self.asked.set()
        yield b"first"
        assert self.go_on.wait(WAIT_SECONDS)
        yield b"last"


def ask(draining: Draining) -> tuple[str, bytes]:
    statuses: list[str] = []
    answer = draining({}, lambda status, _: statuses.append(status))
    try:
        body = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return statuses[0], body


def test_an_answer_under_way_is_sent_to_its_end_and_new_ones_are_put_off():
    slow, found = Slow(), []
    draining = Draining(slow)
    asking = threading.Thread(target=lambda: found.append(ask(draining)))
    asking.start()
    assert slow.asked.wait(WAIT_SECONDS)

    assert not draining.drain(0)
    status, body = ask(draining)
    slow.go_on.set()

    assert draining.drain(WAIT_SECONDS)
    asking.join()
    assert found == [("200 OK", b"firstlast")]
    assert status == "503 Service Unavailable"
    assert b"Nothing was done" in body


def test_a_client_that_hangs_up_holds_up_nothing():
    slow = Slow()
    draining = Draining(slow)
    answer = draining({}, lambda *_: None)
    next(iter(answer))

    answer.close()

    assert draining.drain(0)


def test_an_application_that_fails_holds_up_nothing():
    def failing(environ, start_response):
        raise ValueError("unforeseen")

    draining = Draining(failing)
    with pytest.raises(ValueError, match="unforeseen"):
        ask(draining)

    assert draining.drain(0)
