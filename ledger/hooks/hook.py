"""A hook: a file in the home folder that says who may deliver, what matters, and how it is read.

``docs/recording.md`` explains the format: a map as `ledger.capture.mapping` has it, with a table
``[hook]`` besides.
"""

import hashlib
import hmac
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic import SecretStr
from pydantic import ValidationError

from ledger.capture import jsonlines
from ledger.capture.events import row_of_event
from ledger.capture.field_sources import Entry
from ledger.capture.mapping import MAX_MAP_BYTES
from ledger.capture.mapping import Mapping
from ledger.capture.mapping import MappingError
from ledger.capture.mapping import mapping_of
from ledger.capture.records import row_of_value
from ledger.capture.rows import Row
from ledger.errors import NotFoundError
from ledger.hooks.errors import HookFileError
from ledger.hooks.errors import WrongSenderError
from ledger.record.schema import Scalar

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

_METHOD = "sha256="


class HookTable(Entry):
    """The table ``[hook]``.

    Attributes:
        secret: what deliveries are signed with (HMAC-SHA256); none: senders need a token.
        signature_header: where the signature is, ``sha256=`` and hexadecimal.
        delivery_header: names a delivery, besides ``Idempotency-Key``.
        only: values that an event has to have to be taken, by their path.
        group: for which records are encrypted; none: they are public.
    """

    secret: SecretStr | None = Field(None, min_length=16)
    signature_header: str = Field("X-Hub-Signature-256", pattern=r"^[A-Za-z0-9-]+$")
    delivery_header: str = Field("X-GitHub-Delivery", pattern=r"^[A-Za-z0-9-]+$")
    only: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    group: str | None = Field(None, min_length=1)


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook.

    Attributes:
        name: as in its address.
        table: what its file says of it.
        mapping: how events are read; None: they are records in the ledger's own form.
    """

    name: str
    table: HookTable
    mapping: Mapping | None

    @property
    def is_signed(self) -> bool:
        """Whether deliveries have to be signed; otherwise they need a token."""
        return self.table.secret is not None

    def require_signature(self, content: bytes, signature: str) -> None:
        """Check who signed a delivery, in a time that does not depend on what is wrong.

        Source: RFC 2104 (HMAC); the form is GitHub's, "Validating webhook deliveries".

        Args:
            content: the body's bytes as they came.
            signature: of its header; empty: there was none.

        Raises:
            WrongSenderError: it is not this hook's.
        """
        secret = self.table.secret.get_secret_value() if self.table.secret else ""
        digest = hmac.digest(secret.encode(), content, hashlib.sha256).hex()
        given = signature.strip().lower().encode("utf-8", "replace")
        if not secret or not hmac.compare_digest(given, f"{_METHOD}{digest}".encode()):
            raise WrongSenderError(
                "this delivery is not signed by the hook's secret",
                hint=f"Send {self.table.signature_header}: sha256=HMAC-SHA256 of the body's bytes "
                "in hexadecimal, with the secret of the hook's file.",
            )

    def wants(self, event: Any) -> bool:
        """Whether an event is of the kind that becomes a record."""
        cells = jsonlines.flat(event) if isinstance(event, dict) else {}
        return all(
            cells.get(path) in (wanted if isinstance(wanted, list) else [wanted])
            for path, wanted in self.table.only.items()
        )

    def row(self, event: Any, content: bytes) -> Row:
        """The record that an event makes, or why it makes none."""
        if self.mapping is None:
            return row_of_value(1, 1, event)
        return row_of_event(event, content, self.mapping)


def load_hook(folder: Path, name: str) -> Hook:
    """The hook of a name.

    Args:
        folder: where the files of hooks are.
        name: of the hook; its file is called so, with ``.toml`` behind it.

    Raises:
        NotFoundError: there is none.
        HookFileError: its file is not readable, others read its secret, or it says something wrong.
        MappingError: its map is wrong.
    """
    path = folder / f"{name}.toml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFoundError(
            f"there is no hook {name[:64]!r} here",
            hint="The node's operator makes one: a file hooks/NAME.toml in its home folder "
            "(docs/recording.md).",
        )
    try:
        text = path.read_bytes()[: MAX_MAP_BYTES + 1].decode()
        if len(text) > MAX_MAP_BYTES:
            raise HookFileError(name, f"it has more than {MAX_MAP_BYTES:,} characters")
        value = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise HookFileError(name, f"its file cannot be read: {error}") from error
    table = _table(name, value.pop("hook", {}))
    if table.secret is not None and _others_read(path):
        raise HookFileError(name, f"others can read the secret in {path}; chmod 600 it")
    return Hook(name, table, _mapping(name, value) if value else None)


def _table(name: str, value: Any) -> HookTable:
    try:
        return HookTable.model_validate(value)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, ('hook', *each['loc'])))}: {each['msg']}"
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise HookFileError(name, faults) from error


def _mapping(name: str, value: dict[str, Any]) -> Mapping:
    """Services send much that nobody reads, so it is no error unless the file says that it is."""
    found = mapping_of({"unknown_columns": "ignore", **value}, name=name)
    if not found.tables():
        raise MappingError(name, "it is for event logs, which no hook gets")
    return found


def _others_read(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)) and os.name == "posix"
