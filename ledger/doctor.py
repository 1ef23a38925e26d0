"""A look at every part of a node, and what to do about each that is wrong."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.node import Node
from ledger.settings import Settings
from ledger.store.files import usable

LOW_DISK_BYTES = 1 << 30


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
    with Node(settings) as node:
        for part, look in _LOOKS.items():
            try:
                yield Finding(part, True, look(node))
            except PerfledgerError as error:
                yield Finding(part, False, error.message, error.hint)
            except (OSError, sqlite3.Error) as error:
                yield Finding(
                    part,
                    False,
                    str(error),
                    "Is the disk full, or the file another user's? Nothing is repaired by itself; "
                    "the index can be made anew with `perfledger db rebuild`.",
                )


def _home(node: Node) -> str:
    home = node.settings.home
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


def _blocks(node: Node) -> str:
    _require_sound(node.settings.blocks_path)
    return f"{node.blocks.count():,} blocks"


def _outbox(node: Node) -> str:
    _require_sound(node.settings.outbox_path)
    problems = [batch.problem for batch in node.outbox.batches.all() if batch.problem]
    if problems:
        raise UnavailableError(
            f"{len(problems)} batches do not get on: {problems[0]}",
            hint="It goes on by itself under `perfledger up` once the cause is gone.",
        )
    unsigned = len(node.outbox.records.unsigned())
    return f"{unsigned:,} records wait to be signed" if unsigned else "nothing waits"


def _chain(node: Node) -> str:
    return f"id {node.chain.w3.eth.chain_id}, head {node.chain.w3.eth.block_number:,}"


def _contracts(node: Node) -> str:
    node.contracts.require_code()
    return f"registry {node.deployment.registry}, code as compiled"


def _validators(node: Node) -> str:
    block = node.chain.w3.eth.block_number
    functions = node.contracts.validator_set.functions
    active = functions.activeCountAt(block).call()
    quorum = functions.quorumAt(block).call()
    if active < quorum:
        raise UnavailableError(
            f"{active} validators are active, but {quorum} have to agree",
            hint="No record can be decided until governance admits more, or lowers the quorum.",
        )
    return f"{active} active, {quorum} have to agree"


def _index(node: Node) -> str:
    overview = node.queries.overview()
    head = node.chain.w3.eth.block_number
    behind = head - (overview.indexed_block or 0)
    lag = f", {behind:,} blocks behind (`perfledger up` follows)" if behind > 0 else ""
    return f"{overview.records:,} records in {overview.batches:,} batches{lag}"


def _keys(node: Node) -> str:
    signer = node.signer()
    balance = node.chain.w3.eth.get_balance(node.chain.w3.to_checksum_address(signer.address))
    if not balance:
        raise UnavailableError(
            f"{signer.address} has no ether to pay for anchors", hint="Send it some."
        )
    return f"contributes as {signer.address}, {balance / 10**18:,.3f} ether"


def _require_sound(path: Path) -> None:
    if not path.exists():
        return
    with usable(path), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise UnavailableError(
            f"{path} is damaged: {verdict}",
            hint="Restore it from a backup; anchored records can be fetched from other holders.",
        )


_LOOKS: dict[str, Callable[[Node], str]] = {
    "home": _home,
    "blocks": _blocks,
    "outbox": _outbox,
    "chain": _chain,
    "contracts": _contracts,
    "validators": _validators,
    "keys": _keys,
    "index": _index,
}
