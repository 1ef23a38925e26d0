"""How many proof files are verified in a second, offline, on one core.

    python -m bench.proofs [--seconds 5] [--json]

A file is read from its JSON text each time, as a verifier of strangers' files does: parsing,
hashing, signatures, receipts and storage proofs are all in the figure. What differs between files
is the number of validators and of headers, so that both are shown.
"""

import argparse
import json
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from ledger.verify import Contracts
from ledger.verify import Policy
from ledger.verify import parse_proof
from ledger.verify import verify_offline

FOLDER = Path(__file__).parents[1] / "tests" / "assets" / "proofs"
NAMES = ("valid", "valid-by-two-validators", "below-quorum", "a-malleable-signature", "not-json")


@dataclass(frozen=True)
class Measurement:
    """One file, verified again and again."""

    file: str
    result: str
    kilobytes: float
    validators: int
    headers: int
    runs: int
    per_second: float
    milliseconds: float


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="time spent on each file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    measured = list(measure(given.seconds))
    if given.json:
        print(
            json.dumps(
                {
                    "python": platform.python_version(),
                    "machine": platform.machine(),
                    "measurements": [asdict(entry) for entry in measured],
                },
                indent=2,
            )
        )
        return
    print(f"Python {platform.python_version()} on {platform.machine()}, one core\n")
    print(f"{'file':26}{'result':18}{'kB':>6}{'validators':>12}{'headers':>9}{'ms':>8}{'/s':>8}")
    for entry in measured:
        print(
            f"{entry.file:26}{entry.result:18}{entry.kilobytes:6.1f}{entry.validators:12}"
            f"{entry.headers:9}{entry.milliseconds:8.2f}{entry.per_second:8.0f}"
        )


def measure(seconds: float) -> Iterator[Measurement]:
    """Verify each file for a while."""
    policy = _policy()
    for name in NAMES:
        text = (FOLDER / f"{name}.json").read_bytes()
        verify_offline(text, policy)  # imports and caches
        runs, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds or not runs:
            found = verify_offline(text, policy)
            runs += 1
        readable = name != "not-json"
        proof = parse_proof(text) if readable else None
        yield Measurement(
            file=name,
            result=found.result.value,
            kilobytes=len(text) / 1000,
            validators=len(proof.verdicts) if proof else 0,
            headers=len(proof.headers) if proof else 0,
            runs=runs,
            per_second=runs / elapsed,
            milliseconds=1000 * elapsed / runs,
        )


def _policy() -> Policy:
    given = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["policy"]
    return Policy(
        Contracts(
            given["chain_id"], given["registry"], given["validator_set"], given["attestations"]
        ),
        frozenset(bytes.fromhex(block[2:]) for block in given["trusted_blocks"]),
    )


if __name__ == "__main__":
    main()
