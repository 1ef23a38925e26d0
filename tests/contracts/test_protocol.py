"""The contracts and a model of the protocol, driven side by side by random and hostile callers.

Each step does one thing in both: the contracts on py-evm have to do what the model does, or revert
with the very error that the model refuses with. After each step everything that can be asked is
compared; several steps may share a block.
"""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import multiple
from hypothesis.stateful import precondition
from hypothesis.stateful import rule
from hypothesis.stateful import run_state_machine_as_test

from ledger.anchor.merkle import leaf_hash
from ledger.anchor.merkle import root_of_proof
from tests.contracts.chain import BOND
from tests.contracts.chain import EXIT_DELAY
from tests.contracts.chain import FAR
from tests.contracts.chain import QUORUM
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tests.contracts.chain import malleated
from tests.contracts.evm import Evm
from tests.contracts.evm import Outcome
from tests.contracts.model import GOVERNOR_ROLE
from tests.contracts.model import ZERO
from tests.contracts.model import Protocol
from tests.contracts.model import RefusalError
from tests.contracts.model import Signed
from tests.contracts.model import Statement
from tests.contracts.model import Status
from tests.contracts.model import batch_name

STEPS = 2_000
EXAMPLES, STEPS_PER_EXAMPLE = 60, 50
REGISTRY, VALIDATORS, ATTESTATIONS = "ContributionRegistry", "ValidatorSet", "Attestations"
BURN = "0x000000000000000000000000000000000000dEaD"
PAYEE = "0x000000000000000000000000000000000000bEEF"
SUBMISSION = ["bytes32", "address", "uint32"]
REPORT = digest("report")

# Four accounts may become validators; the governor is none of them. Everyone tries everything.
everyone = st.integers(1, 6)
candidates = st.integers(3, 6)
publishers = st.integers(2, 3)
governors = st.sampled_from([1, 1, 1, 1, 4])
trees = st.integers(0, 3)
counts = st.sampled_from([1, 2, 2, 2, 3, 0, 2**32 - 1])
aims = st.sampled_from([True, True, True, False])
"""Whether a step is one that should go through, if any can; else it is whatever was drawn."""

said = st.tuples(aims, publishers, trees, st.integers(0, 3), st.integers(0, 2), st.integers(0, 9))
"""Aim, publisher, tree, by how much the sequence rises, accepted, and what makes a wrong sum."""

forgeries = st.sampled_from(
    ["none"] * 14 + ["other key", "malleated", "short", "other chain", "other contract", "changed"]
)
deadlines = st.sampled_from([FAR, FAR, FAR, 0, -1])
recipients = st.sampled_from([PAYEE, PAYEE, PAYEE, ZERO])

Signing = tuple[int, str, bool]
Drawn = tuple[bool, int, int, int, int, int]

PAUSES = [1, 12, EXIT_DELAY - 1, EXIT_DELAY]
"""In seconds; an exit delay ends exactly at the end of one, or a second later."""

done: Counter[str] = Counter()
"""Steps, by rule and by what became of them, over all examples."""


@cache
def template() -> Chain:
    """The deployed contracts; every example starts from a snapshot of them."""
    return Chain.started()


@cache
def evm() -> Evm:
    return Evm(template())


class Tree:
    """A batch of one submission with two records."""

    def __init__(self, number: int, contributor: str) -> None:
        self.contributor = contributor
        self.records = [digest(f"{number} left"), digest(f"{number} right")]
        left, right = (leaf_hash(["bytes32"], [record]) for record in self.records)
        self.proofs = [[right], [left]]
        self.submission = root_of_proof(left, [right])
        self.sibling = [digest(f"{number} beside")]
        leaf = leaf_hash(SUBMISSION, [self.submission, contributor, 2])
        self.root = root_of_proof(leaf, self.sibling)

    def paths(self, place: int) -> tuple[Any, ...]:
        return self.submission, 2, self.proofs[place], self.sibling


