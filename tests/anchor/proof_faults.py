"""Ways to spoil a Merkle path, after what RFC 6962's implementations try on theirs."""

from collections.abc import Callable

from hypothesis import strategies as st

Path = list[bytes]

Fault = Callable[[Path, int, int, bytes], Path]

FAULTS: dict[str, Fault] = {
    "drop": lambda path, at, _to, _node: path[:at] + path[at + 1 :],
    "insert": lambda path, at, _to, node: [*path[:at], node, *path[at:]],
    "repeat": lambda path, at, _to, _node: [*path[:at], path[at], *path[at:]],
    "replace": lambda path, at, _to, node: [*path[:at], node, *path[at + 1 :]],
    "flip": lambda path, at, to, _node: [*path[:at], flipped(path[at], to), *path[at + 1 :]],
    "move": lambda path, at, to, _node: moved(path, at, to),
    "reverse": lambda path, _at, _to, _node: path[::-1],
    "truncate": lambda path, at, _to, _node: path[:at],
    "behead": lambda path, at, _to, _node: path[at + 1 :],
}
"""What is done to a path at one place, with another place and a node to do it with."""


def flipped(node: bytes, bit: int) -> bytes:
    return (int.from_bytes(node, "big") ^ 1 << bit % 256).to_bytes(32, "big")


def moved(path: Path, at: int, to: int) -> Path:
    rest = path[:at] + path[at + 1 :]
    return [*rest[: to % len(path)], path[at], *rest[to % len(path) :]]


@st.composite
def spoiled(draw: st.DrawFn, path: Path, strangers: Path) -> Path:
    """A path after one to four faults; never the one that was given.

    Args:
        draw: from hypothesis.
        path: the right one.
        strangers: nodes that a forger would try: of the same tree, and any others.
    """
    changed = [*path]
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(sorted(FAULTS) if changed else ["insert"]))
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        node = draw(st.sampled_from(strangers) | st.binary(min_size=32, max_size=32))
        changed = FAULTS[kind](changed, at, draw(st.integers(0, 255)), node)
    return [*path, strangers[0]] if changed == path else changed
