"""The compiled contracts: what Python needs of them, without a compiler and without Node.

`load` reads the artefacts that ``python -m contracts.compile`` writes and the repository holds.
"""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ARTEFACTS = Path(__file__).parent / "artifacts"
"""Where the artefacts of the contracts are."""

NAMES = ("ContributionRegistry", "ValidatorSet", "Attestations")
"""The contracts, in the order they are deployed."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One compiled contract.

    Attributes:
        name: the contract's name.
        abi: its interface, as in the Solidity ABI specification (JSON).
        bytecode: what a deployment transaction carries, before the constructor's arguments.
        deployed_bytecode: the code on chain, with zeros where immutables are filled in.
        immutable_references: where those are: AST id to places of (start, length), in bytes.
        storage_layout: solc's ``storageLayout``.
        compiler: the full version of solc.
        settings: what the compiler was told (standard JSON).
        sources: source unit to the SHA-256 of its text, hex.
        dependencies: npm packages that sources come from, and their versions.
    """

    name: str
    abi: Sequence[Mapping[str, Any]]
    bytecode: bytes
    deployed_bytecode: bytes
    immutable_references: Mapping[str, Sequence[Mapping[str, int]]]
    storage_layout: Mapping[str, Any]
    compiler: str
    settings: Mapping[str, Any]
    sources: Mapping[str, str]
    dependencies: Mapping[str, str]

    def is_code(self, code: bytes) -> bool:
        """Whether code found on a chain is this contract's, whatever its immutables are set to."""
        return len(code) == len(self.deployed_bytecode) and self._masked(code) == self._masked(
            self.deployed_bytecode
        )

    def slot(self, label: str) -> int:
        """The storage slot at which a state variable begins.

        Raises:
            KeyError: the contract has no such variable.
        """
        slots = {entry["label"]: int(entry["slot"]) for entry in self.storage_layout["storage"]}
        return slots[label]

    def _masked(self, code: bytes) -> bytes:
        masked = bytearray(code)
        for places in self.immutable_references.values():
            for place in places:
                end = place["start"] + place["length"]
                masked[place["start"] : end] = bytes(place["length"])
        return bytes(masked)


@cache
def load(name: str) -> Artefact:
    """The artefact of one of `NAMES`.

    Raises:
        KeyError: there is no such contract.
    """
    if name not in NAMES:
        raise KeyError(name)
    return read(ARTEFACTS / f"{name}.json")


def read(path: Path) -> Artefact:
    """An artefact from its file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return Artefact(
        name=document["name"],
        abi=document["abi"],
        bytecode=bytes.fromhex(document["bytecode"].removeprefix("0x")),
        deployed_bytecode=bytes.fromhex(document["deployedBytecode"].removeprefix("0x")),
        immutable_references=document["immutableReferences"],
        storage_layout=document["storageLayout"],
        compiler=document["compiler"],
        settings=document["settings"],
        sources=document["sources"],
        dependencies=document["dependencies"],
    )
