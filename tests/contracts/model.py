"""What the contracts should do, in plain Python: a second telling of the protocol.

Every action either changes the model or raises `RefusalError` with the custom error, and its
arguments, that the contracts should revert with. Nothing here is taken from the contracts but those
names.
"""

from bisect import bisect_right
from dataclasses import dataclass
from dataclasses import field
from enum import IntEnum
from typing import NoReturn

from eth_abi import encode
from eth_utils import keccak

Statement = tuple[bytes, int, bytes, int, int, bytes]
"""Batch, sequence, verdict root, accepted, rejected, report digest."""

ZERO = "0x" + 40 * "0"
ADMIN_ROLE = bytes(32)
GOVERNOR_ROLE = keccak(text="GOVERNOR_ROLE")
REPORTER_PERCENT = 25


class Status(IntEnum):
    """Where a validator stands."""

    NONE = 0
    ADMITTED = 1
    ACTIVE = 2
    EXITING = 3
    SLASHED = 4


class RefusalError(Exception):
    """The contracts should revert, with this error and these arguments."""


def refuse(name: str, *arguments: object) -> NoReturn:
    raise RefusalError(name, *arguments)


@dataclass(frozen=True)
class Batch:
    """What an anchor leaves."""

    block: int
    time: int
    count: int


@dataclass(frozen=True)
class Validator:
    """What is known of a validator."""

    status: Status = Status.NONE
    bond: int = 0
    since: int = 0
    withdrawable_at: int = 0


class History:
    """Values, and the block from which each holds."""

    def __init__(self, value: int) -> None:
        self._blocks = [0]
        self._values = [value]

    def set(self, block: int, value: int) -> None:
        if self._blocks[-1] == block:
            self._values[-1] = value
        else:
            self._blocks.append(block)
            self._values.append(value)

    def at(self, block: int) -> int:
        return self._values[bisect_right(self._blocks, block) - 1]

    @property
    def blocks(self) -> list[int]:
        return list(self._blocks)

    @property
    def latest(self) -> int:
        return self._values[-1]


@dataclass(frozen=True)
class Signed:
    """Values that somebody signed, or that somebody else claims to have signed.

    Attributes:
        signer: whose signature it is said to be.
        values: all that is signed.
        genuine: whether it is the signer's, over these values, in this domain, in the one form.
        signature: the bytes.
    """

    signer: str
    values: tuple
    genuine: bool
    signature: bytes


def batch_name(publisher: str, root: bytes) -> bytes:
    return keccak(encode(["address", "bytes32"], [publisher, root]))


def commitment(root: bytes, accepted: int, rejected: int, report: bytes) -> bytes:
    types = ["bytes32", "uint32", "uint32", "bytes32"]
    return keccak(encode(types, [root, accepted, rejected, report]))[:28]


