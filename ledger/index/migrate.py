"""Brings the tables of an index to the present schema."""

from importlib import resources

from alembic import command
from alembic.config import Config
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


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, within the connection's transaction.

    Raises:
        NewerIndexError: the index has a schema that this version does not know.
    """
    with resources.as_file(resources.files("migrations")) as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise NewerIndexError from error
