"""Which branches of the contracts the tests execute: ``python -m tests.contracts.coverage``.

What is measured is the deployed bytecode itself: the suite runs with `tests.contracts.tracing`,
which notes of every conditional jump whether it was taken and whether it was not. The compiler's
source map tells what line a jump stands for. Both outcomes of every jump have to occur in the
runtime code and in the constructors, OpenZeppelin's parts included, except

- those that end in a Panic or, of a function without parameters, in calldata shorter than the four
  bytes that were read already: checks of the compiler's that the code before has made true;
- those listed in ``unreachable.json``, each with the reason why no call gets there.

Custom errors are counted in the same run: each one in an ABI has to be reverted with.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import contracts
from contracts import sources
from contracts.compile import SETTINGS
from contracts.compile import compiler
from contracts.compile import standard_json
from tests.contracts.evm import selector
from tests.contracts.evm import types_of
from tests.contracts.tracing import FOLDER
from tests.contracts.tracing import JUMPI
from tools import node

UNREACHABLE = Path(__file__).parent / "unreachable.json"
SUITE = Path(__file__).parent
# Random calls would make the result a matter of luck.
LEFT_OUT = ("test_protocol.py", "test_proof_fuzzing.py")
# Takes a third of the time for thousands of calls, and other tests reach all that it does.
LONGEST = "test_impossible_states.py::test_running_out_of_gas_changes_nothing[proveEquivocation]"
PARTS = {"runtime": "deployedBytecode", "constructor": "bytecode"}
PANIC = bytes.fromhex("634e487b71")
SHORTER_THAN_A_SELECTOR = bytes.fromhex("5f366003190112")
"""PUSH0, CALLDATASIZE, PUSH1 3, NOT, ADD, SLT: whether calldata beyond the selector is negative."""

JUMPDEST, JUMP, PUSH1, PUSH2, PUSH32 = 0x5B, 0x56, 0x60, 0x61, 0x7F

Traces = Mapping[bytes, "Trace"]


@dataclass(frozen=True)
class Trace:
    """What happened in one code."""

    jumps: frozenset[tuple[int, bool]]
    reverts: frozenset[bytes]


@dataclass(frozen=True)
class Branch:
    """One outcome of a conditional jump.

    Attributes:
        part: the contract, and whether it is its runtime code or its constructor.
        place: of the jump in the code.
        taken: whether it is the outcome of jumping.
        source: the first line of what the jump stands for.
        checked: whether it ends in a check of the compiler's that always holds.
    """

    part: str
    place: int
    taken: bool
    source: str
    checked: bool


@dataclass(frozen=True)
class Part:
    """A contract's runtime code or constructor, and where it comes from."""

    name: str
    kind: str
    code: bytes
    source_map: Sequence[tuple[int, int, int]]
    texts: Mapping[int, bytes]

    @property
    def title(self) -> str:
        return f"{self.name} {self.kind}"

    def is_in(self, code: bytes) -> bool:
        """Whether a code that ran is this one, its immutables or arguments filled in."""
        if self.kind == "runtime":
            return contracts.load(self.name).is_code(code)
        return code.startswith(self.code)

    @cached_property
    def instructions(self) -> list[tuple[int, int]]:
        """Place and opcode of every instruction that the source map knows of."""
        found, place = [], 0
        while place < len(self.code) and len(found) < len(self.source_map):
            opcode = self.code[place]
            found.append((place, opcode))
            place += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)
        return found

    def branches(self) -> Iterator[Branch]:
        for index, (place, opcode) in enumerate(self.instructions):
            if opcode != JUMPI:
                continue
            for taken in (True, False):
                source = self._source(index)
                checked = self._is_checked(index, taken)
                yield Branch(self.title, place, taken, source, checked)

    def _source(self, index: int) -> str:
        start, length, unit = self.source_map[index]
        text = self.texts.get(unit, b"")[start : start + length].decode()
        return text.partition("\n")[0]

    def _is_checked(self, index: int, taken: bool) -> bool:
        place, _ = self.instructions[index]
        if not taken:
            return self._panics(place + 1)
        before, opcode = self.instructions[index - 1]
        if opcode != PUSH2:
            return False
        shorter = self.code[:before].endswith(SHORTER_THAN_A_SELECTOR)
        return shorter or self._panics(self._pushed(before))

    def _panics(self, place: int) -> bool:
        """Whether the code from a place on does nothing but panic, itself or by another jump."""
        place += self.code[place] == JUMPDEST
        if self.code[place] == PUSH2 and self.code[place + 3] == JUMP:
            return self._panics(self._pushed(place))
        return self.code[place:].startswith(PANIC)

    def _pushed(self, place: int) -> int:
        return int.from_bytes(self.code[place + 1 : place + 3], "big")


def parts() -> list[Part]:
    """What there is to cover, compiled once more for its source maps."""
    node.npm_ci(sources.FOLDER)
    units = sources.units(sources.OWN)
    texts = sources.closure(units)
    outputs = [
        f"evm.{output}.{each}" for output in PARTS.values() for each in ("object", "sourceMap")
    ]
    selection = {unit: {"*": outputs} for unit in units}
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": {**SETTINGS, "outputSelection": selection},
    }
    with compiler(sources.locked_version("solc")) as solc:
        answered = standard_json(request, solc)
    numbered = {each["id"]: texts[name].encode() for name, each in answered["sources"].items()}
    compiled = {name: each for unit in units for name, each in answered["contracts"][unit].items()}
    return [
        Part(
            name,
            kind,
            bytes.fromhex(compiled[name]["evm"][output]["object"]),
            list(_entries(compiled[name]["evm"][output]["sourceMap"])),
            numbered,
        )
        for name in contracts.NAMES
        for kind, output in PARTS.items()
    ]


