"""What the index answers, against what plain Python answers about the same records."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.index import filters
from ledger.index.bins import FINE_BYTES
from ledger.index.bins import QUANTITIES
from ledger.index.database import open_index
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from ledger.index.queries import Sort
from ledger.index.queries.columns import Columns
from ledger.index.queries.details import AmbiguousPrefixError
from ledger.index.queries.paging import InvalidCursorError
from ledger.index.rows import search_text
from ledger.index.sync import Sync
from ledger.index.views import RecordRow
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from tests.index import ledgers
from tests.index.simulated_chain import DEPLOYMENT
from tests.index.simulated_chain import GENESIS_TIME
from tests.index.simulated_chain import SimulatedChain
from tools.services.database import Server

START = datetime(2024, 5, 1, tzinfo=UTC)
JOBS = ("sort", "grep", "k-means", "page_rank%")


def varied(row: int):
    """Records with ties, gaps and every outcome."""
    return ledgers.record(
        row,
        job={
            "name": JOBS[row % 4],
            "framework": {"name": "spark" if row % 3 else "flink"},
            "parameters": {"k": row % 5},
            **({"algorithm": f"a{row % 2}"} if row % 5 else {}),
        },
        input={"size_bytes": 1_000 * (row % 6)} if row % 4 else {},
        cluster={
            "nodes": 2 ** (row % 4),
            **({"machine_type": "m4"} if row % 2 else {}),
            **({"provider": ("aws", "gcp")[row % 5 > 2]} if row % 5 else {}),
        },
        runtime_seconds=10.5 * (row % 7),
        status=("succeeded", "failed", "killed")[row % 3],
        **({"started_at": (START + timedelta(hours=row % 9)).isoformat()} if row % 6 else {}),
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "columns"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Queries on forty records of two contributors in two batches, and five pending ones.

    Asked of each database, and of its columns in memory: the answers are the same.
    """
    folder: Path = tmp_path_factory.mktemp("queries")
    store = SQLiteBlockStore(folder / "blocks.sqlite")
    location, database = f"sqlite:///{folder / 'index.sqlite'}", ExitStack()
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        copied = server.database(request.getfixturevalue("migrated"))
        location = server.url(database.enter_context(copied))
    index = open_index(location)
    chain = SimulatedChain()
    chain.mine(ledgers.quorum(0, 1), *ledgers.joined(7))
    digests = ledgers.keep(store, [varied(row) for row in range(1, 46)])
    for by, part in ((1, digests[:25]), (2, digests[25:40])):
        batch = ledgers.gather(ledgers.submit(part, by=by))
        chain.mine(ledgers.anchored(batch, ledgers.publish(store, batch)))
        if by == 1:
            said = ledgers.report(batch, 7, dict.fromkeys(range(0, 25, 4), 5))
            chain.mine(ledgers.attested(said, ledgers.deliver(store, said)))
    index.add_pending(
        (digest, varied(row), None) for row, digest in enumerate(digests[40:], start=41)
    )
    Sync(index, store, chain.w3, DEPLOYMENT).step()
    columns = None
    if request.param == "columns":
        columns = Columns(index)
        assert columns.wait()
    yield Queries(index, store, columns=lambda: columns)
    index.close()
    store.close()
    database.close()


@cache
def cid_of(row: int) -> str:
    return to_text(digest_of(codec.encode(varied(row))))


def every_row(ledger: Queries) -> list[RecordRow]:
    rows = ledger.records(limit=1_000).rows
    assert len(rows) == 45
    return rows


def some_of(values) -> st.SearchStrategy[tuple]:
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


FILTERS = st.builds(
    Filter,
    job=some_of(JOBS),
    framework=some_of(["spark", "flink", "hadoop"]),
    algorithm=some_of(["a0", "a1"]),
    machine_type=some_of(["m4"]),
    provider=some_of(["aws", "gcp", "azure"]),
    nodes=some_of([1, 2, 4, 8]),
    outcome=some_of(["succeeded", "failed", "killed"]),
    status=some_of(["pending", "anchored", "accepted", "rejected"]),
    contributor=some_of([ledgers.signer(1).address, ledgers.signer(2).address]),
    input_bytes_min=st.none() | st.integers(0, 6_000),
    input_bytes_max=st.none() | st.integers(0, 6_000),
    runtime_min=st.none() | st.floats(0, 70),
    runtime_max=st.none() | st.floats(0, 70),
    started_from=st.none() | st.integers(0, 9).map(lambda hour: START + timedelta(hours=hour)),
    started_to=st.none() | st.integers(0, 9).map(lambda hour: START + timedelta(hours=hour)),
)


