"""An app, served as nodes serve it."""

from threading import Thread
from typing import Self

from flask import Flask
from waitress.server import create_server


class Served:
    """An app on a port of its own.

    Attributes:
        url: where it is.
    """

    def __init__(self, app: Flask) -> None:
        self._server = create_server(app, host="127.0.0.1", port=0, threads=8)
        self._thread = Thread(target=self._server.run, name="served")
        self.port = int(self._server.effective_port)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join()
