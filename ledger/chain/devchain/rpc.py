"""JSON-RPC 2.0 (https://www.jsonrpc.org/specification): from requests to responses."""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

import structlog

from ledger.chain.devchain.methods import Method
from ledger.chain.devchain.rpc_errors import INTERNAL_ERROR
from ledger.chain.devchain.rpc_errors import INVALID_REQUEST
from ledger.chain.devchain.rpc_errors import METHOD_NOT_FOUND
from ledger.chain.devchain.rpc_errors import PARSE_ERROR
from ledger.chain.devchain.rpc_errors import RpcError
from ledger.chain.devchain.rpc_errors import invalid_params
from ledger.chain.devchain.rpc_errors import refused
from ledger.errors import PerfledgerError

MAX_BATCH = 1_000
"""Requests in one batch; geth has the same limit."""

# A batch with an access list in a call is six deep.
_MAX_DEPTH = 64
_BRACKET_OR_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)

_log = structlog.get_logger(__name__)


class Dispatcher:
    """Answers requests with the methods it is given."""

    def __init__(self, methods: Mapping[str, Method]) -> None:
        self._methods = {name: (method, *_arity(method)) for name, method in methods.items()}

    def handle(self, request: Any) -> Any:
        """The response to a decoded request or batch; None if none is due (a notification)."""
        if not isinstance(request, list):
            return self._respond(request)
        if not request:
            return _failure(None, RpcError(INVALID_REQUEST, "empty batch"))
        if len(request) > MAX_BATCH:
            return _failure(None, RpcError(INVALID_REQUEST, "batch too large"))
        responses = [self._respond(each) for each in request]
        return [response for response in responses if response is not None] or None

    def handle_bytes(self, body: bytes) -> bytes:
        """The same for JSON text; empty if no response is due."""
        try:
            _check_depth(body)
            request = json.loads(body)
        except ValueError:
            response = _failure(None, RpcError(PARSE_ERROR, "parse error"))
        else:
            response = self.handle(request)
        if response is None:
            return b""
        return json.dumps(response, separators=(",", ":")).encode()

    def _respond(self, request: Any) -> dict[str, Any] | None:
        try:
            method, params = _parse_request(request)
        except RpcError as error:
            return _failure(request.get("id") if isinstance(request, dict) else None, error)
        response = self._result(request.get("id"), method, params)
        return response if "id" in request else None

    def _result(self, request_id: Any, name: str, params: list[Any]) -> dict[str, Any]:
        try:
            result = self._call(name, params)
        except RpcError as error:
            return _failure(request_id, error)
        except PerfledgerError as error:
            _log.error("devchain_call_failed", method=name, error=error.message)
            return _failure(request_id, refused(error.message))
        except Exception:  # noqa: BLE001 - logged; see below
            # The boundary to the network: one faulty call must not end the chain for the others.
            _log.exception("devchain_call_failed", method=name)
            return _failure(request_id, RpcError(INTERNAL_ERROR, "internal error"))
        return {"jsonrpc": "2.0", "id": request_id, "result": result}

    def _call(self, name: str, params: list[Any]) -> Any:
        if name not in self._methods:
            raise RpcError(METHOD_NOT_FOUND, f"the method {name} does not exist/is not available")
        method, required, accepted = self._methods[name]
        if len(params) > accepted:
            raise invalid_params(f"too many arguments, want at most {accepted}")
        if len(params) < required:
            raise invalid_params(f"missing value for required argument {len(params)}")
        return method(*params)


def _check_depth(body: bytes) -> None:
    # py_ecc, which py-evm imports, raises Python's recursion limit so far that deeply nested JSON
    # overflows the C stack: the parser's own RecursionError would come too late.
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(body):
        bracket = token[0]
        if bracket in b"[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise ValueError("nested too deep")
        elif bracket in b"]}":
            depth -= 1


def _parse_request(request: Any) -> tuple[str, list[Any]]:
    if (
        not isinstance(request, dict)
        or request.get("jsonrpc") != "2.0"
        or not isinstance(request.get("method"), str)
        or isinstance(request.get("id"), dict | list)
    ):
        raise RpcError(INVALID_REQUEST, "invalid request")
    params = request.get("params") or []
    if not isinstance(params, list):
        raise invalid_params("non-array args")
    return request["method"], params


def _failure(request_id: Any, error: RpcError) -> dict[str, Any]:
    if isinstance(request_id, dict | list):
        request_id = None
    return {"jsonrpc": "2.0", "id": request_id, "error": error.as_json()}


def _arity(method: Method) -> tuple[int, int]:
    parameters = inspect.signature(method).parameters.values()
    required = sum(parameter.default is parameter.empty for parameter in parameters)
    return required, len(parameters)
