"""A look at every part of a node, and what to do about each that is wrong.

Looking changes nothing: no contract is deployed, no chain served, no file made, no table migrated.
What is missing is named, with the command that makes it.
"""

import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from functools import partial

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.faults import understood
from ledger.inspection import ChainIdleError
from ledger.inspection import Inspection
from ledger.node import Node
from ledger.peers import checkup
from ledger.settings import Settings
from ledger.store import kubo_checkup

LOW_DISK_BYTES = 1 << 30

LATE_SECONDS = 300
"""A running node looks at the chain every second, and at least twice a minute after failures."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the look at one part found.

    Attributes:
        part: e.g. ``chain``.
        ok: whether it is as it should be.
        says: what was found.
        hint: what to do about it; empty where all is well.
    """

    part: str
    ok: bool
    says: str
    hint: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every part, one after the other; a broken one does not hide the next."""
    if not settings.home.is_dir():
        yield Finding(
            "home", False, f"{settings.home} does not exist", "Make it with `perfledger init`."
        )
        return
    with Inspection(settings) as parts:
        for part, look in _LOOKS.items():
            try:
                with understood():
                    yield Finding(part, True, look(parts))
            except ChainIdleError as idle:
                says = f"not looked at: {idle.message}"
                yield Finding(part, True, idle.message if part == "chain" else says, idle.hint)
            except PerfledgerError as error:
                yield Finding(part, False, error.message, error.hint)


def _home(parts: Inspection) -> str:
    home = parts.settings.home
    if not os.access(home, os.W_OK):
        raise UnavailableError(
            f"{home} cannot be written", hint=f"Give this user the right: chmod u+rwx {home}"
        )
    free = shutil.disk_usage(home).free
    if free < LOW_DISK_BYTES:
        raise UnavailableError(
            f"only {free / 1e6:,.0f} MB are free under {home}",
            hint="Free some space, or move the folder and name it with --home.",
        )
    return f"{home}, {free / 1e9:,.1f} GB free"


def _blocks(parts: Inspection) -> str:
    if parts.kubo is not None:
        return kubo_checkup.examine(parts.kubo)
    ((number,),) = parts.rows(parts.settings.blocks_path, "SELECT count(*) FROM blocks")
    return f"{number:,} blocks"


def _outbox(parts: Inspection) -> str:
    path = parts.settings.outbox_path
    problems = parts.rows(path, "SELECT problem FROM batches WHERE problem <> '' ORDER BY rowid")
    if problems:
        raise UnavailableError(
            f"{len(problems)} batches do not get on: {problems[0][0]}",
            hint="It goes on by itself under `perfledger up` once the cause is gone.",
        )
    ((unsigned,),) = parts.rows(path, "SELECT count(*) FROM records WHERE submission IS NULL")
    return f"{unsigned:,} records wait to be signed" if unsigned else "nothing waits"


def _pins(parts: Inspection) -> str:
    service = parts.settings.pinning_url
    if service is None:
        return "no pinning service is chosen; `perfledger pin` says how"
    path = parts.settings.pins_path
    if not path.exists():
        return f"{service} was not asked for any batch yet"
    found = dict(
        parts.rows(path, "SELECT state, count(*) FROM requests GROUP BY state ORDER BY state")
    )
    says = ", ".join(f"{number:,} {state}" for state, number in found.items()) or "no batches"
    if found.get("failed"):
        raise UnavailableError(
            f"{says} at {service}",
            hint="`perfledger pin status --all` says why; `perfledger pin add` asks again.",
        )
    return f"{says} at {service}"


def _chain(parts: Inspection) -> str:
    return f"id {parts.w3.eth.chain_id}, head {parts.head:,}"


def _contracts(parts: Inspection) -> str:
    parts.contracts.require_code()
    return f"registry {parts.contracts.deployment.registry}, code as compiled"


def _validators(parts: Inspection) -> str:
    functions = parts.contracts.validator_set.functions
    active = functions.activeCountAt(parts.head).call()
    quorum = functions.quorumAt(parts.head).call()
    if active < quorum:
        raise UnavailableError(
            f"{active} validators are active, but {quorum} have to agree",
            hint="No record can be decided until governance admits more, or lowers the quorum.",
        )
    return f"{active} active, {quorum} have to agree"


def _keys(parts: Inspection) -> str:
    with Node(parts.settings) as node:
        if not node.has_key:
            return "none: this node follows only, and contributes nothing"
        address = node.signer().address
    balance = parts.w3.eth.get_balance(parts.w3.to_checksum_address(address))
    if not balance:
        raise UnavailableError(f"{address} has no ether to pay for anchors", hint="Send it some.")
    return f"contributes as {address}, {balance / 10**18:,.3f} ether"


def _index(parts: Inspection) -> str:
    found = parts.overview
    return f"{found.records:,} records in {found.batches:,} batches"


def _app(parts: Inspection) -> str:
    if not parts.settings.app_port:
        return "listens on any free port, so it is not looked for"
    health = parts.app_health
    if health is None:
        return f"not running at {parts.app_url}; `perfledger up` serves it"
    return f"{parts.app_url} answers: {health}"


def _sync(parts: Inspection) -> str:
    indexed = parts.overview.indexed_block
    head = parts.head
    if indexed is not None and indexed >= head:
        return f"at the head, block {head:,}"
    first = parts.contracts.deployment.from_block if indexed is None else indexed + 1
    since = datetime.fromtimestamp(parts.w3.eth.get_block(first)["timestamp"], UTC)
    says = f"{head - first + 1:,} blocks behind the head, since {since:%Y-%m-%d %H:%M} UTC"
    late = (datetime.now(UTC) - since).total_seconds() > LATE_SECONDS
    if late and parts.settings.app_port and parts.app_health is not None:
        raise UnavailableError(
            says, hint="`perfledger up` runs, but does not get on: its log says what holds it up."
        )
    return f"{says}; `perfledger up` follows it"


def _peers(parts: Inspection) -> str:
    path = parts.settings.peers_path
    if not path.exists():
        return "not looked for yet; `perfledger up` and `perfledger node run` do"
    return checkup.examine(partial(parts.rows, path))


_LOOKS: dict[str, Callable[[Inspection], str]] = {
    "home": _home,
    "blocks": _blocks,
    "outbox": _outbox,
    "pins": _pins,
    "chain": _chain,
    "contracts": _contracts,
    "validators": _validators,
    "keys": _keys,
    "index": _index,
    "app": _app,
    "sync": _sync,
    "peers": _peers,
}
