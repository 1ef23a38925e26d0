"""The half of a node that needs no chain: taking records in, and looking at what is there.

It is a module of its own so that `perfledger run` starts quickly: web3 and py-evm take a second to
import.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from typing import BinaryIO
from typing import Self

from ledger.anchor.intake import Accepted
from ledger.anchor.intake import Intake
from ledger.anchor.intake import Known
from ledger.anchor.outbox import Outbox
from ledger.anchor.outbox.batches import BatchState
from ledger.capture.mapping import mapping_from_toml
from ledger.capture.rows import Row
from ledger.capture.tables import Kind
from ledger.capture.tables import read_any
from ledger.capture.tables import read_file
from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.feed import Feed
from ledger.index.queries import Queries
from ledger.ipld.car import CARBlock
from ledger.ipld.cid import CID
from ledger.peers.identity import Identity
from ledger.peers.identity import load as load_identity
from ledger.peers.peer_id import PeerID
from ledger.privacy.screen import Screen
from ledger.record import cid as cids
from ledger.record.cid import Digest
from ledger.record.schema import Record
from ledger.serving.gateway import Gateway
from ledger.serving.limits import ServingLimits
from ledger.serving.presence import Presence
from ledger.serving.providers import ProviderRecord
from ledger.settings import Settings
from ledger.store.blocks import BlockStore
from ledger.store.sqlite import SQLiteBlockStore
from ledger.store.transfer import Imported
from ledger.store.transfer import export_car
from ledger.store.transfer import import_car

if TYPE_CHECKING:
    from ledger.accounts.accounts import Accounts
    from ledger.groups.groups import Groups
    from ledger.groups.waiting import Waiting
    from ledger.hooks.desk import HookDesk
    from ledger.index.queries.columns import Columns
    from ledger.store.pin_requests import PinRequest
    from ledger.store.remote_pins import RemotePins
    from ledger.verify.format import Proof

Observer = Callable[[str], None]
"""Told the name of each step just after it is durable."""


class OfflineNode:
    """A node over one home folder, without its chain; close it, or use it as a context manager.

    Parts are opened when they are first used.
    """

    def __init__(self, settings: Settings, *, observer: Observer = lambda _: None) -> None:
        self.settings = settings
        self._observe = observer
        self._open = ExitStack()
        self._in_memory: Columns | None = None
        settings.home.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Close whatever was opened."""
        self._open.close()

    def __enter__(self) -> Self:
        """The node itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def open(self) -> None:
        """Open every file now, rather than at its first use.

        Raises:
            UnavailableError: one cannot be used.
            SettingsError: the index is another version's, or its URL names none.
            PolicyError: the privacy policy is none.
            NotFoundError: the privacy policy is not there.
        """
        for part in ("blocks", "outbox", "index"):
            getattr(self, part)
        self.screen.require_readable()

    @cached_property
    def blocks(self) -> BlockStore:
        """Where the bytes behind CIDs are."""
        store = self._open_blocks()
        self._open.callback(store.close)
        return store

    def _open_blocks(self) -> BlockStore:
        if self.settings.kubo_url is None:
            return SQLiteBlockStore(self.settings.blocks_path)
        from ledger.store.kubo import KuboStore

        return KuboStore(self.settings.kubo_url, self.settings.kubo_token)

    @cached_property
    def readable(self) -> BlockStore:
        """Where blocks are read from for people: the store, or more than that."""
        return self.blocks

    @cached_property
    def gateway(self) -> Gateway:
        """Serves the blocks that are here to whoever asks, except for records in no batch yet."""
        limits = ServingLimits.of(self.settings)
        return Gateway(self.blocks, limits, withheld=self._drafts)

    @cached_property
    def identity(self) -> Identity:
        """The key by which other nodes know this one."""
        return load_identity(self.settings.home)

    @cached_property
    def presence(self) -> Presence:
        """Under which name and addresses this node serves."""
        return Presence(self.identity.peer_id, self.settings)

    def providers(self, cid: CID) -> list[ProviderRecord]:
        """Who has a block, as far as this node knows without its peers: itself."""
        return list(self._own_holdings(cid))

    def peers_named(self, peer_id: PeerID) -> list[ProviderRecord]:
        """What this node knows of a peer."""
        return [self.presence.record] if peer_id == self.presence.peer_id else []

    @cached_property
    def remote_pins(self) -> "RemotePins":
        """The batches at a pinning service.

        Raises:
            SettingsError: none is chosen.
        """
        from ledger.store import remote_pins

        pins = remote_pins.from_settings(self.settings)
        self._open.callback(pins.close)
        return pins

    def pin_remotely(self) -> "list[PinRequest]":
        """Have the pinning service keep own batches that are final; returns what has changed.

        Raises:
            PinningServiceError: it does not answer; it goes on where it stopped.
        """
        final = self.outbox.batches.all(BatchState.FINAL)
        return self.remote_pins.step([batch.manifest for batch in final])

    def own_batches(self) -> dict[str, str]:
        """Batches of this node that are on chain: their ids, and their manifests' CIDs."""
        found = self.outbox.batches.all(BatchState.ANCHORED, BatchState.FINAL)
        return {f"0x{batch.id.hex()}": cids.to_text(batch.manifest) for batch in found}

    @cached_property
    def outbox(self) -> Outbox:
        """What was acknowledged here and is on its way."""
        outbox = Outbox(self.settings.outbox_path)
        self._open.callback(outbox.close)
        return outbox

    @cached_property
    def accounts(self) -> "Accounts":
        """Who is signed in to this node's app, and with which tokens."""
        from ledger.accounts.accounts import Accounts

        accounts = Accounts(self.settings.accounts_path)
        self._open.callback(accounts.close)
        return accounts

    @cached_property
    def hooks(self) -> "HookDesk":
        """Where schedulers deliver what they say of jobs."""
        from ledger.hooks.desk import HookDesk
        from ledger.hooks.keeping import Keeping

        settings = self.settings
        desk = HookDesk(
            settings.hooks_path,
            settings.deliveries_path,
            self.screen,
            Keeping(self.accept_shared, self.accept_for, self.groups.names),
        )
        self._open.callback(desk.close)
        return desk

    @cached_property
    def index(self) -> Index:
        """The SQL index."""
        index = open_index(self.settings.index_location)
        self._open.callback(index.close)
        return index

    @cached_property
    def queries(self) -> Queries:
        """Answers out of the index."""
        return Queries(self.index, self.readable, columns=self._columns)

    @cached_property
    def published(self) -> Queries:
        """The same of what is on chain: without records that only this node has."""
        return Queries(self.index, self.readable, with_pending=False, columns=self._columns)

    @cached_property
    def feed(self) -> Feed:
        """What changes in the index."""
        return Feed(self.index, with_pending=True)

    @cached_property
    def published_feed(self) -> Feed:
        """The same of what is on chain."""
        return Feed(self.index, with_pending=False)

    def answer_from_memory(self) -> None:
        """Keep in memory what lists and counts are made of: for a process that makes many.

        The index is read for it once, in the background.
        """
        from ledger.index.queries.columns import Columns  # numpy takes a while to import

        if self._in_memory is None:
            self._in_memory = columns = Columns(self.index)
            self._open.callback(columns.wait)

    def _columns(self) -> "Columns | None":
        return self._in_memory

    @cached_property
    def intake(self) -> Intake:
        """Takes records in."""
        return Intake(self.outbox, self.blocks, self.index.vouched, self._observe)

    @cached_property
    def screen(self) -> Screen:
        """What leaves of a record by this home's privacy policy."""
        screen = Screen(self.settings.home, self.settings.privacy_policy)
        self._open.callback(screen.close)
        return screen

    @property
    def has_policy(self) -> bool:
        """Whether records leave this home otherwise than they were measured."""
        return bool(self.screen.policy.rule)

    def accept(
        self, records: Iterable[Record], *, progress: Callable[[int], None] = lambda _: None
    ) -> Accepted:
        """Keep records durably, as the privacy policy lets them leave, and show them as pending.

        Raises:
            PolicyError: the policy leaves no valid record of one; it is not kept.
        """
        return self.accept_shared(self.screen.shared(records), progress=progress)

    def accept_shared(
        self, records: Iterable[Record], *, progress: Callable[[int], None] = lambda _: None
    ) -> Accepted:
        """The same of records that the policy was applied to, or that are others' already."""
        return self.intake.accept(records, progress=progress, kept=self._show)

    @cached_property
    def groups(self) -> "Groups":
        """The groups for which this home encrypts."""
        from ledger.groups.groups import Groups

        return Groups(self.settings.groups_path)

    def recipient(self) -> str:
        """What others encrypt for so that this home can read it; made when it is first asked for.

        Raises:
            SettingsError: the file of identities is none, or others may read it.
        """
        from ledger.groups.identities import own_identities
        from ledger.groups.identities import path_in

        return str(own_identities(path_in(self.settings.home))[0].to_public())

    def accept_for(
        self,
        group: str,
        records: Iterable[Record],
        *,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Accepted:
        """Keep records, as the privacy policy let them leave, for a group and nobody else.

        Raises:
            NotFoundError: there is no such group.
            TooLargeToSealError: one does not fit into an envelope.
        """
        from ledger.groups.contributing import accept

        return accept(self.for_groups, self.groups.get(group), records, progress=progress)

    def unsealed_of(self, group: str, names: Sequence[str]) -> list[str]:
        """Those of some CIDs whose records are kept for a group and that nobody has signed yet.

        Raises:
            NotFoundError: there is no such group.
        """
        digests = [cids.from_text(name) for name in names]
        waiting = self.for_groups.unsealed_of(self.groups.get(group).id, digests)
        return [cids.to_text(cids.digest_of(record)) for record in waiting]

    def sealed_among(self, group: str, digests: Sequence[Digest]) -> set[Digest]:
        """Those of some records that this home has signed and encrypted for a group.

        Raises:
            NotFoundError: there is no such group.
        """
        return self.for_groups.sealed_among(self.groups.get(group).id, digests)

    @cached_property
    def for_groups(self) -> "Waiting":
        """Records of this home that are for groups."""
        from ledger.groups.waiting import Waiting

        waiting = Waiting(self.settings.groups_path / "waiting.sqlite")
        self._open.callback(waiting.close)
        return waiting

    def groups_waiting(self) -> list[str]:
        """Names of the groups for which records wait to be signed and encrypted."""
        if not (self.settings.groups_path / "waiting.sqlite").exists():
            return []
        waiting = set(self.for_groups.groups())
        return [group.name for group in self.groups.all() if group.id in waiting]

    def disclose(self, proof: "Proof", fields: Sequence[str]) -> "Proof":
        """A proof that also shows values which its record withholds.

        Args:
            proof: of a record that was made in this home.
            fields: paths of the values.

        Raises:
            NotFoundError: one is not withheld here.
        """
        from ledger.verify.disclosures import disclosing

        digest = cids.from_text(proof.record.cid)
        return disclosing(proof, self.screen.disclose(digest, fields))

    def unsigned(self) -> list[str]:
        """CIDs of acknowledged records that nobody has signed yet, oldest first."""
        return [cids.to_text(digest) for digest in self.outbox.records.unsigned()]

    def unsigned_of(self, names: Sequence[str]) -> list[str]:
        """Those of some CIDs whose records were acknowledged here and nobody has signed yet."""
        unsigned = self.outbox.records.unsigned_of([cids.from_text(name) for name in names])
        return [name for name in names if cids.from_text(name) in unsigned]

    def known(self, digests: Sequence[Digest]) -> dict[Digest, Known]:
        """Those of the digests that somebody has signed already, here or on the ledger."""
        return self.intake.known(digests)

    def preview_file(
        self,
        path: Path,
        *,
        name: str = "",
        kind: str | None = None,
        mapping_toml: str | None = None,
    ) -> Iterator[Row]:
        """The rows of an uploaded file, good and bad; memory does not grow with it.

        Args:
            path: where it is.
            name: what it was called before it came here.
            kind: how it is written; found out if absent.
            mapping_toml: how columns become fields; guessed if absent.

        Raises:
            TableError: it cannot be read at all; says why.
            MappingError: the map is wrong.
        """
        mapping = None if mapping_toml is None else mapping_from_toml(mapping_toml)
        rows = read_file(path, None if kind is None else Kind(kind), mapping, name=name)
        return self.screen.shared_rows(rows)

    def preview(
        self,
        content: bytes,
        filename: str | None = None,
        kind: str | None = None,
        mapping_toml: str | None = None,
    ) -> Iterator[Row]:
        """The rows of pasted or uploaded content, good and bad.

        Raises:
            TableError: it cannot be read at all; says why.
            MappingError: the map is wrong.
        """
        mapping = None if mapping_toml is None else mapping_from_toml(mapping_toml)
        rows = read_any(content, None if kind is None else Kind(kind), mapping, name=filename or "")
        return self.screen.shared_rows(rows)

    def _drafts(self, digests: Sequence[Digest]) -> set[Digest]:
        """Records that may never be signed, unless somebody else has had them anchored."""
        drafts = self.outbox.records.drafts(digests)
        return drafts - self.index.vouched(list(drafts)) if drafts else drafts

    def _own_holdings(self, cid: CID) -> Iterator[ProviderRecord]:
        if self.presence.record.addresses and self.gateway.has(cid):
            yield self.presence.record

    def export_car(
        self, name: str, *, progress: Callable[[CARBlock], None] = lambda _: None
    ) -> Iterator[bytes]:
        """A batch by its id, or any DAG by its CID, as a CAR file in pieces.

        Raises:
            NotFoundError: the batch is not known, or nothing here is found by such a CID.
            BlockNotFoundError: a block of it is not here.
            InvalidInputError: neither a batch's id nor a CID.
        """
        return export_car(self.blocks, CID.parse(self.manifest_cid(name)), progress)

    def import_car(
        self, stream: BinaryIO, *, progress: Callable[[CARBlock], None] = lambda _: None
    ) -> Imported:
        """Keep the blocks of a CAR file.

        Raises:
            UnavailableError: the store cannot keep them.
        """
        return import_car(self.blocks, stream, progress)

    def manifest_cid(self, name: str) -> str:
        """The CID of the manifest of a batch, by its id; a CID is given back as it is.

        Raises:
            NotFoundError: the batch is not known.
        """
        if not name.startswith("0x"):
            return name
        return self.own_batches().get(name) or self.queries.batch(name).batch.manifest_cid

    def _show(self, new: Sequence[tuple[Digest, Record]]) -> None:
        """List records that were just acknowledged as pending."""
        self.index.add_pending((digest, record, None) for digest, record in new)
