"""A PostgreSQL server of one's own: made in an empty folder, stopped and forgotten at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

START_SECONDS = 120
STOP_SECONDS = 60

USER = "perfledger"
UNPRIVILEGED = "nobody"
"""Whom the server runs as where the user is root, for whom it refuses to run."""

_THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Nothing here has to survive a power cut, and databases are made and dropped by the dozen."""


class Server:
    """A running server, reached over a socket in its folder; it listens on no network.

    Attributes:
        folder: holds its data and its socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template0", **options: str) -> Iterator[str]:
        """A database that lasts as long as the block; gives its name.

        Args:
            template: the database that it is a copy of; nobody may be connected to that.
            options: of ``CREATE DATABASE``, such as ``locale="en_US.UTF-8"``.
        """
        name = f"perfledger_{os.getpid()}_{next(self._numbers)}"
        chosen = [
            sql.SQL("{} {}").format(sql.SQL(option), sql.Literal(value))
            for option, value in options.items()
        ]
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}")
        self._execute(
            create.format(sql.Identifier(name), sql.Identifier(template), sql.SQL(" ").join(chosen))
        )
        try:
            yield name
        finally:
            self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def disconnect_everybody(self) -> None:
        """End every connection, as a restart of the server does."""
        self._execute(
            sql.SQL(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid != pg_backend_pid() AND backend_type = 'client backend'"
            )
        )

    def _execute(self, statement: sql.Composable) -> None:
        with psycopg.connect(
            host=str(self.folder), user=USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


@contextmanager
def serve(
    program: Path, *, settings: Sequence[str] = _THROWAWAY, locale: str = "C.UTF-8"
) -> Iterator[Server]:
    """Run a server until the end of the block; its folder goes with it.

    Args:
        program: ``postgres``, with ``initdb`` and ``pg_ctl`` beside it.
        settings: what differs from its defaults, as ``name=value``.
        locale: of its databases, if they do not say otherwise.
    """
    # Not where other temporary files are: an unprivileged user cannot enter the folders of root,
    # and the path of a socket has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="perfledger-pg-", dir="/tmp") as temporary:
        folder = Path(temporary)
        identity = _identity()
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        programs = _reachable(program.parent, folder, identity)
        data = folder / "data"
        create = [programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8"]
        _run([*create, "--locale", locale, "--no-sync", "--no-instructions"], folder, identity)
        chosen = ["listen_addresses=", f"unix_socket_directories={folder}", *settings]
        options = " ".join(f"-c '{each}'" for each in chosen)
        control = [programs / "pg_ctl", "-D", data, "-s", "-w"]
        start = ["-l", folder / "log", "-t", str(START_SECONDS), "-o", options, "start"]
        _run([*control, *start], folder, identity)
        try:
            yield Server(folder)
        finally:
            stop = ["-m", "fast", "-t", str(STOP_SECONDS), "stop"]
            _run([*control, *stop], folder, identity)


def _identity() -> Mapping[str, Any]:
    """How to start a process as somebody the server agrees to run as."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, identity: Mapping[str, Any]) -> Path:
    """The folder of the programs, or a copy that the user they run as may enter."""
    try:
        _run([programs / "postgres", "--version"], folder, identity)
    except PermissionError:
        shutil.copytree(programs.parent, folder / "programs", symlinks=True)
        return folder / "programs" / programs.name
    return programs


def _run(command: Sequence[str | Path], folder: Path, identity: Mapping[str, Any]) -> None:
    log = folder / "said"
    with log.open("w+", encoding="utf-8") as said:
        # Not a pipe: the server inherits it and would keep it open.
        ended = subprocess.run(
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=START_SECONDS + STOP_SECONDS,
            **identity,
        )
        if ended.returncode != 0:
            said.seek(0)
            server_log = folder / "log"
            more = server_log.read_text(encoding="utf-8") if server_log.exists() else ""
            raise RuntimeError(f"{Path(command[0]).name} failed: {said.read()}{more}")
