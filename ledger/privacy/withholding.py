"""Applying a policy to a record, before anybody signs it.

The same record under the same policy and secret always becomes the same: taking a file in again
adds nothing. Salts are therefore derived from the secret and the CID of the record as it was, which
nobody else learns.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN
from decimal import Context
from decimal import Decimal
from typing import Any

from ledger.privacy import commitment
from ledger.privacy.commitment import Withheld
from ledger.privacy.paths import Keys
from ledger.privacy.paths import put
from ledger.privacy.paths import text_of
from ledger.privacy.paths import values_of
from ledger.privacy.paths import without
from ledger.privacy.policy import Bucket
from ledger.privacy.policy import Commit
from ledger.privacy.policy import Drop
from ledger.privacy.policy import Hash
from ledger.privacy.policy import Keep
from ledger.privacy.policy import Policy
from ledger.privacy.policy import PolicyError
from ledger.record import codec
from ledger.record import dagcbor
from ledger.record.codec import InvalidRecordError
from ledger.record.schema import Record

HASHED = "hmac-sha256:"
"""What the text begins with that stands for a hashed value."""

HASH_CHARACTERS = 32
"""Of the HMAC in hexadecimal: 128 bits, which no two values share by chance."""

_PERIODS = {"year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16}
"""Characters of RFC 3339 that say it."""

_BEGINNING = "0000-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Change:
    """What a policy did to a value.

    Attributes:
        path: of the value.
        action: the rule's.
        before: the value as it was.
        after: what leaves instead; None: nothing.
    """

    path: str
    action: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Shared:
    """A record as it may leave.

    Attributes:
        record: without what is withheld.
        withheld: what it is committed to, to be kept here; empty if nothing.
        changes: everything that was done to it, in the order of the record.
    """

    record: Record
    withheld: tuple[Withheld, ...]
    changes: tuple[Change, ...]


def apply(policy: Policy, secret: bytes, record: Record) -> Shared:
    """A record as a policy lets it leave.

    Args:
        policy: what to do.
        secret: this home's, 32 random bytes; salts and hashes are derived from it.
        record: as it was measured.

    Raises:
        PolicyError: a rule does not fit its value, or a record needs what is withheld.
    """
    plain = record.model_dump(mode="json")
    found = [
        (keys, rule, value)
        for keys, value in values_of(plain)
        if (rule := policy.rule_for(text_of(keys))) is not None and not isinstance(rule, Keep)
    ]
    if not found:
        return Shared(record, (), ())
    name = codec.cid_of(record)
    gone: set[Keys] = set()
    withheld: list[Withheld] = []
    changes: list[Change] = []
    for keys, rule, value in found:
        path = text_of(keys)
        after: object = None
        if isinstance(rule, Hash):
            after = _hashed(secret, value)
        elif isinstance(rule, Bucket):
            after = _coarser(rule, path, value)
        if isinstance(rule, Commit):
            withheld.append(Withheld(path, value, _salt(secret, name, path)))
        if isinstance(rule, Commit | Drop):
            gone.add(keys)
        else:
            put(plain, keys, after)
        if isinstance(rule, Commit | Drop) or after != value:
            changes.append(Change(path, rule.action, value, after))
    left = without(plain, gone) or {}
    if withheld:
        left["commitment"] = commitment.of(withheld)
    return Shared(_record(left, changes), tuple(withheld), tuple(changes))


def _record(plain: dict[str, Any], changes: list[Change]) -> Record:
    try:
        return codec.from_python(plain)
    except InvalidRecordError as error:
        fields = ", ".join(sorted({f"{each.path} ({each.action})" for each in changes}))
        raise PolicyError(
            f"the policy leaves no valid record: {error.message}",
            hint=f"It changed {fields}. What a record must have can be hashed (text) or made "
            "coarser (numbers, times), not dropped or committed to.",
        ) from error


def _derived(secret: bytes, purpose: str, *parts: bytes) -> bytes:
    message = b"".join(len(part).to_bytes(8, "big") + part for part in (purpose.encode(), *parts))
    return hmac.digest(secret, message, hashlib.sha256)


def _hashed(secret: bytes, value: object) -> str:
    digest = _derived(secret, "perfledger hashed value", dagcbor.encode(value))
    return HASHED + digest.hex()[:HASH_CHARACTERS]


def _salt(secret: bytes, record_cid: str, path: str) -> bytes:
    return _derived(secret, "perfledger salt", record_cid.encode(), path.encode())


def _coarser(rule: Bucket, path: str, value: object) -> object:
    if rule.period is not None:
        return _begin_of(rule.period, path, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"{path} is no number: it has no bucket"
        raise PolicyError(msg, hint="Give text the action hash, drop or commit.")
    exact = Decimal(repr(value))
    if rule.significant is not None:
        context = Context(prec=rule.significant, rounding=ROUND_HALF_EVEN)
        return _like(value, context.plus(exact))
    step = Decimal(repr(rule.step))
    return _like(value, exact // step * step if exact >= 0 else -(-exact // step) * step)


def _like(value: float, coarse: Decimal) -> float:
    to: Callable[[Decimal], float] = int if isinstance(value, int) else float
    return to(coarse)


def _begin_of(period: str, path: str, value: object) -> str:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or not isinstance(value, str):
        msg = f"{path} is no time: it has no {period}"
        raise PolicyError(msg, hint="Times are in `started_at`.")
    kept = _PERIODS[period]
    return value[:kept] + _BEGINNING[kept:]
