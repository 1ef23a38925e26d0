"""The committed artefacts are what the sources compile to."""

import json

import pytest
from click.testing import CliRunner

import contracts
from contracts import compile as compilation
from contracts import sources
from contracts.compile import main

FOR_TESTS = sources.ROOT / sources.FOR_TESTS / "artifacts"
FILES = sorted([*contracts.ARTEFACTS.glob("*.json"), *FOR_TESTS.glob("*.json")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_artefact_was_compiled_from_the_present_sources(path):
    assert sources.out_of_date(contracts.read(path)) == []


def test_every_contract_has_its_artefact():
    assert {path.stem for path in contracts.ARTEFACTS.iterdir()} == set(contracts.NAMES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_artefact_was_compiled_with_the_present_settings(path):
    artefact = contracts.read(path)

    assert artefact.settings == compilation.SETTINGS
    assert artefact.compiler.split("+")[0] == sources.locked_version("solc")


def test_the_versions_in_package_json_are_exact_and_locked():
    package = json.loads((sources.FOLDER / "package.json").read_text(encoding="utf-8"))

    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert sources.locked_version(name) == version


def test_the_lockfile_names_no_registry():
    assert '"resolved": "http' not in (sources.FOLDER / "package-lock.json").read_text()


def test_an_artefact_of_other_sources_is_told_apart(monkeypatch, tmp_path):
    artefact = contracts.load("Attestations")
    monkeypatch.setattr(sources, "ROOT", tmp_path)

    stale = sources.out_of_date(artefact)

    assert "contracts/src/Attestations.sol" in stale


def test_unknown_contracts_are_refused():
    with pytest.raises(KeyError):
        contracts.load("../package")


def test_storage_slots_are_as_the_readme_says():
    """Offline proofs read these from what eth_getProof returns; moving them breaks verifiers."""
    validator_set = contracts.load("ValidatorSet")

    assert validator_set.slot("_bonds") == 3
    assert validator_set.slot("rewardOf") == 4
    assert validator_set.slot("_validators") == 5
    assert validator_set.slot("_quorums") == 6
    assert validator_set.slot("_activeCounts") == 7
    assert validator_set.slot("_stakes") == 8
    assert contracts.load("ContributionRegistry").slot("_batches") == 3
    assert contracts.load("Attestations").slot("_attestations") == 2


@pytest.mark.node
def test_recompiling_gives_the_artefacts_to_the_byte(node_modules):
    result = CliRunner().invoke(main, ["--check"])

    assert result.exit_code == 0, result.output


def test_a_changed_a_missing_and_a_superfluous_artefact_are_named(tmp_path):
    for name in ("Same", "Changed", "Superfluous"):
        (tmp_path / f"{name}.json").write_text("old", encoding="utf-8")
    expected = {"Same.json": "old", "Changed.json": "new", "Missing.json": "new"}

    changed = compilation.differing({tmp_path / name: text for name, text in expected.items()})

    assert changed == ["Changed.json", "Missing.json", "Superfluous.json"]


def test_check_fails_with_what_to_do(monkeypatch):
    monkeypatch.setattr(compilation, "_outputs", lambda: {contracts.ARTEFACTS / "New.json": "{}"})

    result = CliRunner().invoke(main, ["--check"])

    assert result.exit_code == 1
    assert "New.json" in result.output
    assert "python -m contracts.compile" in result.output
    assert not (contracts.ARTEFACTS / "New.json").exists()
