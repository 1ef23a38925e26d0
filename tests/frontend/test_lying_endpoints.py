"""Whatever a chain endpoint answers, it is a result, or said not to be one; never an accident."""

import json
from collections.abc import Callable
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.verify import Policy
from tests.chain.nodes.servers import EthereumNode
from tests.chain.nodes.servers import development_chain
from tests.frontend.browser_verifier import BrowserVerifier
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger

pytestmark = [pytest.mark.node, pytest.mark.slow]


class Liar:
    """Relays a chain's answers, but for one that it makes up."""

    def __init__(self, url: str) -> None:
        self.place = -1
        self.lie: Any = None
        self.asked: list[str] = []
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = requests.post(url, data=body, headers=JSON, timeout=30).json()
                liar.asked.append(json.loads(body)["method"])
                if len(liar.asked) - 1 == liar.place:
                    answer["result"] = liar.lie
                content = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def tells(self, place: int, lie: Any) -> None:
        """From now on: the answer at this place of a verification is made up."""
        self.place, self.lie, self.asked = place, lie, []

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


JSON = {"Content-Type": "application/json"}
QUESTIONS = 40
LIES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=4),
    st.sampled_from(
        ["0x", "0x0", "0x1", "0x" + "00" * 32, "0x" + "ff" * 96, "0xzz", "0x" + "f" * 17]
    ),
    st.sampled_from([{}, [], [None], [{}], [{"topics": 1}], [{"topics": [1]}], {"number": "0x1"}]),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EthereumNode]:
    with development_chain(tmp_path_factory.mktemp("dev")) as started:
        yield started


@pytest.fixture(scope="module")
def ledger(node: EthereumNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder: Path = tmp_path_factory.mktemp("ledger")
    opened = Ledger(folder, node.w3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def proof(ledger: Ledger) -> bytes:
    batch = ledger.gather((2,))
    ledger.anchor(batch)
    reports = [ledger.attest(batch, validator) for validator in VALIDATORS[:3]]
    return ledger.prove(batch, reports).to_json().encode()


@pytest.fixture(scope="module")
def liar(node: EthereumNode) -> Iterator[Liar]:
    opened = Liar(node.url)
    yield opened
    opened.close()


def test_an_endpoint_that_tells_the_truth_is_asked_less_often_than_is_lied(
    verifier: BrowserVerifier, ledger: Ledger, proof: bytes, liar: Liar
) -> None:
    liar.tells(-1, None)

    found = verifier.verify(proof, Policy(ledger.contracts), rpc=liar.url)

    assert found["result"] == "valid"
    assert 10 < len(liar.asked) <= QUESTIONS


@pytest.fixture(scope="module")
def ask(
    verifier: BrowserVerifier, ledger: Ledger, proof: bytes, liar: Liar
) -> Callable[[], dict[str, Any]]:
    return lambda: verifier.ask(proof, Policy(ledger.contracts), rpc=liar.url)


@given(place=st.integers(0, QUESTIONS), lie=LIES)
@settings(max_examples=250)
def test_an_answer_that_is_made_up_ends_in_a_result_or_in_none(
    liar: Liar, ask: Callable[[], dict[str, Any]], place: int, lie: Any
) -> None:
    liar.tells(place, lie)

    found = ask()

    assert ("result" in found) != ("error" in found)
    if "error" in found:
        assert found["kind"] in {"NodeError", "UnreachableError"}, found["error"]
