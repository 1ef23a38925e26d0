"""What an operator may say that a node keeps."""

import pytest

from ledger.errors import SettingsError
from ledger.peers.anchored import BATCH
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import Contents
from ledger.peers.policy import KeepPolicy
from ledger.record.cid import digest_of

PUBLISHER = "0x52908400098527886E0F7030069857D2E4169EE7"
OTHER = "0xde709f2102306220921060314715629080e2fb77"
DAY = 86_400


def dag(publisher: str = PUBLISHER, records: int = 10, anchored_at: int = 0) -> AnchoredDAG:
    return AnchoredDAG(digest_of(b""), BATCH, 1, "0x", publisher, records, anchored_at)


def contents(
    jobs: str = "sort",
    frameworks: str = "spark",
    contributors: str = PUBLISHER,
    statuses: str = "accepted",
) -> Contents:
    return Contents(
        *(frozenset(each.split()) for each in (jobs, frameworks, contributors, statuses))
    )


@pytest.mark.parametrize("text", ["all", " all "])
def test_everything_is_kept(text: str):
    policy = KeepPolicy.parse(text)

    assert policy == KeepPolicy()
    assert policy.fetches(dag(), 10**12)
    assert policy.keeps(contents())
    assert not policy.reads_contents


def test_what_the_chain_says_decides_before_anything_is_fetched():
    policy = KeepPolicy.parse(f"publisher={PUBLISHER.lower()} max_records=10 max_age=2d")

    assert policy.fetches(dag(), 2 * DAY)
    assert not policy.fetches(dag(), 2 * DAY + 1)
    assert not policy.fetches(dag(OTHER), 0)
    assert not policy.fetches(dag(records=11), 0)
    assert not policy.reads_contents


@pytest.mark.parametrize(
    ("rule", "kept", "dropped"),
    [
        ("job=Sort,grep", contents("sort other"), contents("other")),
        ("framework=spark", contents(frameworks="Spark"), contents(frameworks="flink")),
        (f"contributor={PUBLISHER}", contents(), contents(contributors=OTHER)),
        ("status=accepted", contents(), contents(statuses="rejected")),
        ("status=accepted,disputed", contents(statuses="disputed"), contents(statuses="revoked")),
        ("job=sort framework=flink", contents(frameworks="flink"), contents()),
    ],
)
def test_what_the_records_say_decides_once_they_are_known(
    rule: str, kept: Contents, dropped: Contents
):
    policy = KeepPolicy.parse(rule)

    assert policy.reads_contents
    assert policy.keeps(kept)
    assert not policy.keeps(dropped)


@pytest.mark.parametrize("status", ["anchored", "rejected anchored"])
def test_records_without_verdicts_may_still_be_accepted(status: str):
    """They would otherwise go as soon as they come, before any validator has seen them."""
    assert KeepPolicy.parse("status=accepted").keeps(contents(statuses=status))


@pytest.mark.parametrize("age", ["1h", "1d", "1y"])
def test_ages_have_units(age: str):
    seconds = {"h": 3_600, "d": DAY, "y": 31_557_600}[age[-1]]
    policy = KeepPolicy.parse(f"max_age={age}")

    assert policy.fetches(dag(), seconds)
    assert not policy.fetches(dag(), seconds + 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "everything",
        "all job=sort",
        "job=",
        "job=,",
        "job=sort,,grep",
        "job=sort job=grep",
        "jobs=sort",
        "status=acepted",
        "publisher=0x123",
        "contributor=me",
        "contributor=0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d358",
        "max_age=2w",
        "max_age=-1d",
        "max_records=many",
        "max_records=-1",
        "max_records=\u0664",
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(text: str):
    """A slip must not have everything dropped."""
    with pytest.raises(SettingsError, match="keep: ") as caught:
        KeepPolicy.parse(text)

    assert "max_age=90d" in caught.value.hint
