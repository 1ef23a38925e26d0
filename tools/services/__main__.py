"""``python -m tools.services install`` and ``check``, of all services or of some."""

import argparse
import os
import sys
from collections.abc import Sequence

from filelock import FileLock

from tools.services import SERVICES
from tools.services import Service
from tools.services.service import FOLDER
from tools.services.service import Improvable
from tools.services.service import NotInstallableError

INSTALL_SECONDS = 3600
"""How long to wait for another process that installs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is there; 1 if something is missing and CI=true, else 0."""
    parser = argparse.ArgumentParser(description="Services that tests use.")
    parser.add_argument("action", choices=("install", "check"))
    parser.add_argument("only", nargs="*", metavar="SERVICE", help="[default: all of them]")
    given = parser.parse_args(arguments)
    named = {service.name.lower(): service for service in SERVICES}
    if unknown := [name for name in given.only if name.lower() not in named]:
        parser.error(f"no such service: {', '.join(unknown)}; there are {', '.join(named)}")
    chosen = [named[name.lower()] for name in given.only or named]
    missing = [each.name for each in chosen if not _report(each, given.action == "install")]
    return 1 if missing and os.environ.get("CI") == "true" else 0


def _report(service: Service, install: bool) -> bool:
    problem = _try_install(service) if install and _is_wanted(service) else ""
    path = service.find()
    if path is not None:
        print(f"{service.name}: {path}")
        return True
    print(f"{service.name}: missing; without it, {service.needed_for} are skipped")
    if problem:
        print(f"  it could not be installed: {problem}")
    print(f"  by hand: {service.by_hand}")
    return False


def _is_wanted(service: Service) -> bool:
    found = service.best() if isinstance(service, Improvable) else service.find()
    return found is None


def _try_install(service: Service) -> str:
    FOLDER.mkdir(exist_ok=True)
    with FileLock(FOLDER / ".lock", timeout=INSTALL_SECONDS):
        if not _is_wanted(service):
            return ""
        print(f"{service.name}: installing", flush=True)
        try:
            service.install()
        except NotInstallableError as error:
            return error.message
    return ""


if __name__ == "__main__":
    sys.exit(main())
