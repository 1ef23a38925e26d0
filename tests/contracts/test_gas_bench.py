"""bench/gas.py: what is promised is kept, and no figure moves unnoticed."""

import json
import re

import pytest
from click.testing import CliRunner

import contracts
from bench.gas import TABLE
from bench.gas import main
from contracts import sources

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def costs(node_modules) -> list[dict]:
    result = CliRunner().invoke(main, ["--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_promised_costs_per_record_are_kept(costs):
    promised = {cost["records"]: cost for cost in costs if cost["target"]}

    assert set(promised) == {1_000, 10_000}
    assert promised[1_000]["gas_per_record"] <= 60
    assert promised[10_000]["gas_per_record"] <= 6


def test_one_record_costs_a_fraction_of_an_eas_attestation(costs):
    gas = {(cost["system"], cost["call"], cost["records"]): cost["gas"] for cost in costs}

    assert gas["perfledger", "anchor", 1] < gas["EAS", "attest", 1] / 3
    assert gas["perfledger", "anchor", 100] < gas["EAS", "multiAttest", 100] / 100


def test_nothing_takes_more_than_promised(costs):
    promised = {(cost["call"], cost["limit"]) for cost in costs if cost["limit"]}

    assert promised == {
        ("anchor", 50_000),
        ("anchorBySig", 75_000),
        ("attest, first", 60_000),
        ("attest, correction", 45_000),
        ("Merkle check, depth 10", 2_700),
        *((name, 2_500_000) for name in contracts.NAMES),
    }
    assert all(cost["gas"] <= cost["limit"] for cost in costs if cost["limit"])


def committed() -> dict[tuple, int]:
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return {(row["system"], row["call"], row["records"]): row["gas"] for row in rows}


def test_no_entry_moved_by_more_than_2_percent(costs):
    """Where a change was meant: `python -m bench.gas --write`, and the tables below."""
    measured = {(cost["system"], cost["call"], cost["records"]): cost["gas"] for cost in costs}

    assert measured.keys() == committed().keys()
    assert moved(measured, committed()) == {}


def test_a_move_either_way_is_seen():
    entry = ("perfledger", "anchor", 1)

    for gas, seen in ((98, False), (102, False), (97, True), (103, True)):
        assert bool(moved({entry: gas}, {entry: 100})) == seen


def moved(measured: dict[tuple, int], before: dict[tuple, int]) -> dict[tuple, tuple[int, int]]:
    """The entries that differ from before by more than 2 %, and both figures."""
    return {
        entry: (before[entry], gas)
        for entry, gas in measured.items()
        if abs(gas - before[entry]) > before[entry] * 0.02
    }


@pytest.mark.parametrize("page", ["contracts/README.md", "docs/benchmarks.md"])
def test_the_tables_show_what_is_committed(page):
    text = (sources.ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| `(.+?)` \| ([\d,]*) \| ([\d,]+) \|", text, re.MULTILINE)
    shown = {
        (system, call, int(records.replace(",", "")) if records else None): int(
            gas.replace(",", "")
        )
        for system, call, records, gas in rows
    }

    assert shown == committed()