@dataclass
class Protocol:
    """The three contracts."""

    governor: str
    quorum: int
    first_bond: int
    exit_delay: int
    block: int
    time: int
    batches: dict[bytes, Batch] = field(default_factory=dict)
    superseded: dict[bytes, bytes] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    revoked: set[tuple[str, bytes]] = field(default_factory=set)
    validators: dict[str, Validator] = field(default_factory=dict)
    rewards: dict[str, int] = field(default_factory=dict)
    attestations: dict[tuple[bytes, str], tuple[int, bytes]] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    burned: int = 0

    def __post_init__(self) -> None:
        self.governors = {self.governor}
        self.quorums = History(self.quorum)
        self.bonds = History(self.first_bond)
        self.active = History(0)
        self.stakes: dict[str, History] = {}

    def validator(self, account: str) -> Validator:
        return self.validators.get(account, Validator())

    @property
    def owed(self) -> int:
        """All that the contracts have to pay out some day."""
        bonds = sum(validator.bond for validator in self.validators.values())
        return bonds + sum(self.rewards.values())

    def anchor(self, publisher: str, root: bytes, count: int) -> bytes:
        if root == bytes(32):
            refuse("ZeroRoot")
        if count == 0:
            refuse("ZeroCount")
        name = batch_name(publisher, root)
        if name in self.batches:
            refuse("AlreadyAnchored", name)
        self.batches[name] = Batch(self.block, self.time, count)
        return name

    def anchor_by_signature(self, signed: Signed) -> bytes:
        root, count, _, nonce, deadline = signed.values
        if self.time > deadline:
            refuse("SignatureExpired", deadline)
        if not signed.genuine or nonce != self.nonces.get(signed.signer, 0):
            refuse("InvalidSignature", signed.signer)
        return self.anchor(signed.signer, root, count)

    def void_nonce(self, publisher: str) -> int:
        self.nonces[publisher] = self.nonces.get(publisher, 0) + 1
        return self.nonces[publisher]

    def supersede(self, publisher: str, root: bytes, replacement_root: bytes) -> None:
        batch, replacement = batch_name(publisher, root), batch_name(publisher, replacement_root)
        for each in (batch, replacement):
            if each not in self.batches:
                refuse("NotAnchored", each)
        if batch == replacement:
            refuse("SupersedesItself", batch)
        for each in (batch, replacement):
            if each in self.superseded:
                refuse("AlreadySuperseded", each)
        self.superseded[batch] = replacement

    def revoke(
        self, caller: str, publisher: str, root: bytes, record: bytes, *, proven: bool
    ) -> None:
        if batch_name(publisher, root) not in self.batches:
            refuse("NotAnchored", batch_name(publisher, root))
        if not proven:
            refuse("InvalidProof")
        if (caller, record) in self.revoked:
            refuse("AlreadyRevoked", record)
        self.revoked.add((caller, record))

    def grant_governor(self, caller: str, account: str) -> None:
        if caller != self.governor:
            refuse("AccessControlUnauthorizedAccount", caller, ADMIN_ROLE)
        self.governors.add(account)

    def revoke_governor(self, caller: str, account: str) -> None:
        if caller != self.governor:
            refuse("AccessControlUnauthorizedAccount", caller, ADMIN_ROLE)
        self.governors.discard(account)

    def admit(self, caller: str, account: str) -> None:
        self._governs(caller)
        self._stands(account, Status.NONE)
        self.validators[account] = Validator(Status.ADMITTED, 0, self.block)

    def dismiss(self, caller: str, account: str) -> None:
        self._governs(caller)
        found = self.validator(account)
        if found.status == Status.ADMITTED:
            del self.validators[account]
        elif found.status == Status.ACTIVE:
            self._exit(account)
        else:
            refuse("WrongStatus", account, found.status)

    def set_quorum(self, caller: str, quorum: int) -> None:
        self._governs(caller)
        if quorum == 0:
            refuse("ZeroQuorum")
        self.quorums.set(self.block + 1, quorum)

    def set_bond(self, caller: str, bond: int) -> None:
        self._governs(caller)
        if bond == 0:
            refuse("ZeroBond")
        self.bonds.set(self.block + 1, bond)

    def join(self, caller: str, value: int) -> None:
        self._stands(caller, Status.ADMITTED)
        required = self.bonds.at(self.block)
        if value != required:
            refuse("WrongBond", required, value)
        self.validators[caller] = Validator(Status.ACTIVE, value, self.block)
        self._record(caller, value, +1)

    def request_exit(self, caller: str) -> None:
        self._stands(caller, Status.ACTIVE)
        self._exit(caller)

    def withdraw(self, caller: str, recipient: str) -> None:
        self._stands(caller, Status.EXITING)
        leaving = self.validators[caller]
        if self.time < leaving.withdrawable_at:
            refuse("NotYetWithdrawable", leaving.withdrawable_at)
        self._pay(recipient, leaving.bond)
        del self.validators[caller]

    def claim_reward(self, caller: str, recipient: str) -> None:
        amount = self.rewards.get(caller, 0)
        if amount == 0:
            refuse("NoReward")
        self._pay(recipient, amount)
        del self.rewards[caller]

    def attest(self, validator: str, statement: Statement) -> None:
        batch, sequence, root, accepted, rejected, report = statement
        if batch not in self.batches:
            refuse("NotAnchored", batch)
        if accepted + rejected != self.batches[batch].count:
            refuse("CountMismatch", self.batches[batch].count, accepted + rejected)
        if self.validator(validator).status != Status.ACTIVE:
            refuse("NotActive", validator)
        standing, _ = self.attestations.get((batch, validator), (0, b""))
        if sequence <= standing:
            refuse("StaleSequence", standing, sequence)
        said = commitment(root, accepted, rejected, report)
        self.attestations[batch, validator] = (sequence, said)

    def attest_by_signature(self, signed: Signed) -> None:
        *said, deadline = signed.values
        if self.time > deadline:
            refuse("SignatureExpired", deadline)
        if not signed.genuine:
            refuse("InvalidSignature", signed.signer)
        self.attest(signed.signer, tuple(said))

    def prove_equivocation(
        self, reporter: str, validator: str, root_a: bytes, root_b: bytes, *, genuine: bool
    ) -> None:
        if root_a == root_b:
            refuse("SameRoot", root_a)
        if not genuine:
            refuse("InvalidSignature", validator)
        found = self.validator(validator)
        if found.status not in (Status.ACTIVE, Status.EXITING):
            refuse("WrongStatus", validator, found.status)
        if found.status == Status.ACTIVE:
            self._record(validator, 0, -1)
        reward = found.bond * REPORTER_PERCENT // 100
        self.validators[validator] = Validator(Status.SLASHED, 0, self.block)
        self.rewards[reporter] = self.rewards.get(reporter, 0) + reward
        self.burned += found.bond - reward

    def _governs(self, caller: str) -> None:
        if caller not in self.governors:
            refuse("AccessControlUnauthorizedAccount", caller, GOVERNOR_ROLE)

    def _stands(self, account: str, required: Status) -> None:
        if self.validator(account).status != required:
            refuse("WrongStatus", account, self.validator(account).status)

    def _exit(self, account: str) -> None:
        bond = self.validators[account].bond
        until = self.time + self.exit_delay
        self.validators[account] = Validator(Status.EXITING, bond, self.block, until)
        self._record(account, 0, -1)

    def _record(self, account: str, stake: int, change: int) -> None:
        self.stakes.setdefault(account, History(0)).set(self.block + 1, stake)
        self.active.set(self.block + 1, self.active.latest + change)

    def _pay(self, recipient: str, amount: int) -> None:
        if recipient == ZERO:
            refuse("ZeroRecipient")
        self.paid[recipient] = self.paid.get(recipient, 0) + amount
