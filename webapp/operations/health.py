"""Whether the process is alive, and whether the node can be asked."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from threading import Lock

from flask import Response
from flask import jsonify
from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.errors import PerfledgerError
from ledger.faults import understood
from ledger.node import Node

ALIVE = "/livez"
READY = "/readyz"

CHAIN_SECONDS = 2.0
"""How long the chain may take to say how far it is."""


class Check(BaseModel):
    """One thing that a node needs, and whether it has it.

    Attributes:
        ok: whether it has.
        detail: what was found.
    """

    model_config = ConfigDict(frozen=True)

    ok: bool
    detail: str


def alive() -> Response:
    """That the process answers; it asks nothing of what a restart would not mend."""
    return jsonify({"status": "ok"})


class Readiness:
    """Whether a node can be asked, and if not, why: index, chain, distance between them.

    Args:
        node: the node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = Lock()
        self._asking: Future[int] | None = None
        self._asker = ThreadPoolExecutor(1, "readiness")

    def answer(self) -> Response:
        """200 if it is ready, else 503, with every check by name."""
        head: list[int] = []
        checks = {
            "index": _checked(self._index),
            "chain": _checked(lambda: self._chain(head)),
        }
        if checks["index"].ok and head:
            checks["following"] = _checked(lambda: self._following(head[0]))
        ready = all(each.ok for each in checks.values())
        answer = jsonify(
            status="ready" if ready else "not ready",
            checks={name: each.model_dump() for name, each in checks.items()},
        )
        answer.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _index(self) -> Check:
        position = self._node.feed.position()
        return Check(ok=True, detail=f"answers, at revision {position.revision}")

    def _chain(self, head: list[int]) -> Check:
        """Asked by one thread: a chain that hangs must not take the app's, question by question."""
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = self._asker.submit(self._node.head_block)
            asking = self._asking
        try:
            head.append(asking.result(CHAIN_SECONDS))
        except TimeoutError:
            return Check(ok=False, detail=f"does not answer within {CHAIN_SECONDS:g} s")
        return Check(ok=True, detail=f"answers, at block {head[0]}")

    def _following(self, head: int) -> Check:
        indexed = self._node.feed.position().indexed_block
        if indexed is None:
            return Check(ok=False, detail="nothing of the chain is in the index yet")
        behind = max(0, head - indexed)
        most = self._node.settings.ready_lag_blocks
        return Check(ok=behind <= most, detail=f"{behind} blocks behind; {most} are allowed")


def _checked(check: Callable[[], Check]) -> Check:
    try:
        with understood():
            return check()
    except PerfledgerError as error:
        return Check(ok=False, detail=error.message)