def passes(row: RecordRow, chosen: Filter) -> bool:
    lists = all(
        not getattr(chosen, name) or getattr(row, name) in getattr(chosen, name)
        for name in (
            "job",
            "framework",
            "algorithm",
            "machine_type",
            "provider",
            "nodes",
            "outcome",
            "status",
            "contributor",
        )
    )
    bounds = (
        (row.input_bytes, chosen.input_bytes_min, chosen.input_bytes_max),
        (row.runtime_seconds, chosen.runtime_min, chosen.runtime_max),
        (row.started_at, chosen.started_from, chosen.started_to),
    )
    return lists and all(
        (least is None or (value is not None and value >= least))
        and (most is None or (value is not None and value <= most))
        for value, least, most in bounds
    )


@settings(max_examples=60, deadline=None)
@given(FILTERS)
def test_a_filter_leaves_what_satisfies_it(ledger: Queries, chosen: Filter):
    expected = {row.cid for row in every_row(ledger) if passes(row, chosen)}

    page = ledger.records(chosen, limit=1_000)

    assert {row.cid for row in page.rows} == expected
    assert page.total == ledger.count(chosen) == len(expected)


@settings(max_examples=40, deadline=None)
@given(FILTERS)
def test_facets_count_under_the_other_filters(ledger: Queries, chosen: Filter):
    facets = ledger.facets(chosen)

    for name, values in facets.items():
        if name == "validator":
            continue  # no column of a record; see below
        assert ledger.facet(name, chosen) == values
        rows = [row for row in every_row(ledger) if passes(row, chosen.without(name))]
        expected = Counter(
            str(getattr(row, name)) for row in rows if getattr(row, name) is not None
        )
        for value in getattr(chosen, name):
            expected.setdefault(str(value), 0)
        assert {found.value: found.count for found in values} == expected


@settings(max_examples=40, deadline=None)
@given(FILTERS)
def test_a_range_leaves_as_many_as_it_says(ledger: Queries, chosen: Filter):
    for column, found in ledger.bins(chosen).items():
        least, most = QUANTITIES[column]
        others = chosen.without(least).without(most)
        with_a_value = [
            row
            for row in every_row(ledger)
            if passes(row, others) and getattr(row, column) is not None
        ]
        assert bool(found) == bool(with_a_value)
        assert sum(each.count for each in found) >= len(with_a_value)
        for each in found:
            bounds = {least: [each.least], most: [each.most or ""]}
            inside = filters.parse(bounds)
            both = others.model_copy(update={n: getattr(inside, n) for n in (least, most)})
            assert ledger.count(both) == each.count > 0


@settings(max_examples=30, deadline=None)
@given(FILTERS)
def test_a_validator_is_chosen_by_what_it_attested(ledger: Queries, chosen: Filter):
    validator = ledgers.signer(7).address
    attested = {row.batch_id for row in every_row(ledger) if row.accepted + row.rejected}
    rows = [row for row in every_row(ledger) if passes(row, chosen) and row.batch_id in attested]

    only = chosen.model_copy(update={"validator": (validator,)})

    assert {row.cid for row in ledger.records(only, limit=1_000).rows} == {r.cid for r in rows}
    told = {found.value: found.count for found in ledger.facets(chosen)["validator"]}
    assert told == ({validator: len(rows)} if rows else {})


WORDS = st.sampled_from(
    ["sort", "SPARK", "k=3", "page_rank%", "_", "%", "m4", "gcp", "bafyrei", "nothing", "é"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, max_size=2))
def test_words_are_looked_for_in_what_a_record_says(ledger: Queries, words: list[str]):
    found = {row.cid for row in ledger.records(Filter(q=" ".join(words)), limit=1_000).rows}

    def has(row: RecordRow, word: str) -> bool:
        number = next(n for n in range(1, 46) if cid_of(n) == row.cid)
        return word == "bafyrei" or word.casefold() in search_text(varied(number))

    assert found == {row.cid for row in every_row(ledger) if all(has(row, w) for w in words)}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Sort), st.booleans(), st.integers(1, 20), FILTERS)
def test_pages_forth_and_back_show_every_record_once(ledger, sort, descending, limit, chosen):
    forth = [ledger.records(chosen, sort=sort, descending=descending, limit=limit)]
    while forth[-1].next_after is not None:
        forth.append(
            ledger.records(
                chosen, sort=sort, descending=descending, limit=limit, after=forth[-1].next_after
            )
        )
    back = [forth[-1]]
    while back[-1].previous_before is not None:
        back.append(
            ledger.records(
                chosen,
                sort=sort,
                descending=descending,
                limit=limit,
                before=back[-1].previous_before,
            )
        )

    rows = [row for page in forth for row in page.rows]
    assert len({row.cid for row in rows}) == len(rows) == forth[0].total
    assert [row.cid for page in reversed(back) for row in page.rows] == [row.cid for row in rows]
    if sort is not Sort.ADDED:
        present = [getattr(row, sort) for row in rows if getattr(row, sort) is not None]
        assert present == sorted(present, reverse=descending)
        assert all(getattr(row, sort) is None for row in rows[len(present) :])


