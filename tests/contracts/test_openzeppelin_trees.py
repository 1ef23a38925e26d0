"""Trees: this package, OpenZeppelin's JavaScript library and the contracts agree."""

import json
import random
from pathlib import Path

import pytest
from eth_utils import to_checksum_address

from contracts import sources
from ledger.anchor.merkle import StandardMerkleTree
from ledger.anchor.merkle import leaf_hash
from ledger.anchor.merkle import verify
from tests.contracts.chain import Chain
from tests.contracts.chain import digest
from tools import node

pytestmark = pytest.mark.node

RECORD = ["bytes32"]
SUBMISSION = ["bytes32", "address", "uint32"]
VERDICT = ["bytes32", "bool", "uint16"]
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 70]


def random_value(types: list[str], chance: random.Random) -> list[object]:
    makers = {
        "bytes32": lambda: "0x" + chance.randbytes(32).hex(),
        "address": lambda: to_checksum_address(chance.randbytes(20)),
        "uint32": lambda: chance.randrange(2**32),
        "bool": lambda: chance.random() < 0.5,
        "uint16": lambda: chance.randrange(2**16),
    }
    return [makers[each]() for each in types]


def leaf(types: list[str], value: list[object]) -> bytes:
    return leaf_hash(
        types,
        [
            bytes.fromhex(item[2:]) if kind == "bytes32" else item
            for kind, item in zip(types, value, strict=True)
        ],
    )


def asked(questions: list[dict[str, object]]) -> list:
    script = Path(__file__).parent / "trees.cjs"
    place = str(sources.FOLDER / "package.json")
    return json.loads(node.find().run(script, [place], stdin=json.dumps(questions)))


def hexed(proof: list[bytes]) -> list[str]:
    return ["0x" + sibling.hex() for sibling in proof]


@pytest.fixture(scope="module", params=[RECORD, SUBMISSION, VERDICT], ids=lambda p: p[-1])
def questions(request) -> list[dict]:
    chance = random.Random(2026)
    return [
        {
            "types": request.param,
            "values": [random_value(request.param, chance) for _ in range(size)],
        }
        for size in SIZES
    ]


def test_roots_and_proofs_are_the_librarys(node_modules, questions):
    for question, theirs in zip(questions, asked(questions), strict=True):
        leaves = [leaf(question["types"], value) for value in question["values"]]
        tree = StandardMerkleTree.of(leaves)

        assert "0x" + tree.root.hex() == theirs["root"]
        assert [hexed(tree.proof(i)) for i in range(len(leaves))] == theirs["proofs"]


def test_the_librarys_proofs_verify_here(node_modules, questions):
    for question, theirs in zip(questions, asked(questions), strict=True):
        root = bytes.fromhex(theirs["root"][2:])
        for value, proof in zip(question["values"], theirs["proofs"], strict=True):
            siblings = [bytes.fromhex(sibling[2:]) for sibling in proof]

            assert verify(root, leaf(question["types"], value), siblings)
            assert not verify(digest("other"), leaf(question["types"], value), siblings)


def test_proofs_from_here_verify_in_the_library(node_modules, questions):
    checks = []
    for question in questions:
        types, values = question["types"], question["values"]
        tree = StandardMerkleTree.of([leaf(types, value) for value in values])
        root = "0x" + tree.root.hex()
        for place in {0, len(values) // 2, len(values) - 1}:
            proof = hexed(tree.proof(place))
            checks.append({"root": root, "types": types, "leaf": values[place], "proof": proof})

    assert all(asked(checks))


@pytest.mark.parametrize("size", [1, 2, 5, 70])
def test_the_contract_takes_the_librarys_proofs(node_modules, chain: Chain, size):
    chance = random.Random(size)
    records = [random_value(RECORD, chance) for _ in range(size)]
    (submission,) = asked([{"types": RECORD, "values": records}])
    rows = [
        [submission["root"], chain.contributor.address, size],
        *[random_value(SUBMISSION, chance) for _ in range(size - 1)],
    ]
    (batch,) = asked([{"types": SUBMISSION, "values": rows}])
    chain.anchored(bytes.fromhex(batch["root"][2:]), size)

    for place in {0, size // 2, size - 1}:
        assert chain.registry.functions.verifyRecord(
            chain.publisher.address,
            batch["root"],
            records[place][0],
            *rows[0],
            submission["proofs"][place],
            batch["proofs"][0],
        ).call()


@pytest.mark.parametrize("size", [1, 2, 5, 70])
def test_the_contract_takes_the_librarys_verdicts(node_modules, chain: Chain, size):
    chance = random.Random(size)
    verdicts = [
        [*random_value(RECORD, chance), accepted, 0 if accepted else 7]
        for accepted in chance.choices([True, False], k=size)
    ]
    (tree,) = asked([{"types": VERDICT, "values": verdicts}])
    batch_id = chain.anchored(digest("root"), size)
    chain.joined(chain.validator)
    said = (tree["root"], size, 0, digest("report"))
    chain.send(chain.attestations.functions.attest(batch_id, 1, *said), chain.validator)

    for place in {0, size // 2, size - 1}:
        assert chain.attestations.functions.verifyVerdict(
            batch_id, chain.validator.address, said, verdicts[place], tree["proofs"][place]
        ).call()
