"""tools.services: what is found, what is refused, and what is said of the rest."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from tests.services import required
from tools.services import SERVICES
from tools.services import Anvil
from tools.services import Chromium
from tools.services import Flink
from tools.services import Geth
from tools.services import Kubo
from tools.services import PostgreSQL
from tools.services import Service
from tools.services import Spark
from tools.services import __main__ as command
from tools.services import go
from tools.services import postgresql
from tools.services.java import Java
from tools.services.npm import require_integrity
from tools.services.service import NotInstallableError


class Absent:
    """A service that cannot be had."""

    name = "Absent"
    needed_for = "tests of nothing"
    by_hand = "put absent on PATH"

    def find(self) -> Path | None:
        return None

    def install(self) -> None:
        raise NotInstallableError("no registry has it")


def program(folder: Path, name: str, says: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_shell_without_windows_comes_before_a_browser_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own, path = tmp_path / "own", tmp_path / "path"
    own.mkdir()
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    chromium = Chromium(own)
    assert (chromium.find(), chromium.best()) == (None, None)

    browser = program(path, "chromium")
    assert (chromium.find(), chromium.best()) == (browser, None)

    installed = program(own, "chromium")
    assert (chromium.find(), chromium.best()) == (installed, installed)

    shell = program(path, "headless_shell")
    assert (chromium.find(), chromium.best()) == (shell, shell)


class Poor(Absent):
    """A service that is there, of which a better one cannot be had."""

    name = "Poor"

    def find(self) -> Path | None:
        return Path("/usr/bin/poor")

    def best(self) -> Path | None:
        return None


def test_where_the_better_one_cannot_be_had_the_other_will_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "SERVICES", (Poor(),))
    monkeypatch.setenv("CI", "true")

    assert command.main(["install"]) == 0

    said = capsys.readouterr().out
    assert "Poor: installing" in said
    assert "Poor: /usr/bin/poor" in said


@pytest.mark.parametrize(("service", "name"), [(Anvil, "anvil"), (Geth, "geth"), (Kubo, "ipfs")])
def test_the_program_on_the_path_comes_before_the_installed_one(
    service: type[Anvil | Geth | Kubo], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert service(own).find() is None

    installed = program(own, name)
    assert service(own).find() == installed

    on_path = program(tmp_path, name)
    assert service(own).find() == on_path


def postgresql_programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for each in ("initdb", "pg_ctl"):
        program(folder, each)
    return program(folder, "postgres", f"postgres (PostgreSQL) {version}")


def test_of_the_postgresqls_of_the_system_the_newest_that_is_whole_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    system = tmp_path / "postgresql"
    service = PostgreSQL(tmp_path / "own", system)
    assert service.find() is None

    installed = postgresql_programs(tmp_path / "own" / "bin", "18.4")
    assert service.find() == installed

    postgresql_programs(system / "9" / "bin", "9.6")
    assert service.find() == installed

    older = postgresql_programs(system / "15" / "bin", "15.18 (Debian 15.18-0+deb12u1)")
    assert service.find() == older

    newer = postgresql_programs(system / "17" / "bin", "17.1")
    assert service.find() == newer

    (newer.parent / "initdb").unlink()
    assert service.find() == older


def test_a_postgresql_on_the_path_is_found_with_what_belongs_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    there = postgresql_programs(tmp_path / "there", "16.2")
    on_path = tmp_path / "path"
    on_path.mkdir()
    (on_path / "postgres").symlink_to(there)
    monkeypatch.setenv("PATH", f"{on_path}:/bin")

    assert PostgreSQL(tmp_path / "own", tmp_path / "none").find() == there


@pytest.mark.parametrize(
    ("java", "found"), [("17.0.15", True), ("21", True), ("11.0.2", False), (None, False)]
)
def test_spark_needs_a_java_that_is_new_enough(
    java: str | None, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "own" / "pyspark" / "jars").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}")
    monkeypatch.delenv("SPARK_PACKAGES", raising=False)
    if java is not None:
        (tmp_path / "path").mkdir()
        said = f"""echo 'openjdk version "{java}" 2025-04-15' >&2"""
        (tmp_path / "path" / "java").write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        (tmp_path / "path" / "java").chmod(0o755)

    assert Spark(tmp_path / "own").find() == (tmp_path / "own" if found else None)
    assert Spark(tmp_path / "none").find() is None
    assert Spark(tmp_path / "own").environment == (
        {} if found else {"JAVA_HOME": str(tmp_path / "own-java")}
    )
    own_java = tmp_path / "own-java" / "bin" / "java"
    own_java.parent.mkdir(parents=True)
    own_java.touch()
    assert Spark(tmp_path / "own").find() == tmp_path / "own"


def test_flink_needs_its_packages_and_a_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "own" / "pyflink" / "lib").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv("FLINK_PACKAGES", raising=False)
    java = Java(tmp_path / "java")
    assert Flink(tmp_path / "own", java).find() is None

    (tmp_path / "java" / "bin").mkdir(parents=True)
    (tmp_path / "java" / "bin" / "java").touch()

    assert Flink(tmp_path / "own", java).find() == tmp_path / "own"
    assert Flink(tmp_path / "none", java).find() is None
    assert Flink(tmp_path / "own", java).environment == {"JAVA_HOME": str(tmp_path / "java")}
    monkeypatch.setenv("FLINK_PACKAGES", str(tmp_path / "own"))
    assert Flink(tmp_path / "none", java).find() == tmp_path / "own"


def test_a_package_whose_links_lead_elsewhere_is_refused(tmp_path: Path):
    native = tmp_path / "package" / "native"
    native.mkdir(parents=True)
    entry = {"source": "native/lib/libpq.so.5", "target": "native/../../../libpq.so"}
    (native / "pg-symlinks.json").write_text(json.dumps([entry]), encoding="utf-8")

    with pytest.raises(NotInstallableError, match="out of its folder"):
        postgresql._link(native)


@pytest.mark.parametrize(
    ("says", "taken"),
    [("go1.26.8", True), ("go1.24", True), ("go1.23.9", False), ("devel", False)],
)
def test_a_go_that_is_too_old_is_passed_over(
    says: str, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    found = program(tmp_path, "go", says)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert go.find((1, 24)) == (found if taken else None)


def test_kubo_is_built_in_its_own_folder_whose_checksums_are_those_of_what_it_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = tmp_path / "module"
    source.mkdir()
    said = f'{{"Sum": "{Kubo.checksum}", "Dir": "{source}"}}'
    go_program = tmp_path / "go"
    go_program.write_text(
        f"""#!/bin/sh