def test_the_newest_comes_first(ledger: Queries):
    first = ledger.records(limit=5)

    assert first.previous_before is None
    assert ledger.records(limit=1_000, descending=False).rows == every_row(ledger)[::-1]


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("added", "!!"),
        ("added", "WzEsMl0x"),
        ("runtime_seconds", "WyJhIiwxXQ"),
        ("job", "WzEsMV0"),
        ("nodes", "W251bGwsLTFd"),
        ("added", "a" * 5_000),
    ],
)
def test_a_place_of_another_list_is_refused(ledger: Queries, sort: str, cursor: str):
    with pytest.raises(InvalidCursorError):
        ledger.records(sort=sort, after=cursor)


def test_an_unknown_order_is_refused(ledger: Queries):
    with pytest.raises(InvalidInputError, match="cannot be sorted"):
        ledger.records(sort="price; DROP TABLE records")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("K-MEANS", lambda row: row.job == "k-means"),
        ("k-means k=3", lambda row: row.job == "k-means"),
        ("rank%", lambda row: row.job == "page_rank%"),
        ("page.rank", lambda row: False),
        ("m4 flink", lambda row: row.machine_type == "m4" and row.framework == "flink"),
        (
            ledgers.signer(2).address,
            lambda row: row.contributor == ledgers.signer(2).address,
        ),
    ],
)
def test_words_are_searched_for(ledger: Queries, words: str, expected):
    found = {row.cid for row in ledger.records(Filter(q=words), limit=1_000).rows}

    passing = {row.cid for row in every_row(ledger) if expected(row)}
    assert found <= passing
    assert found == passing or "k=3" in words


def test_a_search_finds_the_beginning_of_a_cid(ledger: Queries):
    wanted = every_row(ledger)[7].cid

    assert [row.cid for row in ledger.records(Filter(q=wanted[:30])).rows] == [wanted]
    assert [row.cid for row in ledger.records(Filter(q=wanted)).rows] == [wanted]


def test_a_record_is_found_by_the_beginning_of_its_cid(ledger: Queries):
    for row in every_row(ledger):
        assert ledger.resolve(row.cid[:30]) == row.cid
        assert ledger.resolve(row.cid.upper()) == row.cid


@pytest.mark.parametrize("prefix", ["bafyrei", "b", "bafyreia"])
def test_a_short_beginning_names_nothing(ledger: Queries, prefix: str):
    with pytest.raises(AmbiguousPrefixError):
        ledger.resolve(prefix)


@pytest.mark.parametrize(
    "prefix",
    [
        *("", "x", "bafkrei", "b\x80", "bafyre\u0131"),
        *("bafyrei" + "a" * 52, "bafyrei" + "1" * 20, "bafyrei" + "z" * 53),
    ],
)
def test_what_begins_no_cid_is_not_found(ledger: Queries, prefix: str):
    with pytest.raises(NotFoundError):
        ledger.record(prefix)


def test_a_record_comes_with_everything_known_of_it(ledger: Queries):
    rejected = ledger.records(Filter(status=("rejected",)), sort="nodes").rows[0]

    detail = ledger.record(rejected.cid)

    assert detail.row == rejected
    record = codec.from_python(detail.record)
    assert codec.cid_of(record) == rejected.cid
    assert detail.block_bytes == len(codec.encode(record))
    assert detail.batch is not None
    assert detail.batch.batch_id == rejected.batch_id
    (submission,) = ledger.batch(detail.batch.batch_id).submissions
    assert detail.submission_root == submission.root
    assert [verdict.reason for verdict in detail.verdicts] == ["impossible-cpu"]


def test_a_pending_record_has_no_batch(ledger: Queries):
    detail = ledger.record(ledger.records(Filter(status=("pending",))).rows[0].cid)

    assert (detail.batch, detail.submission_root, detail.verdicts) == (None, None, [])
    assert (detail.row.quorum, detail.row.validators, detail.row.contributor) == (0, 0, None)


def test_the_overview_adds_up(ledger: Queries):
    overview = ledger.overview()

    assert overview.records == 45
    assert {name: number for name, number in overview.by_status.items() if number} == {
        "pending": 5,
        "anchored": 15,
        "accepted": 18,
        "rejected": 7,
    }
    assert (overview.batches, overview.contributors) == (2, 2)
    assert (overview.validators, overview.quorum) == (1, 1)
    assert (overview.head_block, overview.indexed_block) == (4, 4)
    assert overview.chain_id == DEPLOYMENT.chain_id
    assert sum(found.count for found in overview.jobs) == 45
    day = datetime.fromtimestamp(GENESIS_TIME, UTC).date().isoformat()
    assert [(point.day, point.batches, point.records) for point in overview.timeline] == [
        (day, 2, 40)
    ]
    assert [batch.count for batch in overview.recent_batches] == [15, 25]


