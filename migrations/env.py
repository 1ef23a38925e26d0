"""How Alembic runs the migrations: on the connection that opens the index."""

from alembic import context

from ledger.index.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
context.run_migrations()
