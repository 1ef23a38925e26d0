"""Writes ``tests/assets/proofs``: valid proofs, and one faulty proof for each fault.

    python -m tests.assets.generate_proofs            derive the faulty ones from the recorded ones
    python -m tests.assets.generate_proofs --record   record new ones from a fresh chain first

Deriving is deterministic: a test repeats it and compares. Recording is not, as block times are
those of the day.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ledger.record.keccak import keccak
from ledger.verify import Result
from tests.assets.faults import FAULTS
from tests.verify.outcomes import all_outcomes
from tests.verify.scenario import Ledger

FOLDER = Path(__file__).parent / "proofs"
EXPECTED = FOLDER / "expected.json"


def main() -> None:
    if "--record" in sys.argv[1:]:
        _record()
    for name, text in derived().items():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def derived() -> dict[str, str]:
    """The faulty proofs by name, and what is expected of all of them, from the recorded ones."""
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    recorded = {name: _read(name) for name in expected["recorded"]}
    files = {}
    results = {}
    for name, (result, break_it) in FAULTS.items():
        broken = break_it(json.loads(json.dumps(recorded["valid"])), recorded)
        files[name] = broken if isinstance(broken, str) else _text(broken)
        results[name] = result.value
    files["expected"] = _text({**expected, "derived": results})
    return files


def _record() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        try:
            outcomes = all_outcomes(ledger)
        finally:
            ledger.close()
        contracts = ledger.contracts
    for old in FOLDER.glob("*.json"):
        old.unlink()
    heads = []
    results = {}
    for name, (proof, result) in outcomes.items():
        values = json.loads(proof.to_json())
        (FOLDER / f"{name}.json").write_text(_text(values), encoding="utf-8")
        heads += ["0x" + keccak(header).hex() for header in proof.headers[-1:]]
        results[name] = result.value
    expected = {
        "policy": {
            "chain_id": contracts.chain_id,
            "registry": contracts.registry,
            "validator_set": contracts.validator_set,
            "attestations": contracts.attestations,
            "trusted_blocks": sorted(set(heads)),
        },
        "recorded": results,
        "derived": {},
    }
    assert set(results.values()) <= set(Result)
    EXPECTED.write_text(_text(expected), encoding="utf-8")


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _text(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"


if __name__ == "__main__":
    main()
