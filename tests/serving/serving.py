"""An app, served as nodes serve it."""

from threading import Thread
from typing import Self

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server


class Served:
    """An app on a port of its own.

    Attributes:
        url: where it is.
    """

    def __init__(self, app: Flask, threads: int = 8) -> None:
        self._server = create_server(app, host="127.0.0.1", port=0, threads=threads)
        self._thread = Thread(target=self._server.run, name="served")
        self.port = int(self._server.effective_port)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # In its own thread: it may be waiting for the very sockets that would be closed.
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._server._map))
        self._thread.join()
        self._server.task_dispatcher.shutdown()
