"""What gunicorn logs goes where everything goes."""

import logging
from typing import Any

from gunicorn.glogging import Logger


class Log(Logger):
    """Hands on to Python's logging, which `ledger.logs` has set up."""

    def setup(self, cfg: Any) -> None:
        """Leave handlers and levels alone."""
        self.cfg = cfg
        for name in ("error_log", "access_log"):
            log: logging.Logger = getattr(self, name)
            log.handlers = []
            log.propagate = True
        self.error_log.setLevel(logging.WARNING)
