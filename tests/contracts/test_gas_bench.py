"""bench/gas.py: the figures that the README shows."""

import json
import re

import pytest
from click.testing import CliRunner

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


# Block times are part of some calldata and storage, so gas differs by a few zero bytes.
NOISE = 0.005


def test_the_readme_shows_the_measured_gas(costs):
    readme = (sources.FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| `(.+?)` \| ([\d,]*) \| ([\d,]+) \|", readme, re.MULTILINE)
    shown = {row[:3]: int(row[3].replace(",", "")) for row in rows}

    for cost in costs:
        records = f"{cost['records']:,}" if cost["records"] else ""
        measured = pytest.approx(cost["gas"], rel=NOISE)
        assert shown[cost["system"], cost["call"], records] == measured
