"""What the browser's verifier knows of the contracts and the results is what Python knows."""

import json
from typing import Any

import pytest

from ledger.verify import Result
from ledger.verify import slots
from tools import frontend
from tools import node

pytestmark = pytest.mark.node


@pytest.fixture
def printed(tmp_path: Any, verifier: Any) -> Any:
    def run(module: str, name: str) -> Any:
        script = tmp_path / "print.mjs"
        source = (frontend.FOLDER / "verify" / module).as_uri()
        script.write_text(
            f"import {{ {name} as found }} from {json.dumps(source)};\n"
            "console.log(JSON.stringify(found, (_, v) => typeof v === 'bigint' ? Number(v) : v));",
            encoding="utf-8",
        )
        return json.loads(node.find().run(script))

    return run


def test_results_have_the_same_names_in_the_same_order_and_mean_the_same(printed: Any) -> None:
    assert list(printed("results.js", "MEANINGS").items()) == [
        (result.value, result.meaning) for result in Result
    ]


def test_storage_is_read_where_the_contracts_keep_it(printed: Any) -> None:
    assert printed("slots.js", "PLACES") == {
        "batches": slots.BATCHES,
        "supersededBy": slots.SUPERSEDED_BY,
        "isRevoked": slots.IS_REVOKED,
        "validators": slots.VALIDATORS,
        "quorums": slots.QUORUMS,
        "attestations": slots.ATTESTATIONS,
    }
    assert printed("slots.js", "SLASHED") == slots.SLASHED
