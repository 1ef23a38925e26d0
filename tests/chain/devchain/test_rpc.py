"""JSON-RPC 2.0 itself: what is answered to requests good and bad."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ledger.chain.devchain.chain import DevChain
from ledger.chain.devchain.methods import ReadMethods
from ledger.chain.devchain.rpc import Dispatcher
from ledger.chain.devchain.rpc_errors import RpcError

CHAIN_ID = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}


def echo(first: Any, second: Any = None) -> Any:
    return [first, second]


def refuse() -> Any:
    raise RpcError(3, "execution reverted", "0x01")


def break_down() -> Any:
    raise LookupError


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher({"echo": echo, "refuse": refuse, "break": break_down})


def request(method: str, *params: Any, **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 5, "method": method, "params": list(params), **members}


def test_a_result_carries_the_id(dispatcher: Dispatcher):
    for identity in (0, "a", 1.5, None):
        response = dispatcher.handle(request("echo", 1, id=identity))
        assert response == {"jsonrpc": "2.0", "id": identity, "result": [1, None]}


def test_an_error_carries_its_data(dispatcher: Dispatcher):
    response = dispatcher.handle(request("refuse"))
    assert response["error"] == {"code": 3, "message": "execution reverted", "data": "0x01"}
    assert response["id"] == 5


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        (request("nothing"), -32601, "the method nothing does not exist/is not available"),
        (request("echo"), -32602, "missing value for required argument 0"),
        (request("echo", 1, 2, 3), -32602, "too many arguments, want at most 2"),
        ({**request("echo"), "params": {"first": 1}}, -32602, "non-array args"),
        ({"id": 1, "method": "echo"}, -32600, "invalid request"),
        ({"jsonrpc": "1.0", "id": 1, "method": "echo"}, -32600, "invalid request"),
        ({**CHAIN_ID, "method": 1}, -32600, "invalid request"),
        (request("echo", id={}), -32600, "invalid request"),
        (5, -32600, "invalid request"),
        ([], -32600, "empty batch"),
        ([CHAIN_ID] * 1_001, -32600, "batch too large"),
    ],
)
def test_what_is_no_request_is_refused(dispatcher: Dispatcher, sent: Any, code: int, message: str):
    response = dispatcher.handle(sent)
    assert response["error"] == {"code": code, "message": message}


def test_a_batch_is_answered_in_order_without_its_notifications(dispatcher: Dispatcher):
    notification = {"jsonrpc": "2.0", "method": "echo", "params": [0]}
    batch = [request("echo", 1, id=1), notification, request("nothing", id=2), 7]
    responses = dispatcher.handle(batch)
    assert [response["id"] for response in responses] == [1, 2, None]
    assert responses[0]["result"] == [1, None]
    assert dispatcher.handle(notification) is None
    assert dispatcher.handle([notification, notification]) is None
    assert dispatcher.handle_bytes(json.dumps(notification).encode()) == b""


def test_a_fault_of_ours_is_logged_and_not_shown(dispatcher: Dispatcher):
    with capture_logs() as logged:
        response = dispatcher.handle(request("break"))
    assert response["error"] == {"code": -32603, "message": "internal error"}
    assert (logged[0]["event"], logged[0]["method"]) == ("devchain_call_failed", "break")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 65, b"9" * 5_000])
def test_what_is_no_json_is_a_parse_error(dispatcher: Dispatcher, body: bytes):
    response = json.loads(dispatcher.handle_bytes(body))
    assert response["error"]["code"] == -32700
    assert response["id"] is None


def test_brackets_in_strings_do_not_nest(dispatcher: Dispatcher):
    text = "[" * 200 + '\\"' + "{" * 200
    response = json.loads(dispatcher.handle_bytes(json.dumps(request("echo", text)).encode()))
    assert response["result"] == [text, None]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["0x", "0x0", "0x1", "latest", "pending", "0x" + "00" * 20, "0x" + "11" * 32])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["to", "from", "data", "blockHash", "fromBlock", "topics", "address"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(data=st.data())
def test_no_parameters_are_an_internal_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
):
    logging.getLogger("eth").setLevel(logging.CRITICAL)
    with DevChain(tmp_path_factory.getbasetemp() / "parameters.db") as chain:
        names = sorted(ReadMethods(chain.backend).by_name())
        names += ["eth_sendTransaction", "eth_sendRawTransaction", "evm_setNextBlockTimestamp"]
        method = data.draw(st.sampled_from(names))
        response = chain.handle(request(method, *data.draw(st.lists(values, max_size=3))))
    assert "result" in response or response["error"]["code"] != -32603
