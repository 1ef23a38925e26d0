"""What a policy makes of a record before anybody signs it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ledger.privacy.paths import text_of
from ledger.privacy.paths import values_of
from ledger.privacy.policy import Policy
from ledger.privacy.policy import PolicyError
from ledger.privacy.policy import load_policy
from ledger.privacy.policy import policy_from_toml
from ledger.privacy.withholding import apply
from ledger.record import codec
from ledger.record.schema import Record
from tests.conftest import execution
from tests.record.strategies import records

SECRET = bytes(range(32))
EXAMPLE = Path(__file__).parents[2] / "docs/example-policy.toml"

OPTIONAL = (
    "configuration", "job.parameters", "job.algorithm", "input", "cluster.machine_type",
    "cluster.memory_bytes_per_node", "cluster.provider", "metrics", "started_at", "parents",
)  # fmt: skip
"""What a record can do without."""


def policy(action: str, *fields: str, **how: object) -> Policy:
    return Policy.model_validate({"rule": [{"action": action, "fields": fields, **how}]})


def run(**changes: object) -> Record:
    plain = execution("sort", "m4.2xlarge", 4, 10, 1).model_dump(mode="json")
    return codec.from_python(plain | changes)


def plain(record: Record) -> dict[str, object]:
    return {text_of(keys): value for keys, value in values_of(record.model_dump(mode="json"))}


def test_without_rules_a_record_leaves_as_it_is():
    record = run()

    assert apply(Policy(), SECRET, record).record is record


def test_what_is_dropped_is_gone_and_so_are_parts_that_nothing_is_left_of():
    record = run(configuration={"spark.hadoop.secret.path": "/x", "spark.executor.cores": 4})

    shared = apply(policy("drop", "configuration", "metrics.cpu_seconds"), SECRET, record)

    assert shared.record.configuration == {}
    assert shared.record.metrics is None
    assert [(each.path, each.before, each.after) for each in shared.changes] == [
        ("configuration.spark.hadoop.secret.path", "/x", None),
        ("configuration.spark.executor.cores", 4, None),
        ("metrics.cpu_seconds", record.metrics.cpu_seconds, None),
    ]


def test_hashed_values_stay_equal_to_each_other_and_say_nothing_to_others():
    rule = policy("hash", "origin.argv", "job.name")
    one, other = run(), run(runtime_seconds=9)

    found = [apply(rule, SECRET, each).record for each in (one, other)]
    elsewhere = apply(rule, bytes(32), one).record

    assert found[0].job.name == found[1].job.name != elsewhere.job.name
    assert found[0].job.name.startswith("hmac-sha256:")
    assert "spark-submit" not in found[0].model_dump_json()


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (1_234_567, {"significant": 2}, 1_200_000),
        (1_250_000, {"significant": 2}, 1_200_000),
        (1_350_000, {"significant": 2}, 1_400_000),
        (7, {"significant": 3}, 7),
        (0, {"significant": 1}, 0),
        (1_999_999, {"step": 1_000_000}, 1_000_000),
        (999_999, {"step": 1_000_000}, 0),
    ],
)
def test_numbers_become_coarser(value: int, how: dict[str, object], expected: int):
    record = run(input={"size_bytes": value})

    shared = apply(policy("bucket", "input.size_bytes", **how), SECRET, record)

    assert shared.record.input.size_bytes == expected


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (12.3456, {"significant": 3}, 12.3),
        (0.1, {"step": 0.05}, 0.1),
        (0.14, {"step": 0.05}, 0.1),
    ],
)
def test_fractions_become_coarser_in_decimal(value: float, how: dict[str, object], expected: float):
    shared = apply(policy("bucket", "runtime_seconds", **how), SECRET, run(runtime_seconds=value))

    assert shared.record.runtime_seconds == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("year", "2026-01-01T00:00:00+00:00"),
        ("month", "2026-03-01T00:00:00+00:00"),
        ("day", "2026-03-02T00:00:00+00:00"),
        ("hour", "2026-03-02T23:00:00+00:00"),
        ("minute", "2026-03-02T23:59:00+00:00"),
    ],
)
def test_times_are_cut_in_utc(period: str, expected: str):
    record = run(started_at="2026-03-03T00:59:58.123456+01:00")

    shared = apply(policy("bucket", "started_at", period=period), SECRET, record)

    assert shared.record.started_at.isoformat() == expected


def test_the_first_rule_that_is_about_a_value_decides():
    rules = policy_from_toml(
        """
        [[rule]]
        action = "keep"
        fields = ["configuration.spark.executor.*"]
        [[rule]]
        action = "drop"
        fields = ["configuration"]
        """
    )
    record = run(configuration={"spark.executor.cores": 4, "spark.yarn.queue": "team"})

    assert apply(rules, SECRET, record).record.configuration == {"spark.executor.cores": 4}


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (policy("drop", "runtime_seconds"), "runtime_seconds (drop)"),
        (policy("commit", "job.name"), "job.name (commit)"),
        (policy("hash", "cluster.nodes"), "cluster.nodes (hash)"),
    ],
)
def test_what_a_record_must_have_cannot_be_withheld(rule: Policy, named: str):
    with pytest.raises(PolicyError) as refused:
        apply(rule, SECRET, run())

    assert named in refused.value.hint


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (policy("bucket", "job.name", significant=2), "job.name is no number"),
        (policy("bucket", "job.name", period="day"), "job.name is no time"),
        (policy("bucket", "runtime_seconds", period="day"), "runtime_seconds is no time"),
    ],
)
def test_a_rule_that_does_not_fit_its_value_is_told(rule: Policy, reason: str):
    with pytest.raises(PolicyError, match=reason):
        apply(rule, SECRET, run())


@pytest.mark.parametrize(
    "text",
    [
        'rule = "drop"',
        '[[rule]]\naction = "erase"\nfields = ["configuration"]',
        '[[rule]]\naction = "drop"\nfields = []',
        '[[rule]]\naction = "drop"\nfields = ["inptu.size_bytes"]',
        '[[rule]]\naction = "drop"\nfields = ["sha256"]',
        '[[rule]]\naction = "drop"\nfield = ["configuration"]',
        '[[rule]]\naction = "bucket"\nfields = ["input"]',
        '[[rule]]\naction = "bucket"\nfields = ["input"]\nstep = 5\nsignificant = 1',
        '[[rule]]\naction = "bucket"\nfields = ["input"]\nstep = 0',
        "[[rule",
    ],
)
def test_a_policy_with_a_mistake_is_refused_as_a_whole(text: str):
    with pytest.raises(PolicyError):
        policy_from_toml(text)


def test_the_example_is_a_policy_for_what_is_measured():
    shared = apply(load_policy(EXAMPLE), SECRET, run(input={"size_bytes": 1_234_567}))

    assert shared.record.input.size_bytes == 1_200_000
    assert shared.record.commitment.fields == ("metrics.cpu_seconds",)


@settings(max_examples=40)
@given(records)
def test_every_value_of_a_record_has_a_path_of_its_own(record: Record):
    paths = [text_of(keys) for keys, _ in values_of(record.model_dump(mode="json"))]

    assert len(set(paths)) == len(paths)


@settings(max_examples=40)
@given(records, st.sets(st.sampled_from(OPTIONAL)), st.sampled_from(["drop", "commit"]))
def test_what_is_withheld_is_gone_and_nothing_else_changes(
    record: Record, fields: set[str], action: str
):
    rules = policy(action, *fields) if fields else Policy()

    shared = apply(rules, SECRET, record)

    before, after = plain(record), plain(shared.record)
    gone = {path for path in before if rules.rule_for(path) is not None}
    lists = ("parents.", "commitment.")  # places in a list move up
    assert not [path for path in gone & after.keys() if not path.startswith(lists)]
    kept = {path: value for path, value in before.items() if path not in gone}
    assert {path: after[path] for path in kept} == kept
    assert {each.path for each in shared.changes} == gone
    assert apply(rules, SECRET, record) == shared


@settings(max_examples=40)
@given(records)
def test_the_same_record_always_becomes_the_same_and_another_one_has_other_salts(record: Record):
    rules = policy("commit", *OPTIONAL)
    other = record.model_copy(update={"runtime_seconds": record.runtime_seconds / 2 + 1})

    first, again = apply(rules, SECRET, record), apply(rules, SECRET, record)
    apart = apply(rules, SECRET, other)

    assert first == again
    assert not {each.salt for each in first.withheld} & {each.salt for each in apart.withheld}
