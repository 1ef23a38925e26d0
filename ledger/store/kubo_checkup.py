"""A look at a Kubo daemon that keeps a node's blocks."""

from collections.abc import Mapping
from typing import Any

from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.store.kubo import KuboStore
from ledger.store.kubo_errors import KuboRefusedError

_SYNCING = {"flatfs": "sync", "badgerds": "syncWrites"}
"""Kinds of datastore with the parameter that makes a write wait for the disk. Others have none."""


class NotDurableError(UnavailableError):
    """The daemon answers before what it was given is on disk."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"Kubo at {url} does not wait for the disk: a power cut could take records that were "
            "acknowledged",
            hint='Set "sync": true for the mount point /blocks under Datastore.Spec in its config, '
            "and restart it. An import then takes several times as long.",
        )


def examine(store: KuboStore) -> str:
    """What there is to say of the daemon.

    Raises:
        NotDurableError: its datastore does not wait for the disk.
        UnavailableError: it does not answer.
        SettingsError: it denies access.
    """
    version = store.rpc.ask("version")[0]["Version"]
    says = f"Kubo {version} at {store.rpc.url}, {store.count():,} blocks"
    try:
        spec = store.rpc.ask("config", "Datastore.Spec")[0]["Value"]
    except (KuboRefusedError, SettingsError):
        return f"{says}; it does not say whether it waits for the disk"
    if not waits_for_disk(spec):
        raise NotDurableError(store.rpc.url)
    return says


def waits_for_disk(spec: Mapping[str, Any]) -> bool:
    """Whether a datastore of this specification has blocks on disk before it answers.

    Source: https://github.com/ipfs/kubo/blob/master/docs/datastores.md.
    """
    if spec.get("type") == "mount":
        blocks = [each for each in spec.get("mounts", ()) if each.get("mountpoint") == "/blocks"]
        return bool(blocks) and waits_for_disk(blocks[0])
    if "child" in spec:  # measured or logged
        return waits_for_disk(spec["child"])
    return bool(spec.get(_SYNCING.get(str(spec.get("type")), ""), False))
