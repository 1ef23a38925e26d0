"""Structured logs on standard error: for people on a terminal, JSON elsewhere.

What libraries log goes the same way, so that one line is one event whoever wrote it.
"""

import logging
import sys

import structlog
from structlog.typing import Processor

from ledger.settings import Settings

_QUIET = {"waitress.queue": logging.ERROR, "gunicorn.access": logging.ERROR}
"""What would be said of each request; the app has a line for each itself."""


def configure() -> None:
    """Set logging up for a long-running process."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = [structlog.processors.format_exc_info, _renderer()]
    structlog.configure(
        processors=[*common, *ending], logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def each_request(settings: Settings) -> bool:
    """Whether requests are logged: people who read along would see nothing else."""
    return not _is_for_people() if settings.access_log is None else settings.access_log


def _is_for_people() -> bool:
    return sys.stderr.isatty()


def _renderer() -> Processor:
    if _is_for_people():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer()
