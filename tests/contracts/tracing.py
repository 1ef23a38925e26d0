"""A pytest plugin that notes which way the contracts' conditional jumps go, and how they revert.

``-p tests.contracts.tracing`` with the folder to write to in ``TRACES``; each process writes one
file. `tests.contracts.coverage` reads them.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from eth.vm.forks.prague.computation import PragueComputation
from eth_utils import keccak

JUMPI, REVERT = 0x57, 0xFD
FOLDER = "TRACES"

jumps: dict[bytes, set[tuple[int, bool]]] = defaultdict(set)
"""By code: where a conditional jump stands, and whether it was taken."""

reverts: dict[bytes, set[bytes]] = defaultdict(set)
"""By code: the first four bytes of what it reverted with."""


class Watched:
    """An instruction that is looked at before it is executed."""

    def __init__(self, instruction: Any, look: Any) -> None:
        self._instruction = instruction
        self._look = look
        self.mnemonic = instruction.mnemonic
        self.gas_cost = instruction.gas_cost

    def __call__(self, computation: Any) -> None:
        self._look(computation)
        self._instruction(computation=computation)


def look_at_jump(computation: Any) -> None:
    condition = computation._stack.values[-2]
    place = computation.code.program_counter - 1
    jumps[bytes(computation.msg.code)].add((place, any(_bytes(condition))))


def look_at_revert(computation: Any) -> None:
    start, size = (int.from_bytes(_bytes(computation._stack.values[-n]), "big") for n in (1, 2))
    data = bytes(computation._memory.read_bytes(start, size)) if size else b""
    reverts[bytes(computation.msg.code)].add(data[:4])


def _bytes(item: Any) -> bytes:
    return item if isinstance(item, bytes) else int(item).to_bytes(32, "big")


def pytest_configure(config: pytest.Config) -> None:
    opcodes = PragueComputation.opcodes
    opcodes[JUMPI] = Watched(opcodes[JUMPI], look_at_jump)
    opcodes[REVERT] = Watched(opcodes[REVERT], look_at_revert)


def pytest_sessionfinish(session: pytest.Session) -> None:
    traces = [
        {
            "code": code.hex(),
            "jumps": sorted(jumps[code]),
            "reverts": sorted(data.hex() for data in reverts[code]),
        }
        for code in jumps.keys() | reverts.keys()
    ]
    path = Path(os.environ[FOLDER]) / f"{os.getpid()}-{keccak(os.urandom(8)).hex()[:8]}.json"
    path.write_text(json.dumps(traces), encoding="utf-8")
