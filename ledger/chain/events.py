"""The events of the three contracts, decoded from logs.

A log is decoded by the address it comes from and its first topic; what other contracts emit, and
events the ledger has no use for (roles, bonds of the future, nonces), decode to None.

Source: Solidity ABI specification, "Events"; ``contracts/src``.
"""

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address

import contracts
from ledger.chain.deployment import Deployment
from ledger.errors import UnavailableError
from ledger.record.cid import Digest
from ledger.record.keccak import keccak


class MalformedLogError(UnavailableError):
    """A log of one of the contracts is not of the form that the contract emits."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where on the chain an event happened."""

    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """A batch was anchored."""

    origin: Origin
    batch_id: bytes
    publisher: str
    root: bytes
    manifest: Digest
    count: int


@dataclass(frozen=True, slots=True)
class Superseded:
    """A publisher replaced one of its batches by another."""

    origin: Origin
    batch_id: bytes
    replacement_id: bytes
    publisher: str


@dataclass(frozen=True, slots=True)
class RecordRevoked:
    """A contributor withdrew a record; ``batch_id`` is the one that proved it to be theirs."""

    origin: Origin
    contributor: str
    record: Digest
    batch_id: bytes


@dataclass(frozen=True, slots=True)
class Attested:
    """A validator attested a batch."""

    origin: Origin
    batch_id: bytes
    validator: str
    sequence: int
    verdict_root: bytes
    accepted: int
    rejected: int
    report: Digest


@dataclass(frozen=True, slots=True)
class Equivocated:
    """A validator was proven to have signed two different verdict roots."""

    origin: Origin
    batch_id: bytes
    validator: str
    reporter: str
    sequence: int
    root_a: bytes
    root_b: bytes


@dataclass(frozen=True, slots=True)
class ValidatorAdmitted:
    """Governance admitted a validator."""

    origin: Origin
    validator: str


@dataclass(frozen=True, slots=True)
class ValidatorJoined:
    """A validator posted its bond, in wei, and is active from the next block on."""

    origin: Origin
    validator: str
    bond_wei: int


@dataclass(frozen=True, slots=True)
class ValidatorExitRequested:
    """A validator stopped; it may withdraw its bond from a moment on, in seconds since 1970."""

    origin: Origin
    validator: str
    withdrawable_at: int


@dataclass(frozen=True, slots=True)
class ValidatorDismissed:
    """Governance stopped a validator, or took an admission back."""

    origin: Origin
    validator: str


@dataclass(frozen=True, slots=True)
class ValidatorWithdrawn:
    """A validator got its bond back, in wei."""

    origin: Origin
    validator: str
    bond_wei: int


@dataclass(frozen=True, slots=True)
class ValidatorSlashed:
    """A validator lost its bond; amounts in wei."""

    origin: Origin
    validator: str
    reporter: str
    reward_wei: int
    burned_wei: int


@dataclass(frozen=True, slots=True)
class QuorumChanged:
    """Batches anchored from a block on need another number of verdicts."""

    origin: Origin
    from_block: int
    quorum: int


ValidatorEvent = (
    ValidatorAdmitted
    | ValidatorJoined
    | ValidatorExitRequested
    | ValidatorDismissed
    | ValidatorWithdrawn
    | ValidatorSlashed
)
Event = (
    Anchored | Superseded | RecordRevoked | Attested | Equivocated | ValidatorEvent | QuorumChanged
)

_EVENTS: Mapping[str, Mapping[str, Callable[..., Event]]] = {
    "ContributionRegistry": {
        "Anchored": Anchored,
        "Superseded": Superseded,
        "Revoked": RecordRevoked,
    },
    "Attestations": {"Attested": Attested, "Equivocated": Equivocated},
    "ValidatorSet": {
        "Admitted": ValidatorAdmitted,
        "Joined": ValidatorJoined,
        "ExitRequested": ValidatorExitRequested,
        "Dismissed": ValidatorDismissed,
        "Withdrawn": ValidatorWithdrawn,
        "Slashed": ValidatorSlashed,
        "QuorumSet": QuorumChanged,
    },
}
"""Events by contract and name; a class takes the parameters in the order of the contract."""


@dataclass(frozen=True, slots=True)
class _Form:
    event: Callable[..., Event]
    types: tuple[str, ...]
    indexed: tuple[bool, ...]

    def decode(self, topics: list[bytes], data: bytes, origin: Origin) -> Event:
        kinds = tuple(zip(self.types, self.indexed, strict=True))
        in_topics = iter(
            [
                abi_decode((kind,), topic)[0]
                for kind, topic in zip(
                    [kind for kind, indexed in kinds if indexed], topics[1:], strict=True
                )
            ]
        )
        in_data = iter(abi_decode([kind for kind, indexed in kinds if not indexed], data))
        values = (_value(kind, next(in_topics if indexed else in_data)) for kind, indexed in kinds)
        return self.event(origin, *values)


class EventDecoder:
    """Decodes the logs of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._forms = {
            (address, topic): form
            for name, address in zip(contracts.NAMES, deployment.addresses, strict=True)
            for topic, form in _forms(name).items()
        }

    def decode(self, log: Mapping[str, Any]) -> Event | None:
        """The event of a log as ``eth_getLogs`` returns it, or None for one of no use here.

        Raises:
            MalformedLogError: the topics or data do not fit the event.
        """
        topics = [bytes(topic) for topic in log["topics"]]
        form = self._forms.get((str(log["address"]), topics[0])) if topics else None
        if form is None:
            return None
        origin = Origin(
            int(log["blockNumber"]),
            bytes(log["blockHash"]),
            bytes(log["transactionHash"]),
            int(log["logIndex"]),
        )
        try:
            return form.decode(topics, bytes(log["data"]), origin)
        except (DecodingError, ValueError) as error:
            raise MalformedLogError(
                f"the log {origin.log_index} of block {origin.block_number} is malformed: {error}",
                hint="The RPC endpoint answers with something the contracts cannot have emitted; "
                "use another one.",
            ) from error


def _forms(contract: str) -> dict[bytes, _Form]:
    forms = {}
    for entry in contracts.load(contract).abi:
        event = _EVENTS[contract].get(entry["name"]) if entry["type"] == "event" else None
        if event is not None:
            types = tuple(str(given["type"]) for given in entry["inputs"])
            indexed = tuple(bool(given["indexed"]) for given in entry["inputs"])
            topic = keccak(f"{entry['name']}({','.join(types)})".encode())
            forms[topic] = _Form(event, types, indexed)
    return forms


def _value(kind: str, value: Any) -> Any:
    return to_checksum_address(value) if kind == "address" else value
