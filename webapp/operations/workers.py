"""Several processes that answer requests.

`perfledger up --workers` starts it by `ledger.cli.answering`, with a socket that listens, how many
processes there are to be, and the URL of the socket; it follows the chain itself.
"""

import os
import signal
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from prometheus_client import multiprocess

from ledger import logs
from ledger import settings as setting
from ledger.node import Node
from ledger.settings import Settings
from webapp import live
from webapp.app import create_app
from webapp.operations.metrics import SHARED_FOLDER
from webapp.operations.requests import LOGGED

THREADS = 32
"""Of each process. Peers that read slowly hold one each, and so do pages that wait for events."""

BOOT_SECONDS = 60
"""How long a worker may be silent; one that hangs in Python, not in a request, is replaced."""

IDLE_SECONDS = 75
"""How long a connection stays open that nothing is asked over; it holds no thread. Longer than
proxies keep theirs: the one who closes must not be the one to whom something is being sent."""


class Workers(BaseApplication):
    """gunicorn around the app of a node.

    Each worker opens the node itself: files, and connections to databases, are not for sharing over
    a fork.

    Args:
        settings: of the node.
        fd: of a socket that listens.
        number: of processes.
        url: where the socket listens.
    """

    def __init__(self, settings: Settings, fd: int, number: int, url: str) -> None:
        self._settings = settings
        self._url = url
        self._node: Node | None = None
        self._options = {
            "bind": [f"fd://{fd}"],
            "workers": number,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": BOOT_SECONDS,
            "graceful_timeout": int(settings.stop_seconds),
            "keepalive": IDLE_SECONDS,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # the app knows whom to believe
            "logger_class": "webapp.operations.gunicorn_log.Log",
            "child_exit": _forget,
            "post_worker_init": self._end_streams_of,
            "worker_exit": lambda _arbiter, _worker: self._close(),
        }
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:  # type: ignore[override]
        """The app, in a worker."""
        self._node = node = Node(self._settings)
        node.connect()
        node.listening_at(self._url)
        app = create_app(node)
        app.config[LOGGED] = logs.each_request(self._settings)
        return app

    def _end_streams_of(self, worker: Any) -> None:
        """Streams would have SIGTERM wait for them; browsers come back to them by themselves."""

        def end(number: int, frame: Any) -> None:
            live.stop(worker.wsgi)
            worker.handle_exit(number, frame)

        signal.signal(signal.SIGTERM, end)

    def _close(self) -> None:
        if self._node is not None:
            self._node.close()

    def run(self) -> None:
        """Serve until SIGTERM, or until `up` is gone."""
        _Arbiter(self).run()


class _Arbiter(Arbiter):
    """Ends when the process that started it does: nobody would follow the chain any more."""

    def __init__(self, app: Workers) -> None:
        self._starter = os.getppid()
        super().__init__(app)

    def murder_workers(self) -> None:
        """Called every second."""
        super().murder_workers()
        if os.getppid() != self._starter:
            os.kill(os.getpid(), signal.SIGTERM)


def _forget(_arbiter: Any, worker: Any) -> None:
    """Gauges of a worker that is gone are no longer part of the node's."""
    if SHARED_FOLDER in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def main() -> None:
    """Serve."""
    logs.configure()
    fd, number, url = sys.argv[1:]
    Workers(setting.load(workers=int(number)), int(fd), int(number), url).run()
