"""What judging and looking at sealed records may cost, whoever anchored them."""

import gc
import sqlite3
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.devchain.accounts import dev_account
from ledger.chain.signers import LocalSigner
from ledger.groups import contributing
from ledger.groups import judging
from ledger.groups import reading
from ledger.groups import shelf
from ledger.groups import view
from ledger.groups import waiting
from ledger.groups.card import Group
from ledger.groups.groups import Groups
from ledger.groups.identities import own_identities
from ledger.groups.identities import path_in
from ledger.groups.judging import Members
from ledger.groups.opening import Opened
from ledger.groups.opening import open_
from ledger.groups.reading import Reader
from ledger.groups.sealing import seal
from ledger.groups.shelf import Shelf
from ledger.index import history
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import from_text
from ledger.record.eip712 import Domain
from ledger.record.schema import Record
from ledger.store.database import Database
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.checks.company import MOST_JOBS
from ledger.validate.checks.context import Context
from ledger.validate.checks.context import SealedLeaf
from ledger.validate.reasons import Reason
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings

DOMAIN = Domain(1337, dev_account(0).address)
CONTRIBUTOR = LocalSigner(dev_account(1))
BEARER = dev_account(2).address


class Past:
    """Earlier envelopes, all of which stand; notes how many were asked for at a time."""

    def __init__(self, *earlier: Digest) -> None:
        self._earlier = earlier
        self.questions: list[int] = []

    def envelopes(self) -> Sequence[Digest]:
        return self._earlier

    def standing(self, envelopes: Mapping[Digest, str]) -> Sequence[Digest]:
        self.questions.append(len(envelopes))
        return [each for each in self._earlier if each in envelopes]

    def latest(self, envelopes: Iterable[tuple[Digest, str]], most: int) -> Sequence[Digest]:
        return self.standing(dict(envelopes))[:most]


class Home:
    """A member's home, with what its validator reads public records by."""

    def __init__(self, folder: Path) -> None:
        own = own_identities(path_in(folder))
        self.recipient = str(own[0].to_public())
        self.groups = Groups(folder / "groups")
        self.blocks = SQLiteBlockStore(folder / "blocks.sqlite")
        self.shelf_path = folder / "groups" / "opened.sqlite"
        self.shelf = Shelf(self.shelf_path)
        self.reader = Reader(path_in(folder), self.shelf, self.blocks, DOMAIN)
        self.jobs: list[str] = []

    def sealed(self, group: Group, *records: Record) -> list[SealedLeaf]:
        found = list(
            seal(
                [codec.encode(record) for record in records],
                group,
                domain=DOMAIN,
                contributor=CONTRIBUTOR,
                bearer=BEARER,
            )
        )
        self.blocks.put_many(found)
        return [SealedLeaf(digest, BEARER, 0) for digest, _ in found]

    def judged(self, leaves: Sequence[SealedLeaf], past: Past) -> list[int]:
        def alike(job: str) -> Sequence[tuple[Digest, str]]:
            self.jobs.append(job)
            return ()

        members = Members(self.reader, self.blocks, lambda: {each.id for each in self.groups.all()})
        context = Context(datetime(2026, 1, 1, tzinfo=UTC), alike=alike)
        return [each.code for each in members.judge(leaves, past, context)]

    def close(self) -> None:
        self.shelf.close()
        self.blocks.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(tmp_path)
    yield opened
    opened.close()


def of_job(record: Record, name: str) -> Record:
    return record.model_copy(update={"job": record.job.model_copy(update={"name": name})})


def test_who_seals_for_groups_that_nobody_knows_has_nothing_judged(home: Home):
    """A recipient is no secret, and an id costs nothing; each would be compared with all."""
    team = home.groups.create("team", home.recipient)
    strange = [team.model_copy(update={"id": f"0x{place:064x}"}) for place in range(3)]
    leaves = [leaf for group in strange for leaf in home.sealed(group, *runs(1))]
    past = Past()

    assert home.judged(leaves, past) == [Reason.ENCRYPTED] * 3
    assert (home.jobs, past.questions) == ([], [])


def test_what_is_known_of_a_job_is_read_once_however_many_groups_ask(home: Home):
    groups = [home.groups.create(name, home.recipient) for name in ("one", "two", "three")]
    leaves = [leaf for group in groups for leaf in home.sealed(group, *runs(2))]

    assert home.judged(leaves, Past()) == [Reason.ACCEPTED] * 6
    assert home.jobs == ["sort"]


def test_a_name_for_each_record_does_not_cost_a_look_up_for_each(home: Home):
    team = home.groups.create("team", home.recipient)
    many = [of_job(record, f"job-{place}") for place, record in enumerate(runs(MOST_JOBS + 20))]
    leaves = home.sealed(team, *many)
    past = Past()

    home.judged(leaves, past)

    assert len(home.jobs) == MOST_JOBS
    assert len(past.questions) == MOST_JOBS + 2  # and once for records, and for executions