def test_an_empty_ledger_has_an_overview(queries: Queries):
    overview = queries.overview()

    assert (overview.records, overview.head_block, overview.chain_id) == (0, None, 0)
    assert (queries.records().rows, queries.batches(), queries.contributors()) == ([], [], [])


def test_batches_are_paged(ledger: Queries):
    (newest,) = ledger.batches(limit=1)
    (oldest,) = ledger.batches(limit=5, after=newest.batch_id)

    assert newest.block_number > oldest.block_number
    assert ledger.batches(after=oldest.batch_id) == []
    assert newest.gas_used == 48_000
    assert ledger.batch(newest.batch_id).batch == newest


def test_contributors_come_with_what_became_of_their_records(ledger: Queries):
    first, second = ledger.contributors()

    assert (first.address, first.records, first.submissions) == (ledgers.signer(1).address, 25, 1)
    assert (first.accepted, first.rejected, first.disputed) == (18, 7, 0)
    assert sorted(first.jobs) == sorted(JOBS)
    assert first.first_at == first.last_at
    assert ledger.contributor(second.address.lower()) == second
    with pytest.raises(NotFoundError):
        ledger.contributor(ledgers.signer(5).address)


def test_validators_come_with_what_they_said(ledger: Queries):
    (validator,) = ledger.validators()

    assert (validator.active, validator.bond_wei, validator.attestations) == (True, 10**18, 1)
    assert (validator.accepted, validator.rejected) == (18, 7)
    assert (validator.agreed, validator.decided) == (25, 25)
    assert ledger.validator(validator.address) == validator
    (attestation,) = ledger.attestations(validator.address)
    assert (attestation.accepted, attestation.rejected) == (18, 7)
    with pytest.raises(NotFoundError):
        ledger.validator(ledgers.signer(1).address)


def test_an_export_streams_every_record_with_its_content(
    ledger: Queries, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.index.queries.export._AT_ONCE", 7)

    exported = list(ledger.export())

    assert {row.cid for row, _ in exported} == {row.cid for row in every_row(ledger)}
    assert all(codec.cid_of(codec.from_python(content)) == row.cid for row, content in exported)


def test_observations_are_records_with_their_rows(ledger: Queries):
    chosen = Filter(job=("sort",), status=("accepted",))

    found = list(ledger.observations(chosen))

    assert {cid for cid, _, _ in found} == {row.cid for row in ledger.records(chosen).rows}
    for cid, record, row in found:
        assert cid == row.cid == codec.cid_of(record)
        assert record.runtime_seconds == row.runtime_seconds


def runtimes_by(rows: list[RecordRow], *fields: str) -> dict[tuple, list[float]]:
    found: dict[tuple, list[float]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, name) for name in fields), []).append(
            row.runtime_seconds
        )
    return {key: sorted(values) for key, values in found.items()}


@given(
    chosen=FILTERS,
    fields=st.lists(
        st.sampled_from(["job", "algorithm", "machine_type", "nodes", "input_bytes", "status"]),
        unique=True,
        max_size=3,
    ),
)
@settings(max_examples=30)
def test_runtimes_come_in_groups_with_the_same_values(
    ledger: Queries, chosen: Filter, fields: list[str]
):
    expected = runtimes_by(ledger.records(chosen, limit=1_000).rows, *fields)

    found = ledger.asked(
        ("test", chosen, tuple(fields)),
        lambda source: [(key, list(runs)) for key, runs in source.runtimes(chosen, fields)],
    )

    assert dict(found) == expected
    assert len(found) == len(expected)


def test_inputs_come_in_ranges_that_hold_them(ledger: Queries):
    rows = every_row(ledger)

    found = ledger.asked(
        "ranges",
        lambda source: [
            (begin, size, list(runs))
            for (begin, size), runs in source.runtimes(Filter(), ("input_range", "input_bytes"))
        ],
    )

    assert sum(len(runs) for _, _, runs in found) == len(rows)
    for begin, size, _ in found:
        if size is None:
            assert begin is None
        else:
            assert begin <= size
            assert all(edge <= begin or edge > size for edge in FINE_BYTES)


@given(chosen=FILTERS)
@settings(max_examples=20)
def test_runtimes_are_told_by_start(ledger: Queries, chosen: Filter):
    rows = ledger.records(chosen, limit=1_000).rows

    starts, runtimes = ledger.asked(("started", chosen), lambda source: source.started(chosen))

    expected = sorted(
        ((row.started_at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1),
         row.runtime_seconds)
        for row in rows
        if row.started_at is not None
    )  # fmt: skip
    assert sorted(zip(starts, runtimes, strict=True)) == expected
