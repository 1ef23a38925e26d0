"""`validator run` and `attest`: judging what others contributed."""

import click

from ledger import logs
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import SettingsError
from ledger.follow import Rounds
from ledger.node import Node
from ledger.validate.panel import Panel
from ledger.validate.service import Attested
from ledger.validate.service import ValidatorService


@click.group()
def validator() -> None:
    """Judge batches and attest the verdicts.

    \b
    Example:
      perfledger validator run --once
    """


@validator.command("run")
@click.option("--once", is_flag=True, help="Judge what waits now, then return.")
@click.option("--own", is_flag=True, help="Use your own key, not the development validators'.")
@json_option
@pass_session
def run(session: Session, once: bool, own: bool, as_json: bool) -> None:
    """Follow the chain and attest each new batch.

    On the development chain this runs its validators; elsewhere, or with --own, the validator of
    PERFLEDGER_PRIVATE_KEY, which has to be admitted and bonded. When the chain does not answer, it
    is asked again, less and less often; Ctrl-C ends it. Run a key in one home only: two that know
    nothing of each other could sign two verdicts for one batch, which costs the bond.

    \b
    Examples:
      perfledger validator run --once
    """
    logs.configure()
    with session.node() as node:
        panel = Panel(_validators(node, own=own), node.active_validators)

        def judge() -> None:
            node.follow()
            for who, attested in panel.step():
                _tell(session, who, attested, as_json=as_json)

        if once:
            judge()
            node.follow()
        else:
            Rounds(judge, pause_seconds=session.settings.sync_seconds).run()


@click.command()
@click.argument("batch_id")
@click.option("--own", is_flag=True, help="Use your own key, not the development validators'.")
@json_option
@pass_session
def attest(session: Session, batch_id: str, own: bool, as_json: bool) -> None:
    """Judge one batch and attest the verdicts.

    \b
    Example:
      perfledger attest 0x3f3f7680d6eaa612b8359c3b16ff461703aed87ebed3f7435663437e48f3cdd3
    """
    with session.node() as node:
        node.follow()
        batch = node.queries.batch(batch_id).batch
        for each in _validators(node, own=own):
            attested = each.attest(batch)
            if attested is None:
                session.remark(f"{each.address} has attested it before")
            else:
                _tell(session, each, attested, as_json=as_json)
        node.follow()


def _validators(node: Node, *, own: bool) -> list[ValidatorService]:
    found = [] if own else node.validators()
    validators = found or [node.validator(node.signer())]
    inactive = [each.address for each in validators if not each.is_active()]
    if inactive:
        raise SettingsError(
            f"{inactive[0]} is not an active validator",
            hint="Governance admits validators; then they bond (contracts/README.md).",
        )
    return validators


def _tell(session: Session, who: ValidatorService, attested: Attested, *, as_json: bool) -> None:
    if as_json:
        session.print_json(
            {
                "validator": who.address,
                "batch_id": attested.batch_id,
                "accepted": attested.accepted,
                "rejected": attested.rejected - attested.abstained,
                "abstained": attested.abstained,
                "gas_used": attested.gas_used,
            }
        )
    else:
        unread = f", {attested.abstained:,} encrypted for others" if attested.abstained else ""
        session.out.print(
            f"{who.address} attests {attested.batch_id[:18]}…: {attested.accepted:,} accepted, "
            f"{attested.rejected - attested.abstained:,} rejected{unread} "
            f"({attested.gas_used:,} gas)"
        )
