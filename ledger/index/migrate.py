"""Brings the tables of an index to the present schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from ledger.errors import SettingsError


class NewerIndexError(SettingsError):
    """The index was written by a newer version of perfledger."""

    def __init__(self) -> None:
        super().__init__(
            "the index was written by a newer version of perfledger",
            hint="Use that version, or delete the index: it is rebuilt from the chain.",
        )


class OlderIndexError(SettingsError):
    """The index was written by an older version of perfledger, or not to its end."""

    def __init__(self) -> None:
        super().__init__(
            "the index has the tables of an older version of perfledger, or not all of them",
            hint="Whatever opens it next brings them up to date, e.g. `perfledger list`.",
        )


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, within the connection's transaction.

    Raises:
        NewerIndexError: the index has a schema that this version does not know.
    """
    with _scripts() as config:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerIndexError from error


def require_current(connection: Connection) -> None:
    """Look whether the schema is the present one; nothing is changed.

    Raises:
        OlderIndexError: migrations are missing.
        NewerIndexError: the index has a schema that this version does not know.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    with _scripts() as config:
        scripts = ScriptDirectory.from_config(config)
        if found == scripts.get_current_head():
            return
        known = {script.revision for script in scripts.walk_revisions()}
    raise OlderIndexError if found is None or found in known else NewerIndexError


@contextmanager
def _scripts() -> Iterator[Config]:
    with resources.as_file(resources.files("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        yield config
