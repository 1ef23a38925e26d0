"""How a validator that belongs to a group judges what is sealed for it.

All checks are made that any record has to pass, and those that need company in the company of
public records and of the group's earlier ones. What comes out on chain is whether the record is
accepted: the reason of a rejection would tell of its content, so it is always the same and has no
detail. Of groups that this home does not know there is no opinion: otherwise whoever knows one
recipient could have as many groups judged as there are records.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from typing import Protocol

from ledger.groups.opening import Opened
from ledger.groups.reading import Reader
from ledger.groups.shelf import Closed
from ledger.groups.shelf import Held
from ledger.groups.shelf import Shelf
from ledger.index.history import MOST_ALIKE
from ledger.index.rows import key_of_origin
from ledger.record.cid import Digest
from ledger.store.blocks import BlockStore
from ledger.validate.checks.company import MOST_JOBS
from ledger.validate.checks.company import compare
from ledger.validate.checks.company import earlier_of
from ledger.validate.checks.company import jobs_of
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

_AT_ONCE = 100
"""Earlier records that are in memory at once, to be made into what is compared of them."""


class SealedPast(Protocol):
    """What the chain said of envelopes before a batch."""

    def envelopes(self) -> Sequence[Digest]:
        """All that stood in an earlier batch, whoever handed them in."""

    def standing(self, envelopes: Mapping[Digest, str]) -> Sequence[Digest]:
        """Those that stood there in a submission signed by these bearers."""

    def latest(self, envelopes: Iterable[tuple[Digest, str]], most: int) -> Sequence[Digest]:
        """The latest of them, the latest first, and no more than these in memory."""


class Members:
    """The verdicts of whoever can open envelopes here.

    Args:
        reader: opens them.
        blocks: hold public records.
        groups: ids of the groups that this home knows, 0x-prefixed.
    """

    def __init__(
        self, reader: Reader, blocks: BlockStore, groups: Callable[[], AbstractSet[str]]
    ) -> None:
        self._reader = reader
        self._blocks = blocks
        self._groups = groups

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
            GroupError: the file of a group is damaged.
        """
        verdicts = [_ABSTAINS] * len(leaves)
        known = self._groups()
        groups: dict[str, list[_Sealed]] = {}
        read = self._reader.read(leaf.digest for leaf in leaves)
        for place, (leaf, (_, opened)) in enumerate(zip(leaves, read, strict=True)):
            if isinstance(opened, Opened) and opened.group in known:
                verdicts[place] = ACCEPTED if _is_good(opened, leaf, context) else _REJECTED
                if verdicts[place].accepted:
                    groups.setdefault(opened.group, []).append(_sealed(place, leaf, opened))
            elif isinstance(opened, Closed) and opened.problem:
                verdicts[place] = _REJECTED
        if groups:
            self._reader.catch_up(past.envelopes())
        public = lru_cache(MOST_JOBS)(lambda job: list(earlier_of(job, self._blocks, context)))
        for group, members in groups.items():
            judged = _Group(group, self._reader.shelf, past, context, public)
            for place in judged.refused(members):
                verdicts[place] = _REJECTED
        return verdicts


class _Sealed(NamedTuple):
    """What is kept of an envelope of a batch; of large ones there may be tens of thousands."""

    place: int
    submission: int
    record: Digest
    execution: Execution | None
    run: Run | None


def _is_good(opened: Opened, leaf: SealedLeaf, context: Context) -> bool:
    return opened.bearer == leaf.bearer and judge(opened.record, context).accepted


def _sealed(place: int, leaf: SealedLeaf, opened: Opened) -> _Sealed:
    name = execution_of(opened.record, opened.contributor)
    return _Sealed(place, leaf.submission, opened.digest, name, _run_of(opened))


def _run_of(opened: Opened) -> Run | None:
    return run_of(opened.record, opened.block, opened.contributor)


@dataclass(frozen=True)
class _Group:
    """The records of one group in a batch, each compared with those of the same group only."""

    id: str
    shelf: Shelf
    past: SealedPast
    context: Context
    public: Callable[[str], list[Run]]

    def refused(self, members: Sequence[_Sealed]) -> set[int]:
        """Places of those that do not go with the others, or repeat what is there."""
        left = self._once(members)
        again = {each.place for each in members} - {each.place for each in left}
        return again | self._strange(left)

    def _once(self, members: Sequence[_Sealed]) -> list[_Sealed]:
        """Without those that repeat what is public, an earlier batch's, or one before them."""
        records = self._known_records([each.record for each in members])
        executions = self._known_executions([each.execution for each in members])
        left: list[_Sealed] = []
        for each in members:
            name = each.execution
            if each.record in records or (name is not None and name in executions):
                continue
            records.add(each.record)
            if name is not None:
                executions.add(name)
            left.append(each)
        return left

    def _known_records(self, records: Sequence[Digest]) -> set[Digest]:
        held = self.shelf.holding(self.id, records)
        return self.context.seen(records) | {each.record for each in self._standing(held)}

    def _known_executions(self, names: Sequence[Execution | None]) -> set[Execution]:
        all_named = [name for name in names if name is not None]
        named = {(key_of_origin(name.origin), name.contributor): name for name in all_named}
        held = self.shelf.executed(self.id, list({key for key, _ in named}))
        known = {(each.execution, each.contributor) for each in self._standing(held)}
        again = {name for key, name in named.items() if key in known}
        return again | self.context.executed(all_named)

    def _standing(self, held: Mapping[Digest, Held]) -> list[Held]:
        bearers = {digest: each.bearer for digest, each in held.items()}
        return [held[digest] for digest in self.past.standing(bearers)]

    def _strange(self, members: Sequence[_Sealed]) -> set[int]:
        """Places of those that do not go with the others."""
        company: dict[int, list[tuple[int, Run]]] = {}
        for each in members:
            if each.run is not None:
                company.setdefault(each.submission, []).append((each.place, each.run))
        submitted = list(company.values())
        jobs = jobs_of(submitted)
        known = [run for job in jobs for run in self.public(job)]
        known += [run for job in jobs for run in self._earlier_of(job)]
        return set(compare(submitted, known))

    def _earlier_of(self, job: str) -> Iterator[Run]:
        latest = self.past.latest(self.shelf.of_job(self.id, job), MOST_ALIKE)
        for start in range(0, len(latest), _AT_ONCE):
            runs = map(_run_of, self.shelf.read(latest[start : start + _AT_ONCE]))
            yield from (run for run in runs if run is not None)