def test_of_a_long_history_no_more_is_read_than_is_compared(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(judging, "MOST_ALIKE", 3)
    team = home.groups.create("team", home.recipient)
    earlier = [leaf.digest for leaf in home.sealed(team, *runs(9, 50))]
    read: list[int] = []
    monkeypatch.setattr(home.shelf, "read", noting(read, home.shelf.read))

    home.judged(home.sealed(team, *runs(1)), Past(*earlier))

    assert read == [3]


@pytest.fixture
def rows_at_once(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """How many rows each question to a file brought, by the file's name."""
    counts: dict[str, list[int]] = {}
    whole = Database.all

    def noted(database: Database, statement: str, *values: object) -> list[tuple[Any, ...]]:
        rows = whole(database, statement, *values)
        (_, _, path) = whole(database, "PRAGMA database_list")[0]
        counts.setdefault(Path(path).name, []).append(len(rows))
        return rows

    monkeypatch.setattr(Database, "all", noted)
    return counts


def test_of_a_job_with_many_records_few_names_are_read_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch, rows_at_once: dict[str, list[int]]
):
    team = home.groups.create("team", home.recipient)
    many = [leaf.digest for leaf in home.sealed(team, *runs(23))]
    home.reader.catch_up(many)
    monkeypatch.setattr(shelf, "_LOOKUP", 5)
    rows_at_once.clear()

    found = list(home.shelf.of_job(team.id, "sort"))

    assert sorted(found) == [(digest, BEARER) for digest in sorted(many)]
    assert rows_at_once["opened.sqlite"] == [5, 5, 5, 5, 3, 0]


def test_the_latest_of_many_are_found_a_few_at_a_time_and_alike_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The first batch has seven envelopes, the second four; a third is judged."""
    with Node(template_settings(tmp_path / "home", batch_records=12)) as node:
        node.groups.create("team", node.recipient())
        everything = runs(12)
        for start, end in ((0, 7), (7, 11), (11, 12)):
            node.accept_for("team", everything[start:end])
            node.contribute_sealed("team")
            node.cycle()
            node.follow()
        bearer = node.signer().address
        *_, first, second, last = sorted(node.queries.batches(), key=lambda each: each.block_number)
        held = {
            each.batch_id: sorted(
                from_text(row.cid)
                for row in node.queries.envelopes(batch_id=each.batch_id).envelopes
            )
            for each in (first, second)
        }
        past = node.history.before(last.batch_id)
        asked: list[int] = []
        monkeypatch.setattr(history, "LOOKUP", 3)

        def given() -> Iterator[tuple[Digest, str]]:
            for digest in sorted(digest for found in held.values() for digest in found):
                asked.append(1)
                yield digest, bearer
            yield Digest(bytes(32)), bearer

        rows = past._rows
        brought: list[int] = []
        monkeypatch.setattr(past, "_rows", noting_rows(brought, rows))

        latest = past.latest(given(), 6)

    assert latest == [*held[second.batch_id], *held[first.batch_id][:2]]
    assert sum(brought) == 11
    assert max(brought) <= 3


def noting_rows(counts: list[int], read: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*given: Any) -> Any:
        rows = read(*given)
        counts.append(len(rows))
        return rows

    return noted


def test_what_waits_for_a_group_is_never_in_memory_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: dict[str, list[int]]
):
    monkeypatch.setattr(waiting, "_AT_ONCE", 5)
    monkeypatch.setattr(contributing, "RECORDS_PER_SIGNATURE", 5)
    with Node(template_settings(tmp_path / "home", batch_records=50)) as node:
        node.groups.create("team", node.recipient())
        node.accept_for("team", runs(23))
        rows_at_once.clear()

        with node.group_answers("team") as answers:
            assert answers.records().total == 23
        assert rows_at_once["waiting.sqlite"] == [5, 5, 5, 5, 3, 0]

        (sent,) = node.contribute_sealed("team")
        assert node.contribution(sent).count == 23
        node.cycle()
        node.follow()
        with node.group_answers("team") as answers:
            assert {row.status for row in answers.records().rows} == {LedgerStatus.ANCHORED}


def noting(
    counts: list[int], read: Callable[[Sequence[Digest]], Any]
) -> Callable[[Sequence[Digest]], Any]:
    def noted(digests: Sequence[Digest]) -> Any:
        counts.append(len(digests))
        return read(digests)

    return noted


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many opened envelopes were in memory each time another one was opened."""
    counts: list[int] = []

    def counting(*given: Any) -> Opened:
        counts.append(sum(isinstance(each, Opened) for each in gc.get_objects()))
        return open_(*given)

    monkeypatch.setattr(reading, "open_", counting)
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    return counts


def test_a_large_batch_is_never_in_memory_as_a_whole(home: Home, held: list[int]):
    team = home.groups.create("team", home.recipient)

    assert home.judged(home.sealed(team, *runs(12)), Past()) == [Reason.ACCEPTED] * 12

    assert len(held) == 12
    assert max(held) - min(held) <= 4


def test_what_a_group_has_is_never_in_memory_as_a_whole(
    tmp_path: Path, held: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(view, "_OPENED_AT_ONCE", 2)
    with Node(template_settings(tmp_path / "home", batch_records=12)) as node:
        node.groups.create("team", node.recipient())
        node.accept_for("team", runs(12))
        node.contribute_sealed("team")
        node.cycle()
        node.follow()
        with node.group_answers("team") as answers:
            assert answers.records().total == 12

    assert len(held) == 12
    assert max(held) - min(held) <= 6


def test_nobody_waits_for_the_shelf_while_envelopes_are_opened(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    """It is decrypted first, and kept then: others write meanwhile."""
    team = home.groups.create("team", home.recipient)
    leaves = home.sealed(team, *runs(3))
    opened = 0

    def while_opening(*given: Any) -> Opened:
        nonlocal opened
        other = sqlite3.connect(home.shelf_path, timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        opened += 1
        return open_(*given)

    monkeypatch.setattr(reading, "open_", while_opening)
    home.reader.catch_up([leaf.digest for leaf in leaves])

    assert opened == 3
