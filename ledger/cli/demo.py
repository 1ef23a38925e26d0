"""`demo`: the main job, from jobs that ran to records that anyone can verify."""

import click

from ledger.cli.session import Session
from ledger.cli.session import pass_session


@click.command()
@click.option("--once", is_flag=True, help="Exit when it is done, instead of serving the app.")
@pass_session
def demo(session: Session, once: bool) -> None:
    """Run real jobs on this machine and take them through the whole life of a record.

    Running it again continues on the same ledger.

    \b
    Example:
      perfledger --home .demo demo --once
    """
    from ledger.demo.tour import tour

    tour(session)
    if not once:
        from ledger.cli.up import serve

        serve(session.settings, session)
