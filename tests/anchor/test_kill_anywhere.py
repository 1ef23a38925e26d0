"""kill -9 between any two steps, then a new process: each record is anchored exactly once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DEADLINE_SECONDS = 280

STEPS = {
    "founding": [
        "deploying the contracts",
        *3 * ["transaction on its way", "answer on its way"],
        "admitting validator",
        *2 * ["transaction signed", "transaction on its way", "answer on its way"],
    ],
    "carrying": [
        "records stored",
        "records accepted",
        *2 * ["submission signed", "submission kept"],
        *2 * ["blocks of the batch stored", "batch built"],
        *2
        * [
            "transaction signed",
            "transaction on its way",
            "answer on its way",
            "batch anchored",
        ],
        *2 * ["batch final"],
        *2
        * [
            "verdicts stored",
            "report kept",
            "report stored",
            "transaction signed",
            "transaction on its way",
            "answer on its way",
            "attested",
        ],
    ],
    "wallets": [
        "records stored",
        "records accepted",
        *2 * ["submission signed", "submission kept", "submission signed"],
    ],
}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("life", "stride", "remainder"),
    [("founding", 1, 0), ("carrying", 2, 0), ("carrying", 2, 1), ("wallets", 1, 0)],
)
def test_a_new_process_goes_on_where_the_killed_one_stopped(
    tmp_path: Path, life: str, stride: int, remainder: int
):
    killing = [sys.executable, "-m", "tests.anchor.killing", str(tmp_path), life]

    ended = subprocess.run(
        [*killing, str(stride), str(remainder)],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    outcomes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [each for each in outcomes if each["problems"]] == []
    assert [each["what"] for each in outcomes] == STEPS[life][(remainder or stride) - 1 :: stride]
