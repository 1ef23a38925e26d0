"""Fetching one DAG from whoever has it."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty
from queue import SimpleQueue

from ledger.errors import UnavailableError
from ledger.peers.assembly import Assembly
from ledger.peers.assembly import UnaskedBlockError
from ledger.peers.http import FAULTS_OF_A_PEER
from ledger.peers.http import MisbehavedError
from ledger.peers.sources import ANSWER_BYTES
from ledger.peers.sources import BLOCKS_AT_ONCE
from ledger.peers.sources import Source
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.blocks import Block

_SPLIT = 2 * BLOCKS_AT_ONCE
"""From so many missing blocks on, several sources are asked at once."""

_AT_ONCE = 4

Told = Callable[[Source, UnavailableError | None, int, int], None]
"""Told of each source that was asked: what went wrong, if anything, and the blocks and bytes that
came from it and were needed."""


class NobodyHasItError(UnavailableError):
    """No source gave all of a DAG."""

    def __init__(self, assembly: Assembly, problems: Iterable[UnavailableError]) -> None:
        missing = assembly.missing()
        said = "; ".join(problem.message for problem in problems)
        super().__init__(
            f"{len(missing):,} blocks are missing, the first is {to_text(missing[0])}"
            + (f" ({said})" if said else "; nobody who has it is known")
        )


class _Source:
    """A source while a DAG is fetched from it."""

    def __init__(self, source: Source, assembly: Assembly) -> None:
        self.source = source
        self.problem: UnavailableError | None = None
        self.blocks = self.bytes = 0
        self._assembly = assembly

    def take(self, blocks: Iterator[Block], asked: int) -> bool:
        """Take what comes of so many blocks; returns whether the source can be asked for more.

        One that gives a block or two of thousands would hold up the fetch; others are asked then.

        What came before it failed is kept. Faults of the store are raised: they are not its.
        """
        blocks_before, bytes_before = self.blocks, self.bytes
        try:
            for digest, data in blocks:
                if self._assembly.add(digest, data):
                    self.blocks += 1
                    self.bytes += len(data)
        except UnaskedBlockError as error:
            self.problem = MisbehavedError(f"{self.source.url} sent {error.message}")
        except FAULTS_OF_A_PEER as error:
            self.problem = error
        self._assembly.flush()
        much = 2 * (self.blocks - blocks_before) >= asked
        large = 2 * (self.bytes - bytes_before) >= ANSWER_BYTES
        return self.problem is None and (much or large)


def fetch(assembly: Assembly, sources: Sequence[Source], told: Told) -> None:
    """Complete a DAG from sources, the most promising first.

    A DAG of which nothing is here comes in one request. What is left of it after that, or was left
    by an earlier attempt, is asked for block by block, from several sources at once where it is
    much.

    Raises:
        NobodyHasItError: something is still missing; what came is kept.
        OversizedDAGError: it is none that should be fetched.
        UnusableFileError: the store cannot be written.
    """
    asked = [_Source(source, assembly) for source in sources]
    try:
        _fetch(assembly, asked)
    finally:
        for each in asked:
            if each.problem is not None or each.blocks:
                told(each.source, each.problem, each.blocks, each.bytes)
    if not assembly.is_complete:
        raise NobodyHasItError(assembly, [each.problem for each in asked if each.problem])


def _fetch(assembly: Assembly, asked: Sequence[_Source]) -> None:
    for each in asked:
        if assembly.is_complete:
            return
        if assembly.is_new and assembly.expected == 1:
            blocks = each.source.dag(assembly.root, most_blocks=assembly.most_blocks)
            each.take(blocks, assembly.most_blocks)
        while each.problem is None and not assembly.is_complete:
            if assembly.leaves_only and len(assembly.missing(_SPLIT)) >= _SPLIT:
                _share(assembly, [other for other in asked if other.problem is None])
                if each.problem is not None:
                    break
            wanted = assembly.missing(BLOCKS_AT_ONCE)
            if not wanted or not each.take(each.source.blocks(wanted), len(wanted)):
                break


def fetch_many(
    assemblies: Sequence[Assembly], source: Source, told: Told
) -> UnavailableError | None:
    """Bring what one source has of many DAGs, a level of all of them at a time.

    Thousands of small DAGs so take a few requests, not thousands. What the source lacks stays
    missing, which is no error.

    Returns:
        What went wrong with the source, if anything.

    Raises:
        UnusableFileError: the store cannot be written.
    """
    blocks = size = 0
    problem: UnavailableError | None = None
    tried: set[Digest] = set()
    try:
        while wanted := _wanted(assemblies, tried):
            tried |= wanted.keys()
            for digest, data in source.blocks(list(wanted)):
                if digest not in wanted:
                    raise UnaskedBlockError(f"{to_text(digest)}, which nobody asked for")  # noqa: TRY301 - told below as what `add` raises
                for assembly in wanted[digest]:
                    assembly.add(digest, data)
                blocks, size = blocks + 1, size + len(data)
    except UnaskedBlockError as error:
        problem = MisbehavedError(f"{source.url} sent {error.message}")
    except FAULTS_OF_A_PEER as error:
        problem = error
    finally:
        for assembly in assemblies:
            assembly.flush()
        if tried:
            told(source, problem, blocks, size)
    return problem


def _wanted(assemblies: Sequence[Assembly], tried: set[Digest]) -> dict[Digest, list[Assembly]]:
    """What is missing of DAGs, and of which, as far as one request goes."""
    wanted: dict[Digest, list[Assembly]] = {}
    for assembly in assemblies:
        for digest in assembly.missing():
            if digest in tried:
                continue
            if digest not in wanted and len(wanted) >= BLOCKS_AT_ONCE:
                return wanted
            wanted.setdefault(digest, []).append(assembly)
    return wanted


def _share(assembly: Assembly, able: Sequence[_Source]) -> None:
    """Let several sources bring what is missing, each a part at a time, until all is tried."""
    missing = assembly.missing()
    parts: SimpleQueue[Sequence[Digest]] = SimpleQueue()
    for start in range(0, len(missing), BLOCKS_AT_ONCE):
        parts.put(missing[start : start + BLOCKS_AT_ONCE])

    def bring(each: _Source) -> None:
        while True:
            try:
                part = parts.get_nowait()
            except Empty:
                return
            if not each.take(each.source.blocks(part), len(part)):
                parts.put(part)
                return

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(bring, able[:_AT_ONCE]))
