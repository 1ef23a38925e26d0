"""npm packages that are only an archive of a program: fetched, checked, not installed."""

import base64
import hashlib
import json
from pathlib import Path

from tools import node
from tools.services.service import DOWNLOAD_SECONDS
from tools.services.service import NotInstallableError
from tools.services.service import attempt


def download(found: node.Node, package: str, integrity: str, folder: Path) -> Path:
    """An npm package's archive, checked against its SHA-512.

    Args:
        found: the Node.js to ask with.
        package: name and version, as in ``name@1.2.3``.
        integrity: of the archive, as npm's registry lists it (``sha512-…``).
        folder: where to put it.

    Raises:
        NotInstallableError: what came is another archive.
        subprocess.SubprocessError: the registry does not have it, or does not answer.
    """

    def pack() -> str:
        return found.run(
            found.npm, ["pack", package, "--json", "--silent"], cwd=folder, timeout=DOWNLOAD_SECONDS
        )

    archive = folder / str(json.loads(attempt(pack))[0]["filename"])
    require_integrity(archive, integrity)
    return archive


def require_integrity(archive: Path, integrity: str) -> None:
    """Refuse an archive whose SHA-512 is not the one expected.

    Raises:
        NotInstallableError: it is another.
    """
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != integrity:
        raise NotInstallableError(
            f"{archive.name} is not the archive it should be: sha512-{digest}"
        )
