"""What is installed from a wheel is all that a node needs."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.services import npm_modules
from tools import frontend

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    path = built("wheel", tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


@pytest.mark.node
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_who_installs_it_needs_no_node_for_the_scripts_of_the_app(
    kind: str, tmp_path: Path
) -> None:
    npm_modules(frontend.FOLDER)
    frontend.build()

    path = built(kind, tmp_path)

    names = names_in(path)
    for bundle in frontend.ENTRY_POINTS:
        assert any(name.endswith(f"webapp/static/built/{bundle}.js") for name in names)
    sources = [name for name in names if "webapp/frontend/" in name]
    assert bool(sources) == (kind == "sdist"), "who changes the sources has them"
    assert not [name for name in names if "node_modules" in name]


def built(kind: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("perfledger-*")
    return path


def names_in(path: Path) -> list[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    with tarfile.open(path) as archive:
        return archive.getnames()


@pytest.mark.parametrize(
    "pattern",
    [
        "contracts/artifacts/*.json",
        "ledger/capture/presets/*.toml",
        "ledger/demo/runs/*.*",
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
