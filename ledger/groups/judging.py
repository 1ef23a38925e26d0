"""How a validator that belongs to a group judges what is sealed for it.

All checks are made that any record has to pass, and those that need company in the company of
public records and of the group's earlier ones. What comes out on chain is whether the record is
accepted: the reason of a rejection would tell of its content, so it is always the same and has no
detail.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from typing import Protocol

from ledger.groups.opening import Opened
from ledger.groups.reading import Reader
from ledger.groups.shelf import Shelf
from ledger.index.history import MOST_ALIKE
from ledger.index.rows import key_of_origin
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore
from ledger.validate.checks.company import compare
from ledger.validate.checks.company import earlier
from ledger.validate.checks.content import ACCEPTED
from ledger.validate.checks.content import judge
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import Execution
from ledger.validate.checks.context import SealedLeaf
from ledger.validate.checks.context import execution_of
from ledger.validate.checks.runs import Run
from ledger.validate.checks.runs import run_of
from ledger.validate.reasons import Reason
from ledger.validate.report import Verdict

_REJECTED = Verdict(Reason.REJECTED_BY_MEMBER)
_ABSTAINS = Verdict(Reason.ENCRYPTED)


class SealedPast(Protocol):
    """What the chain said of envelopes before a batch."""

    def envelopes(self) -> Sequence[Digest]:
        """All that stood in an earlier batch, whoever handed them in."""

    def standing(self, envelopes: Mapping[Digest, str]) -> Sequence[Digest]:
        """Those that stood there in a submission signed by these bearers, the latest first."""


class Members:
    """The verdicts of whoever can open envelopes here.

    Args:
        reader: opens them.
        blocks: hold public records.
    """

    def __init__(self, reader: Reader, blocks: BlockStore) -> None:
        self._reader = reader
        self._blocks = blocks

    def judge(
        self, leaves: Sequence[SealedLeaf], past: SealedPast, context: Context
    ) -> list[Verdict]:
        """A verdict for each sealed leaf of a batch, in their order.

        Args:
            leaves: all of the batch.
            past: what is known of earlier envelopes.
            context: of the batch, with what is known of earlier public records.

        Raises:
            BlockNotFoundError: an envelope is not here.
        """
        found = self._reader.read([leaf.digest for leaf in leaves])
        if any(isinstance(each, Opened) for each in found.values()):
            self._reader.catch_up(past.envelopes())
        verdicts = [_ABSTAINS] * len(leaves)
        groups: dict[str, list[_Sealed]] = {}
        for place, leaf in enumerate(leaves):
            opened = found[leaf.digest]
            if isinstance(opened, Opened):
                verdicts[place] = ACCEPTED
                groups.setdefault(opened.group, []).append(_Sealed(place, leaf, opened))
            elif opened.problem:
                verdicts[place] = _REJECTED
        for group, members in groups.items():
            judged = _Group(group, self._reader.shelf, past, context)
            for place in judged.refused(members, self._blocks):
                verdicts[place] = _REJECTED
        return verdicts


class _Sealed(NamedTuple):
    place: int
    leaf: SealedLeaf
    opened: Opened

    @property
    def execution(self) -> Execution | None:
        return execution_of(self.opened.record, self.opened.contributor)


@dataclass(frozen=True)
class _Group:
    """The records of one group in a batch, each compared with those of the same group only."""

    id: str
    shelf: Shelf
    past: SealedPast
    context: Context

    def refused(self, members: Sequence[_Sealed], blocks: BlockStore) -> set[int]:
        """Places of those that fail a check."""
        good = [
            each
            for each in members
            if each.opened.bearer == each.leaf.bearer
            and judge(each.opened.record, self.context).accepted
        ]
        left = self._once(good)
        strange = self._strange(left, blocks)
        return {each.place for each in members} - {each.place for each in left} | strange

    def _once(self, members: Sequence[_Sealed]) -> list[_Sealed]:
        """Without those that repeat what is public, an earlier batch's, or one before them."""
        records = self._known_records([each.opened.digest for each in members])
        executions = self._known_executions([each.execution for each in members])
        left: list[_Sealed] = []
        for each in members:
            name = each.execution
            if each.opened.digest in records or (name is not None and name in executions):
                continue
            records.add(each.opened.digest)
            if name is not None:
                executions.add(name)
            left.append(each)
        return left

    def _known_records(self, records: Sequence[Digest]) -> set[Digest]:
        held = self.shelf.holding(self.id, records)
        return self.context.seen(records) | {held[digest].digest for digest in self._standing(held)}

    def _known_executions(self, names: Sequence[Execution | None]) -> set[Execution]:
        named = [name for name in names if name is not None]
        held = self.shelf.executed(self.id, [key_of_origin(name.origin) for name in named])
        known = {
            execution_of(held[digest].record, held[digest].contributor)
            for digest in self._standing(held)
        }
        return self.context.executed(named) | {name for name in known if name is not None}

    def _strange(self, members: Sequence[_Sealed], blocks: BlockStore) -> set[int]:
        """Places of those that do not go with the others."""
        company: dict[int, list[tuple[int, Run]]] = {}
        for place, leaf, opened in members:
            run = run_of(opened.record, opened.block, opened.contributor)
            if run is not None:
                company.setdefault(leaf.submission, []).append((place, run))
        submitted = list(company.values())
        jobs = {run.family[0] for runs in submitted for _, run in runs}
        known = earlier(submitted, blocks, self.context)
        known += [run for job in sorted(jobs) for run in self._earlier_of(job)]
        return set(compare(submitted, known))

    def _earlier_of(self, job: str) -> list[Run]:
        there = self.shelf.of_job(self.id, job)
        runs = (
            run_of(there[digest].record, there[digest].block, there[digest].contributor)
            for digest in self._standing(there)[:MOST_ALIKE]
        )
        return [run for run in runs if run is not None]

    def _standing(self, envelopes: Mapping[Digest, Opened]) -> Sequence[Digest]:
        return self.past.standing({digest: each.bearer for digest, each in envelopes.items()})