def predicted(action: Callable[[], object]) -> tuple[tuple[Any, ...], object]:
    """The error by which the model refuses an action, or else what the action returns."""
    try:
        return (), action()
    except RefusalError as refusal:
        return refusal.args, None


class Ledger(RuleBasedStateMachine):
    """Rules are what callers may try; each says what the model makes of it."""

    anchors = Bundle("anchors")
    statements = Bundle("statements")
    verdicts = Bundle("verdicts")

    def __init__(self) -> None:
        super().__init__()
        self.evm = evm()
        self.start = self.evm.snapshot()
        self.signed_anchors = 0
        self.evm.number += 1
        self.burned_before = self.evm.balance(BURN)
        self.paid_before = self.evm.balance(PAYEE)
        self.keys = template().accounts
        self.names = [key.address for key in self.keys]
        self.trees = [Tree(number, self.names[3 + number % 2]) for number in range(4)]
        self.model = Protocol(
            governor=self.names[1],
            quorum=QUORUM,
            first_bond=BOND,
            exit_delay=EXIT_DELAY,
            block=self.evm.number,
            time=self.evm.time,
        )

    def teardown(self) -> None:
        try:
            self.all_of_history_agrees()
        finally:
            self.evm.revert(self.start)

    def both(
        self,
        expected: Callable[[], object],
        sender: str,
        contract: str,
        name: str,
        *arguments: object,
        value: int = 0,
    ) -> Outcome:
        """Do one thing in the model and in the contracts."""
        outcome = self.evm.call(sender, contract, name, *arguments, value=value)
        refusal, wanted = predicted(expected)
        assert (outcome.ok, outcome.error) == (not refusal, refusal), (name, arguments, outcome)
        if not refusal:
            assert outcome.values in ((), (wanted,))
        done[f"{name}: {refusal[0]}" if refusal else name] += 1
        return outcome

    # Time

    @rule(blocks=st.integers(1, 3), seconds=st.sampled_from(PAUSES))
    def time_passes(self, blocks: int, seconds: int) -> None:
        self.evm.number += blocks
        self.evm.time += seconds
        self.model.block, self.model.time = self.evm.number, self.evm.time
        done["time passes"] += 1

    # Batches

    @rule(who=publishers, tree=trees, count=counts, zero=st.integers(0, 9))
    def anchor(self, who: int, tree: int, count: int, zero: int) -> None:
        root = self.trees[tree].root if zero else bytes(32)
        publisher = self.names[who]
        self.both(
            lambda: self.model.anchor(publisher, root, count),
            publisher,
            REGISTRY,
            "anchor",
            root,
            count,
            REPORT,
        )

    @rule(
        target=anchors,
        who=publishers,
        tree=trees,
        count=counts,
        signing=st.tuples(deadlines, forgeries, st.booleans()),
        voiding=st.sampled_from([False, False, True]),
    )
    def sign_anchor(
        self, who: int, tree: int, count: int, signing: Signing, voiding: bool
    ) -> Signed:
        """Sign for an anchor; with `voiding`, after all that was signed before became void."""
        if voiding:
            self.void_nonce(who)
        deadline, forgery, at_once = signing
        self.signed_anchors += 1
        nonce = self.model.nonces.get(self.names[who], 0)
        until = deadline if deadline > 0 else self.evm.time + deadline
        values = (self.trees[tree].root, count, REPORT, nonce, until)
        signed = self.signed("Anchor", who, values, forgery, REGISTRY)
        if at_once:
            self.relay_anchor(signed, 1)
        return signed

    @rule(signed=anchors, relayer=everyone)
    def relay_anchor(self, signed: Signed, relayer: int) -> None:
        """The signature may have been used, voided or outlived before."""
        root, count, manifest, _, deadline = signed.values
        self.both(
            lambda: self.model.anchor_by_signature(signed),
            self.names[relayer],
            REGISTRY,
            "anchorBySig",
            signed.signer,
            root,
            count,
            manifest,
            deadline,
            signed.signature,
        )

    @precondition(lambda self: self.signed_anchors > 0)
    @rule(who=publishers)
    def void_nonce(self, who: int) -> None:
        self.signed_anchors = 0
        caller = self.names[who]
        self.both(lambda: self.model.void_nonce(caller), caller, REGISTRY, "voidNonce")

    @rule(aim=aims, who=publishers, tree=trees, by=trees)
    def supersede(self, aim: bool, who: int, tree: int, by: int) -> None:
        caller = self.names[who]
        own = [
            each.root for each in self.trees if batch_name(caller, each.root) in self.model.batches
        ]
        roots = own if aim and own else [each.root for each in self.trees]
        old, new = roots[tree % len(roots)], roots[by % len(roots)]
        self.both(
            lambda: self.model.supersede(caller, old, new), caller, REGISTRY, "supersede", old, new
        )

    @rule(
        who=st.integers(3, 4),
        publisher=st.sampled_from([2, 2, 3]),
        tree=trees,
        place=st.integers(0, 1),
        path=st.sampled_from([0, 0, 0, 1]),
    )
    def revoke(self, who: int, publisher: int, tree: int, place: int, path: int) -> None:
        """With `path` set, the path is the other record's."""
        found = self.trees[tree]
        caller, anchored_by = self.names[who], self.names[publisher]
        record = found.records[place]
        proven = caller == found.contributor and path == 0
        self.both(
            lambda: self.model.revoke(caller, anchored_by, found.root, record, proven=proven),
            caller,
            REGISTRY,
            "revoke",
            anchored_by,
            found.root,
            record,
            *found.paths(place ^ path),
        )

    # Governance

    @rule(aim=aims, who=governors, account=candidates)
    def admit(self, aim: bool, who: int, account: int) -> None:
        self.govern(self.model.admit, "admit", who, self.standing(aim, account, Status.NONE))

    @rule(aim=aims, who=governors, account=candidates)
    def dismiss(self, aim: bool, who: int, account: int) -> None:
        found = self.standing(aim, account, Status.ADMITTED, Status.ACTIVE)
        self.govern(self.model.dismiss, "dismiss", who, found)

    @rule(who=governors, quorum=st.integers(0, 5))
    def set_quorum(self, who: int, quorum: int) -> None:
        self.govern(self.model.set_quorum, "setQuorum", who, quorum)

    @rule(who=governors, bond=st.sampled_from([BOND, BOND + 1, 7, 1, 0]))
    def set_bond(self, who: int, bond: int) -> None:
        self.govern(self.model.set_bond, "setBond", who, bond)

    @rule(who=governors, account=everyone.filter(lambda each: each != 1), grants=st.booleans())
    def appoint(self, who: int, account: int, grants: bool) -> None:
        caller, other = self.names[who], self.names[account]
        change = self.model.grant_governor if grants else self.model.revoke_governor
        name = "grantRole" if grants else "revokeRole"
        self.both(lambda: change(caller, other), caller, VALIDATORS, name, GOVERNOR_ROLE, other)

    def govern(self, change: Callable[..., None], name: str, who: int, argument: object) -> None:
        caller = self.names[who]
        self.both(lambda: change(caller, argument), caller, VALIDATORS, name, argument)

    # Validators

    @initialize(
        standing=st.tuples(*[st.integers(Status.NONE, Status.EXITING)] * 4),
        anchored=st.sets(trees, min_size=1),
    )
    def some_have_joined_and_anchored(self, standing: tuple[int, ...], anchored: set[int]) -> None:
        for account, status in enumerate(standing, start=3):
            if status >= Status.ADMITTED:
                self.admit(False, 1, account)
            if status >= Status.ACTIVE:
                self.join(False, account, 0)
            if status == Status.EXITING:
                self.request_exit(False, account)
        for tree in sorted(anchored):
            self.anchor(2, tree, 2, 1)
        self.time_passes(1, 12)

    @rule(aim=aims, who=candidates, off=st.sampled_from([0, 0, 1, -1]))
    def join(self, aim: bool, who: int, off: int) -> None:
        caller = self.standing(aim, who, Status.ADMITTED)
        value = max(0, self.model.bonds.at(self.model.block) + off)
        self.both(lambda: self.model.join(caller, value), caller, VALIDATORS, "join", value=value)

    @rule(aim=aims, who=candidates)
    def request_exit(self, aim: bool, who: int) -> None:
        caller = self.standing(aim, who, Status.ACTIVE)
        self.both(lambda: self.model.request_exit(caller), caller, VALIDATORS, "requestExit")

    @rule(aim=aims, who=candidates, to=recipients, early=st.sampled_from([0, 0, 1, None]))
    def withdraw(self, aim: bool, who: int, to: str, early: int | None) -> None:
        """At the first second that is late enough, one second before, or at any time."""
        caller = self.standing(aim, who, Status.EXITING)
        until = self.model.validator(caller).withdrawable_at
        if early is not None and until - early > self.evm.time:
            self.time_passes(1, until - early - self.evm.time)
        self.both(lambda: self.model.withdraw(caller, to), caller, VALIDATORS, "withdraw", to)

    @rule(aim=aims, who=everyone, to=recipients)
    def claim_reward(self, aim: bool, who: int, to: str) -> None:
        owed = [name for name, amount in self.model.rewards.items() if amount]
        caller = owed[who % len(owed)] if aim and owed else self.names[who]
        self.both(
            lambda: self.model.claim_reward(caller, to), caller, VALIDATORS, "claimReward", to
        )

    @precondition(lambda self: self.model.owed > 0)
    @rule(who=everyone, account=candidates)
    def slash_without_proof(self, who: int, account: int) -> None:
        outcome = self.evm.call(
            self.names[who], VALIDATORS, "slash", self.names[account], self.names[who]
        )
        assert outcome.error == ("NotSlasher", self.names[who])
        done["slash: NotSlasher"] += 1

    # Attestations

    @rule(aim=aims, who=candidates, drawn=said)
    def attest(self, aim: bool, who: int, drawn: Drawn) -> None:
        caller = self.standing(aim, who, Status.ACTIVE)
        statement = self.statement(caller, drawn)
        self.both(
            lambda: self.model.attest(caller, statement),
            caller,
            ATTESTATIONS,
            "attest",
            *statement,
        )

    @precondition(lambda self: self.model.attestations)
    @rule(which=st.integers(0, 99), rise=st.integers(-1, 2), accepted=st.integers(0, 2))
    def correct(self, which: int, rise: int, accepted: int) -> None:
        """Another statement by somebody who made one, under a higher sequence number or not."""
        standing = self.model.attestations
        name, validator = list(standing)[which % len(standing)]
        sequence = max(0, standing[name, validator][0] + rise)
        rejected = max(0, self.model.batches[name].count - accepted)
        statement = (name, sequence, digest("corrected"), accepted, rejected, REPORT)
        self.both(
            lambda: self.model.attest(validator, statement),
            validator,
            ATTESTATIONS,
            "attest",
            *statement,
        )

    @rule(
        target=statements,
        aim=aims,
        who=candidates,
        drawn=said,
        signing=st.tuples(deadlines, forgeries, st.booleans()),
    )
    def sign_statement(self, aim: bool, who: int, drawn: Drawn, signing: Signing) -> Signed:
        deadline, forgery, at_once = signing
        signer = self.standing(aim, who, Status.ACTIVE)
        until = deadline if deadline > 0 else self.evm.time + deadline
        values = (*self.statement(signer, drawn), until)
        signed = self.signed("Attest", self.names.index(signer), values, forgery, ATTESTATIONS)
        if at_once:
            self.relay_statement(signed, 1)
        return signed

    @rule(signed=statements, relayer=everyone)
    def relay_statement(self, signed: Signed, relayer: int) -> None:
        self.both(
            lambda: self.model.attest_by_signature(signed),
            self.names[relayer],
            ATTESTATIONS,
            "attestBySig",
            signed.signer,
            *signed.values,
            signed.signature,
        )

    @rule(
        target=verdicts,
        who=candidates,
        batch=st.integers(0, 1),
        sequence=st.integers(1, 2),
        forgery=forgeries,
    )
    def sign_two_verdicts(self, who: int, batch: int, sequence: int, forgery: str) -> Any:
        """Two contradicting reports of one validator, one of which may be forged."""
        return multiple(*self.sign_two_verdicts_of(who, batch, sequence, forgery))

    def sign_two_verdicts_of(
        self, who: int, batch: int, sequence: int, forgery: str
    ) -> tuple[Signed, Signed]:
        name = digest(f"any batch {batch}")
        a, b = ((name, sequence, digest(f"verdicts {each}"), 2 - each, each) for each in (0, 1))
        return (
            self.signed("Verdicts", who, a, "none", ATTESTATIONS),
            self.signed("Verdicts", who, b, forgery, ATTESTATIONS),
        )

    @rule(reporter=everyone, a=verdicts, b=verdicts)
    def prove_equivocation_by_any_two(self, reporter: int, a: Signed, b: Signed) -> None:
        self.prove(reporter, a, b)

    @rule(reporter=everyone, aim=aims, who=candidates, sequence=st.integers(1, 2))
    def prove_equivocation(self, reporter: int, aim: bool, who: int, sequence: int) -> None:
        """By the very signatures that the culprit gave."""
        culprit = self.names.index(self.standing(aim, who, Status.ACTIVE, Status.EXITING))
        self.prove(reporter, *self.sign_two_verdicts_of(culprit, 0, sequence, "none"))

    def prove(self, reporter: int, a: Signed, b: Signed) -> None:
        caller = self.names[reporter]
        name, sequence, *said_a = a.values
        *same, root, accepted, rejected = b.values
        genuine = a.genuine and b.genuine and a.signer == b.signer and same == [name, sequence]
        self.both(
            lambda: self.model.prove_equivocation(
                caller, a.signer, said_a[0], root, genuine=genuine
            ),
            caller,
            ATTESTATIONS,
            "proveEquivocation",
            a.signer,
            name,
            sequence,
            tuple(said_a),
            a.signature,
            (root, accepted, rejected),
            b.signature,
        )

    def standing(self, aim: bool, who: int, *statuses: Status) -> str:
        """Somebody who stands there, if that is aimed at and anybody does."""
        fitting = [
            name for name in self.names[3:7] if self.model.validator(name).status in statuses
        ]
        return fitting[who % len(fitting)] if aim and fitting else self.names[who]

    def statement(self, validator: str, drawn: Drawn) -> Statement:
        aim, publisher, tree, rise, accepted, off = drawn
        name = batch_name(self.names[publisher], self.trees[tree].root)
        anchored = list(self.model.batches)
        if aim and anchored:
            name = anchored[tree % len(anchored)]
        found = self.model.batches.get(name)
        rejected = max(0, (found.count if found else 2) - accepted) + {1: +1, 2: -1}.get(off, 0)
        sequence, _ = self.model.attestations.get((name, validator), (0, b""))
        root = digest(f"verdicts {accepted}")
        return name, sequence + rise, root, accepted, min(max(rejected, 0), 2**32 - 1), REPORT

    def signed(
        self, kind: str, who: int, values: tuple[Any, ...], forgery: str, contract: str
    ) -> Signed:
        chain = template()
        verifier = chain.registry if contract == REGISTRY else chain.attestations
        signer = self.keys[0] if forgery == "other key" else self.keys[who]
        if forgery == "other contract":
            verifier = chain.validators
        signed = list(values)
        if forgery == "changed":
            signed[1] ^= 1
        domain = {"chainId": 1} if forgery == "other chain" else {}
        signature = chain.sign(signer, kind, signed, verifier, **domain)
        if forgery == "malleated":
            signature = malleated(signature)
        if forgery == "short":
            signature = signature[:64]
        return Signed(self.names[who], values, forgery == "none", signature)

    # What must hold after every step

    @invariant()
    def the_balance_is_what_is_owed(self) -> None:
        address = self.evm.interfaces[VALIDATORS].address
        assert self.evm.balance(address) == self.model.owed
        assert self.evm.balance(BURN) == self.burned_before + self.model.burned
        assert self.evm.balance(PAYEE) == self.paid_before + self.model.paid.get(PAYEE, 0)
        for contract in (REGISTRY, ATTESTATIONS):
            assert self.evm.balance(self.evm.interfaces[contract].address) == 0

    @invariant()
    def everyone_stands_where_the_model_says(self) -> None:
        for name in self.names[3:7]:
            expected = self.model.validator(name)
            found = self.ask(VALIDATORS, "validator", name)
            assert found == (
                expected.status,
                expected.bond,
                expected.since,
                expected.withdrawable_at,
            )
            assert self.ask(VALIDATORS, "isActive", name) == (expected.status == Status.ACTIVE)
        for name in self.names[1:7]:
            assert self.ask(VALIDATORS, "rewardOf", name) == self.model.rewards.get(name, 0)

    @invariant()
    def what_holds_now_is_what_the_model_says(self) -> None:
        block = self.model.block
        assert self.ask(VALIDATORS, "bond") == self.model.bonds.at(block)
        self.block_agrees(block)

    @invariant()
    def batches_are_what_the_model_says(self) -> None:
        for publisher in self.names[2:4]:
            assert self.ask(REGISTRY, "nonces", publisher) == self.model.nonces.get(publisher, 0)
        for name, batch in self.model.batches.items():
            anchored = (batch.block, batch.time, batch.count)
            assert self.ask(REGISTRY, "batch", name) == anchored
            replacement = self.model.superseded.get(name, bytes(32))
            assert self.ask(REGISTRY, "supersededBy", name) == replacement

    @invariant()
    def attestations_are_what_the_model_says(self) -> None:
        for (batch, validator), expected in self.model.attestations.items():
            assert self.ask(ATTESTATIONS, "attestation", batch, validator) == expected

    def all_of_history_agrees(self) -> None:
        """Asked once per example, about the blocks around every change."""
        stakes = self.model.stakes
        histories = [self.model.quorums, self.model.bonds, self.model.active, *stakes.values()]
        changes = {block for history in histories for block in history.blocks}
        around = {block + by for block in changes for by in (-1, 0, 1)}
        for block in sorted(block for block in around if 0 <= block <= self.model.block):
            self.block_agrees(block)
            for name in stakes:
                assert self.ask(VALIDATORS, "stakeAt", name, block) == stakes[name].at(block)
        for tree in self.trees:
            for publisher in self.names[2:4]:
                self.statuses_agree(publisher, tree)

    def block_agrees(self, block: int) -> None:
        assert self.ask(VALIDATORS, "quorumAt", block) == self.model.quorums.at(block)
        assert self.ask(VALIDATORS, "bondAt", block) == self.model.bonds.at(block)
        assert self.ask(VALIDATORS, "activeCountAt", block) == self.model.active.at(block)

    def statuses_agree(self, publisher: str, tree: Tree) -> None:
        name = batch_name(publisher, tree.root)
        status = (name in self.model.batches) + (name in self.model.superseded)
        assert self.ask(REGISTRY, "statusOf", name) == status
        for place, record in enumerate(tree.records):
            revoked = status and (tree.contributor, record) in self.model.revoked
            submission, count, *paths = tree.paths(place)
            arguments = (publisher, tree.root, record, submission, tree.contributor, count, *paths)
            assert self.ask(REGISTRY, "recordStatus", *arguments) == (3 if revoked else status)
            assert self.ask(REGISTRY, "verifyRecord", *arguments) == (status > 0)

    def ask(self, contract: str, name: str, *arguments: object) -> Any:
        return self.evm.view(contract, name, *arguments)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(1_800)  # making a failing example small takes long
def test_the_contracts_do_what_the_model_does():
    done.clear()

    run_state_machine_as_test(
        Ledger,
        settings=hypothesis.settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS_PER_EXAMPLE,
        ),
    )

    assert done.total() >= STEPS
