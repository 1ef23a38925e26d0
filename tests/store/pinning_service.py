"""A small pinning service (IPFS Pinning Service API 1.0) over a Kubo daemon, which really pins."""

import json
import secrets
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

from flask import Flask
from flask import Response
from flask import jsonify
from flask import request
from werkzeug.serving import make_server

from tests.store.kubo.daemons import Daemon

TOKEN = "the-token"
FETCH_SECONDS = 30
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Asked:
    """A request, and where it stands."""

    requestid: str
    pin: dict[str, Any]
    created: datetime
    status: str = "queued"
    info: dict[str, str] = field(default_factory=dict)


@dataclass
class Service:
    """What it was asked, and what it is to answer wrongly.

    Attributes:
        daemon: pins; without one, requests stay queued.
        faults: answers to give first, instead of the right ones.
        calls: method and path of every call, in their order.
        url: its endpoint.
    """

    daemon: Daemon | None
    requests: dict[str, Asked] = field(default_factory=dict)
    faults: list[Callable[[], Response]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    page: int = 1000
    url: str = ""
    workers: list[threading.Thread] = field(default_factory=list)

    def ask(self, pin: dict[str, Any]) -> Asked:
        created = START + timedelta(seconds=len(self.calls), milliseconds=len(self.requests))
        asked = Asked(secrets.token_hex(8), pin, created)
        self.requests[asked.requestid] = asked
        if self.daemon is not None:
            self.workers.append(threading.Thread(target=self._fetch, args=(self.daemon, asked)))
            self.workers[-1].start()
        return asked

    def end(self, requestid: str) -> None:
        ended = self.requests.pop(requestid)
        cid = ended.pin["cid"]
        if self.daemon is not None and all(
            each.pin["cid"] != cid for each in self.requests.values()
        ):
            self.daemon.ipfs("pin", "rm", cid, check=False)

    def shown(self, asked: Asked) -> dict[str, Any]:
        delegates = [self.daemon.address] if self.daemon is not None else []
        return {
            "requestid": asked.requestid,
            "status": asked.status,
            "created": asked.created.isoformat().replace("+00:00", "Z"),
            "pin": asked.pin,
            "delegates": delegates,
            "info": asked.info,
        }

    def _fetch(self, daemon: Daemon, asked: Asked) -> None:
        asked.status = "pinning"
        for origin in asked.pin.get("origins", []):
            daemon.ipfs("swarm", "connect", origin, check=False)
        limit = f"--timeout={FETCH_SECONDS}s"
        done = daemon.ipfs("pin", "add", limit, asked.pin["cid"], check=False)
        asked.info = {"status_details": done.err.strip()} if done.code else {}
        asked.status = "failed" if done.code else "pinned"


def fault(
    status: int, reason: str = "", details: str = "", **headers: str
) -> Callable[[], Response]:
    """An answer of the API's error object."""
    body = json.dumps({"error": {"reason": reason, "details": details}}) if reason else "<html>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response(body, status, named)


def failure(status: int, reason: str) -> tuple[Response, int]:
    return jsonify({"error": {"reason": reason, "details": f"{reason} of this test"}}), status


def _application(service: Service) -> Flask:
    app = Flask(__name__)
    _many(app, service)
    _one(app, service)

    @app.before_request
    def first() -> Any:
        service.calls.append(f"{request.method} {request.path}")
        if service.faults:
            return service.faults.pop(0)()
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return failure(401, "UNAUTHORIZED")
        return None

    return app


def _many(app: Flask, service: Service) -> None:
    @app.get("/pins")
    def listed() -> Any:
        wanted = set(request.args.get("status", "pinned").split(","))
        cids = request.args.get("cid", "").split(",") if "cid" in request.args else None
        before = request.args.get("before")
        found = [
            each
            for each in sorted(service.requests.values(), key=lambda each: each.created)[::-1]
            if each.status in wanted
            and (cids is None or each.pin["cid"] in cids)
            and (before is None or each.created < datetime.fromisoformat(before))
        ]
        limit = min(int(request.args.get("limit", 10)), service.page)
        return {"count": len(found), "results": list(map(service.shown, found[:limit]))}

    @app.post("/pins")
    def added() -> Any:
        return service.shown(service.ask(request.get_json())), 202


def _one(app: Flask, service: Service) -> None:
    @app.get("/pins/<requestid>")
    def one(requestid: str) -> Any:
        asked = service.requests.get(requestid)
        return service.shown(asked) if asked is not None else failure(404, "NOT_FOUND")

    @app.post("/pins/<requestid>")
    def replaced(requestid: str) -> Any:
        if requestid not in service.requests:
            return failure(404, "NOT_FOUND")
        asked = service.ask(request.get_json())
        service.end(requestid)
        return service.shown(asked), 202

    @app.delete("/pins/<requestid>")
    def removed(requestid: str) -> Any:
        if requestid not in service.requests:
            return failure(404, "NOT_FOUND")
        service.end(requestid)
        return "", 202


@contextmanager
def pinning_service(daemon: Daemon | None = None) -> Iterator[Service]:
    """A service on a free port of loopback, stopped at the end."""
    service = Service(daemon)
    server = make_server("127.0.0.1", 0, _application(service), threaded=True)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for worker in service.workers:
            worker.join()
