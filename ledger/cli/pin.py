"""`pin`: batches that a third party keeps."""

import time
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import click
from rich.table import Table

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import UnavailableError
from ledger.offline import OfflineNode
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.cid import to_text
from ledger.store.pin_requests import PinRequest
from ledger.store.pinning import PinState

POLL_SECONDS = 1.0

_BATCHES = [
    click.argument("names", metavar="[BATCH]…", nargs=-1),
    click.option("--all", "everything", is_flag=True, help="Every batch of this node."),
]


def batch_options(command: Any) -> Any:
    """The arguments that choose batches."""
    for option in reversed(_BATCHES):
        command = option(command)
    return command


@click.group()
def pin() -> None:
    """Have a third party keep batches.

    The pinning service of PERFLEDGER_PINNING_URL (IPFS Pinning Service API) fetches a batch from
    the nodes that have it, and keeps it. A BATCH is its id, or its manifest's CID.

    \b
    Example:
      perfledger pin add --all --wait
    """


@pin.command()
@batch_options
@click.option("--origin", "origins", multiple=True, help="Multiaddress of a node that has them.")
@click.option("--wait", is_flag=True, help="Until each is pinned, or has failed.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait at most.")
@json_option
@pass_session
def add(
    session: Session,
    names: tuple[str, ...],
    everything: bool,
    origins: tuple[str, ...],
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Ask the service to keep batches.

    What it has, or works on, is not asked for twice; what has failed is asked for again. Where Kubo
    keeps the blocks, it is named as an origin, and connects to the nodes that fetch.

    \b
    Examples:
      perfledger pin add 0x3f3f7680d6eaa612b8359c3b16ff461703aed87ebed3f7435663437e48f3cdd3
      perfledger pin add --all --wait
    """
    with session.offline_node() as node, session.progress() as bar:
        chosen = _chosen(node, names, everything=everything)
        task = bar.add_task("asking", total=len(chosen))
        asked = []
        for manifest in chosen:
            asked.append(node.remote_pins.add(manifest, origins))
            bar.advance(task)
        if wait:
            task = bar.add_task("pinning", total=len(chosen))
            deadline = time.monotonic() + timeout
            while (open_ := _unsettled(asked)) and time.monotonic() < deadline:
                bar.update(task, completed=len(asked) - len(open_))
                time.sleep(POLL_SECONDS)
                asked = [_news(node, each) for each in asked]
    _report(session, chosen, asked, as_json=as_json)
    _require_success(asked, waited=wait)


@pin.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List what the service keeps, or is to keep, for whoever has the token.

    \b
    Example:
      perfledger pin list
    """
    with session.offline_node() as node, session.progress() as bar:
        ids = {cid: batch_id for batch_id, cid in node.own_batches().items()}
        task = bar.add_task("requests", total=None)
        found = []
        for each in node.remote_pins.all():
            found.append(each)
            bar.advance(task)
    if as_json:
        plain = [each.model_dump(mode="json", exclude_none=True) for each in found]
        session.print_json(
            [each | {"batch_id": ids.get(each["pin"]["cid"])} for each in plain],
        )
        return
    table = Table("batch", "status", "since", "name", box=None)
    for status in found:
        cid = status.pin.cid
        table.add_row(
            harmless(ids.get(cid, cid)),
            status.status,
            f"{status.created:%Y-%m-%d %H:%M}",
            harmless(status.pin.name or ""),
        )
    session.out.print(table)


@pin.command()
@batch_options
@json_option
@pass_session
def status(session: Session, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Ask the service how far it has come with batches.

    \b
    Example:
      perfledger pin status --all
    """
    with session.offline_node() as node, session.progress() as bar:
        chosen = _chosen(node, names, everything=everything)
        task = bar.add_task("asking", total=len(chosen))
        found = []
        for manifest in chosen:
            found.append(node.remote_pins.refresh(manifest))
            bar.advance(task)
    _report(session, chosen, found, as_json=as_json)


@pin.command()
@batch_options
@json_option
@pass_session
def remove(session: Session, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Have the service keep batches no longer.

    \b
    Example:
      perfledger pin remove 0x3f3f7680d6eaa612b8359c3b16ff461703aed87ebed3f7435663437e48f3cdd3
    """
    with session.offline_node() as node, session.progress() as bar:
        chosen = _chosen(node, names, everything=everything)
        task = bar.add_task("removing", total=len(chosen))
        ended = {}
        for manifest, label in chosen.items():
            ended[label] = node.remote_pins.remove(manifest)
            bar.advance(task)
    if as_json:
        session.print_json([{"batch": label, "ended": number} for label, number in ended.items()])
    else:
        for label, number in ended.items():
            session.out.print(f"{label}: {'no longer kept' if number else 'was not kept'}")


def _chosen(node: OfflineNode, names: tuple[str, ...], *, everything: bool) -> dict[Digest, str]:
    """The manifests of batches, with what to call them."""
    if everything == bool(names):
        raise click.UsageError("name batches, or --all of this node.")
    own = node.own_batches()
    if everything:
        return {from_text(cid): batch_id for batch_id, cid in own.items()}
    return {from_text(node.manifest_cid(name)): name for name in names}


def _unsettled(asked: Iterable[PinRequest]) -> list[PinRequest]:
    return [each for each in asked if each.state in {PinState.QUEUED, PinState.PINNING}]


def _news(node: OfflineNode, asked: PinRequest) -> PinRequest:
    if not _unsettled([asked]):
        return asked
    return node.remote_pins.refresh(asked.manifest) or asked


def _report(
    session: Session,
    chosen: Mapping[Digest, str],
    found: Iterable[PinRequest | None],
    *,
    as_json: bool,
) -> None:
    rows = zip(chosen.items(), found, strict=True)
    if as_json:
        session.print_json([_as_dict(*of, request) for of, request in rows])
        return
    for (_, label), request in rows:
        if request is None:
            session.out.print(f"{label}: not asked for")
        else:
            told = f" ({request.info})" if request.info else ""
            session.out.print(f"{label}: {request.state}{harmless(told)}")


def _as_dict(manifest: Digest, label: str, request: PinRequest | None) -> dict[str, object]:
    return {
        "batch": label,
        "manifest_cid": to_text(manifest),
        "status": None if request is None else request.state,
        "service": None if request is None else request.service,
        "request": None if request is None else request.request,
        "info": None if request is None else request.info,
        "checked": None if request is None else request.checked.isoformat(),
    }


def _require_success(asked: Iterable[PinRequest], *, waited: bool) -> None:
    asked = list(asked)
    failed = [each for each in asked if each.state is PinState.FAILED]
    if failed:
        raise UnavailableError(
            f"the pinning service failed with {len(failed)} of {len(asked)} batches",
            hint="Can it reach a node that has them? --origin names one; `pin add` asks again.",
        )
    if waited and _unsettled(asked):
        raise UnavailableError(
            f"{len(_unsettled(asked))} of {len(asked)} batches are not pinned yet",
            hint="The service goes on; `perfledger pin status --all` says how far it is.",
        )