case "$1" in
env) echo go1.26.6 ;;
mod) echo '{said}' ;;
build) echo "$PWD $GOFLAGS $CGO_ENABLED" > built-by; cp "$0" "$5" ;;
esac
""",
        encoding="utf-8",
    )
    go_program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("GOFLAGS", "-mod=mod")

    Kubo(tmp_path / "own").install()

    assert Kubo(tmp_path / "own").find() == tmp_path / "own" / "ipfs"
    assert (source / "built-by").read_text() == f"{source} -mod=readonly 0\n"


def test_a_go_that_fails_says_how(tmp_path: Path):
    broken = tmp_path / "go"
    broken.write_text("#!/bin/sh\necho 'module not found' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)

    with pytest.raises(NotInstallableError, match="go failed: module not found"):
        go.run(broken, ["install", "example"])


@pytest.mark.parametrize("service", [Geth, Kubo])
def test_a_module_that_is_another_is_not_built(
    service: type[Geth | Kubo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program(tmp_path, "go", '{"Sum": "h1:another"}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(go, "_version", lambda _: service.min_go)
    monkeypatch.setattr("tools.services.service.ATTEMPTS", 1)

    with pytest.raises(NotInstallableError, match="is not the module it should be: h1:another"):
        service(tmp_path / "own").install()
    assert service(tmp_path / "own").find() is None


def test_an_archive_that_is_another_is_refused(tmp_path: Path):
    archive = tmp_path / "anvil.tgz"
    archive.write_bytes(b"one")
    digest = base64.b64encode(hashlib.sha512(b"one").digest()).decode()
    require_integrity(archive, f"sha512-{digest}")

    archive.write_bytes(b"another")
    with pytest.raises(NotInstallableError, match="is not the archive it should be"):
        require_integrity(archive, f"sha512-{digest}")


def test_on_a_machine_without_a_package_that_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("platform.machine", lambda: "pdp11")

    for service in (Anvil(tmp_path), PostgreSQL(tmp_path)):
        with pytest.raises(NotInstallableError, match="pdp11"):
            service.install()


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
@pytest.mark.parametrize("action", ["install", "check"])
def test_what_is_missing_is_an_error_in_ci_only(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    action: str,
    ci: str,
    code: int,
):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "SERVICES", (Absent(),))

    assert command.main([action]) == code
    said = capsys.readouterr().out
    assert "by hand: put absent on PATH" in said
    assert ("no registry has it" in said) == (action == "install")


def test_a_test_that_lacks_its_service_is_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="put absent on PATH"):
        required(Absent())
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Absent"):
        required(Absent())


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_service_says_what_it_is_for_and_how_to_get_it(service: Service):
    assert service.needed_for.startswith("tests of")
    assert service.by_hand
