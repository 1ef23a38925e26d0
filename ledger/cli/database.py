"""`db`: the index, which can always be made anew."""

import click

from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session


@click.group()
def db() -> None:
    """Look after the index.

    \b
    Example:
      perfledger db rebuild
    """


@db.command()
@json_option
@pass_session
def rebuild(session: Session, as_json: bool) -> None:
    """Drop the index and make it anew out of chain, block store and outbox.

    The index holds nothing of its own, so this loses nothing but time.

    \b
    Example:
      perfledger db rebuild
    """
    with session.node() as node, session.progress() as bar:
        task = bar.add_task("rebuilding", total=None)

        def tell(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        node.rebuild(progress=tell)
        overview = node.queries.overview()
    if as_json:
        session.print_json(
            {
                "records": overview.records,
                "batches": overview.batches,
                "by_status": overview.by_status,
            }
        )
    else:
        session.out.print(f"{overview.records:,} records in {overview.batches:,} batches")