def _entries(source_map: str) -> Iterator[tuple[int, int, int]]:
    """Start, length and source of each instruction; an empty field repeats the one before.

    Source: Solidity documentation, "Source Mappings".
    """
    current = ["0", "0", "-1"]
    for entry in source_map.split(";"):
        for position, given in enumerate(entry.split(":")[:3]):
            current[position] = given or current[position]
        start, length, unit = map(int, current)
        yield start, length, unit


def traced() -> dict[bytes, Trace]:
    """Run the suite; what its calls did, by code.

    Raises:
        subprocess.CalledProcessError: a test failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        ignored = [f"--ignore={SUITE / name}" for name in LEFT_OUT]
        ignored.append(f"--deselect={SUITE.relative_to(sources.ROOT) / LONGEST}")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.contracts.tracing"]
        subprocess.run(
            [*command, "-n", "auto", "-m", "not node", *ignored, str(SUITE)],
            cwd=sources.ROOT,
            env=os.environ | {FOLDER: folder, "PYTHONPATH": str(sources.ROOT)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return _merged(sorted(Path(folder).glob("*.json")))


def _merged(files: Sequence[Path]) -> dict[bytes, Trace]:
    found: dict[bytes, Trace] = {}
    for path in files:
        for each in json.loads(path.read_text(encoding="utf-8")):
            code = bytes.fromhex(each["code"])
            before = found.get(code, Trace(frozenset(), frozenset()))
            jumps = frozenset((place, taken) for place, taken in each["jumps"])
            reverts = frozenset(map(bytes.fromhex, each["reverts"]))
            found[code] = Trace(before.jumps | jumps, before.reverts | reverts)
    return found


@dataclass(frozen=True)
class Covered:
    """The result for one part."""

    title: str
    branches: Sequence[Branch]
    executed: frozenset[tuple[int, bool]]

    @cached_property
    def missed(self) -> list[Branch]:
        """What has not occurred, though the compiler does not rule it out."""
        return [
            branch
            for branch in self.branches
            if not branch.checked and (branch.place, branch.taken) not in self.executed
        ]

    @property
    def done(self) -> int:
        return sum((branch.place, branch.taken) in self.executed for branch in self.branches)

    @property
    def checks(self) -> int:
        return sum(
            branch.checked and (branch.place, branch.taken) not in self.executed
            for branch in self.branches
        )


def covered(part: Part, traces: Traces) -> Covered:
    jumps = [trace.jumps for code, trace in traces.items() if part.is_in(code)]
    return Covered(part.title, list(part.branches()), frozenset().union(*jumps))


def unreachable() -> Counter[tuple[str, str]]:
    """How many outcomes are known to be out of reach, by part and source line."""
    listed = json.loads(UNREACHABLE.read_text(encoding="utf-8"))["branches"]
    return Counter({(each["part"], each["source"]): each["outcomes"] for each in listed})


def unexplained(results: Sequence[Covered]) -> list[str]:
    """Outcomes that did not occur and are not listed, and listed ones that did."""
    missed = Counter((branch.part, branch.source) for each in results for branch in each.missed)
    listed = unreachable()
    return [
        f"{part}: {missed[part, source]} outcomes missed, {listed[part, source]} listed: {source}"
        for part, source in sorted(missed.keys() | listed.keys())
        if missed[part, source] != listed[part, source]
    ]


def errors_missed(traces: Traces) -> list[str]:
    """The custom errors of the ABIs that nothing was reverted with, by any of our contracts."""
    seen = {data for trace in traces.values() for data in trace.reverts}
    listed = json.loads(UNREACHABLE.read_text(encoding="utf-8"))["errors"]
    missed = {
        entry["name"]
        for name in contracts.NAMES
        for entry in contracts.load(name).abi
        if entry["type"] == "error"
        and selector(entry["name"], types_of(entry["inputs"])) not in seen
    }
    return sorted(missed ^ listed.keys())


def table(results: Sequence[Covered]) -> str:
    """Per part: all outcomes, those executed, those ruled out, and the share of the rest."""
    ruled_out: Counter[str] = Counter()
    for (part, _), outcomes in unreachable().items():
        ruled_out[part] += outcomes
    columns = ("outcomes", "executed", "checks", "unreachable", "covered")
    lines = [f"{'':34}" + "".join(f"{column:>13}" for column in columns)]
    for each in results:
        rest = len(each.branches) - each.checks - ruled_out[each.title]
        numbers = (len(each.branches), each.done, each.checks, ruled_out[each.title])
        cells = "".join(f"{number:13}" for number in numbers)
        lines.append(f"{each.title:34}{cells}{each.done / rest:13.1%}")
    return "\n".join(lines)


def main() -> int:
    traces = traced()
    results = [covered(part, traces) for part in parts()]
    print(table(results))
    wrong = [*unexplained(results), *(f"error: {name}" for name in errors_missed(traces))]
    print("\n".join(wrong) or "Every branch and every error that can be reached was.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
