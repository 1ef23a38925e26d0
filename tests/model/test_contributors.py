"""Runs by others help whoever names himself, as far as they foretell his own."""

from dataclasses import replace

import numpy as np
import pytest

from ledger.model.known import Known
from ledger.model.learned import Kept
from ledger.model.observation import Query
from ledger.model.predict import predict
from ledger.model.predict import predict_many

from .runs import GIGABYTE
from .runs import grid

MINE = "0x" + "1" * 40
QUERY = Query("sort", nodes=10, size_bytes=30 * GIGABYTE, machine_type="m5.xlarge")
OWN = replace(QUERY, contributor=MINE)


def law(nodes, size):
    """A law that no formula has."""
    gigabytes = size / GIGABYTE
    return 20 + 4 * gigabytes**1.5 / nodes**1.6 + 0.5 * gigabytes * np.sin(nodes / 2) ** 2


def by(contributor, runs):
    return [
        replace(each, contributor=contributor, cid=f"{contributor}-{each.cid}") for each in runs
    ]


def some(runs, count):
    chosen = np.random.default_rng(2).permutation(len(runs))[:count]
    return [runs[place] for place in chosen]


OTHERS = by("0x" + "2" * 40, grid(lambda nodes, size: 1.5 * law(nodes, size), repeats=2))
FEW = by(MINE, some(grid(law), 6))


def missed(known, contributor):
    queries = [
        replace(QUERY, nodes=n, size_bytes=s * GIGABYTE, contributor=contributor)
        for n in (2, 4, 6, 8, 12)
        for s in (10, 20, 40)
    ]
    answers = predict_many(known, queries)
    return np.mean(
        [
            abs(each.runtime_seconds / law(query.nodes, query.size_bytes) - 1)
            for query, each in zip(queries, answers, strict=True)
        ]
    )


def test_others_on_slower_clusters_say_how_a_job_scales_and_not_how_long_it_takes():
    alike = missed([*FEW, *OTHERS], None)
    alone = missed(FEW, None)
    told_apart = missed([*FEW, *OTHERS], MINE)

    assert alike > 0.2
    assert told_apart < 0.5 * min(alone, alike)


def test_the_records_of_both_are_named():
    found = predict([*FEW, *OTHERS], OWN)

    assert {each.cid for each in FEW} <= set(found.cids)
    assert any("by other contributors" in note for note in found.notes)
    assert found.configurations == 6


def test_whoever_ran_it_too_seldom_is_told_so_and_takes_the_runs_of_all():
    known = [*FEW[:2], *OTHERS]

    found = predict(known, OWN)

    assert any(f"{MINE} ran it too few times" in note for note in found.notes)
    assert found.odds == predict(known, QUERY).odds


def test_who_runs_it_alone_is_answered_as_if_nobody_was_named():
    known = by(MINE, grid(law))

    assert predict(known, OWN).odds == predict(known, QUERY).odds


def test_other_machine_types_of_ones_own_are_told_from_those_of_others():
    elsewhere = by(MINE, grid(lambda n, s: 0.7 * law(n, s), machine_type="c5.xlarge"))
    theirs = by("0x" + "3" * 40, grid(lambda n, s: 2 * law(n, s), machine_type="c5.xlarge"))

    basis = Known([*FEW, *OTHERS, *elsewhere, *theirs]).basis(OWN)

    assert basis.elsewhere is not None
    assert basis.elsewhere.places == (
        "c5.xlarge",
        "c5.xlarge by other contributors",
        "m5.xlarge by other contributors",
    )


@pytest.mark.parametrize("count", [1, 400])
def test_of_many_configurations_elsewhere_some_are_taken_always_the_same(count):
    many = [
        replace(each, cid=f"{each.cid}-{number}")
        for number in range(count)
        for each in by("0x" + "2" * 40, grid(law, parameters={"k": number}))
    ]
    own = by(MINE, [each for k in (0, 1) for each in some(grid(law, parameters={"k": k}), 4)])
    query = replace(OWN, parameters={"k": 1})

    first, second = (Known([*own, *runs]).basis(query).elsewhere for runs in (many, many[::-1]))

    assert first is not None
    assert second is not None
    assert len(np.unique(first.rows, axis=0)) == min(160, 15 * count)
    assert first.digest == second.digest


def test_models_of_different_people_are_kept_apart():
    kept = Kept()
    mine = predict([*FEW, *OTHERS], OWN, kept=kept)
    everybody = predict([*FEW, *OTHERS], QUERY, kept=kept)

    assert mine.odds != everybody.odds
    assert predict([*FEW, *OTHERS], OWN, kept=kept).odds == mine.odds
