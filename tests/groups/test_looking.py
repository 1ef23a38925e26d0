"""Where plain records are while they are looked at, and that nothing of it is left behind."""

import stat
import subprocess
import sys
from pathlib import Path

from ledger.groups.looking import place_to_look
from ledger.node import Node
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings

LOOKING = """
import sys
from pathlib import Path
from ledger.groups.looking import place_to_look

with place_to_look(Path(sys.argv[1])) as place:
    print(place, flush=True)
    sys.stdin.read()
"""


def looking(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another process that looks at plain records until it is killed, and where."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOOKING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_only_its_owner_may_enter_and_nothing_is_left(tmp_path: Path):
    with place_to_look(tmp_path / "groups") as place:
        (place / "index.sqlite").write_bytes(b"plain")
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700

    assert list((tmp_path / "groups").glob("view-*")) == []


def test_what_a_killed_command_left_goes_with_the_next(tmp_path: Path):
    process, left = looking(tmp_path)
    (left / "index.sqlite").write_bytes(b"plain")
    killed(process)
    assert left.exists()

    with place_to_look(tmp_path) as place:
        assert list(tmp_path.glob("view-*")) == [place]


def test_what_another_command_looks_at_stays(tmp_path: Path):
    process, theirs = looking(tmp_path)
    try:
        with place_to_look(tmp_path) as first, place_to_look(tmp_path) as second:
            assert set(tmp_path.glob("view-*")) == {theirs, first, second}
        assert list(tmp_path.glob("view-*")) == [theirs]
    finally:
        killed(process)


def test_looking_at_a_group_clears_what_was_left(tmp_path: Path):
    with Node(template_settings(tmp_path / "home")) as node:
        node.groups.create("team", node.recipient())
        node.accept_for("team", runs(1))
        left = node.settings.groups_path / "view-left"
        left.mkdir(parents=True)
        (left / "index.sqlite").write_bytes(b"plain")

        with node.group_answers("team") as answers:
            assert answers.records().total == 1
            assert not left.exists()
