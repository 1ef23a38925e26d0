"""`validator run` and `attest`: judging what others contributed."""

import time

import click

from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError
from ledger.node import Node
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
    PERFLEDGER_PRIVATE_KEY, which has to be admitted and bonded.

    \b
    Examples:
      perfledger validator run --once
    """
    with session.node() as node:
        validators = _validators(node, own=own)
        while True:
            node.sync.step()
            for each in validators:
                for attested in each.step(failed=lambda batch, error: _warn(session, batch, error)):
                    _tell(session, each, attested, as_json=as_json)
            if once:
                node.sync.step()
                return
            time.sleep(session.settings.sync_seconds)


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
        node.sync.step()
        batch = node.queries.batch(batch_id).batch
        for each in _validators(node, own=own):
            attested = each.attest(batch)
            if attested is None:
                session.remark(f"{each.address} has attested it before")
            else:
                _tell(session, each, attested, as_json=as_json)
        node.sync.step()


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
                "rejected": attested.rejected,
                "gas_used": attested.gas_used,
            }
        )
    else:
        session.out.print(
            f"{who.address} attests {attested.batch_id[:18]}…: {attested.accepted:,} accepted, "
            f"{attested.rejected:,} rejected ({attested.gas_used:,} gas)"
        )


def _warn(session: Session, batch: str, error: PerfledgerError) -> None:
    session.remark(f"batch {batch} could not be judged: {error.message}")
