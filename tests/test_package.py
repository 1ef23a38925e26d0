"""What is installed from a wheel is all that a node needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    "pattern",
    [
        "contracts/artifacts/*.json",
        "ledger/capture/presets/*.toml",
        "migrations/versions/*.py",
        "webapp/templates/**/*.html",
        "webapp/static/**/*.*",
    ],
)
def test_the_wheel_holds_the_files_that_code_reads(wheel: set[str], pattern: str) -> None:
    wanted = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern) if path.is_file()}

    assert wanted
    assert wanted <= wheel


def test_the_wheel_holds_no_dependencies_of_the_build(wheel: set[str]) -> None:
    assert [name for name in wheel if "node_modules" in name or name.startswith("tests/")] == []
