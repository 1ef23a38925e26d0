"""`car` writes whole batches to files, and keeps what is in them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.ipld.car import CARReader
from tests.cli.command import ENVIRONMENT
from tests.cli.command import perfledger
from tests.cli.command import succeed


@pytest.fixture
def batch(used_home: Path, accepted_cid: str) -> dict[str, Any]:
    """The only batch of the home."""
    found: dict[str, Any] = succeed(used_home, "show", accepted_cid, "--json").json["batch"]
    return found


@pytest.fixture
def file(used_home: Path, batch: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "batch.car"
    succeed(used_home, "car", "export", batch["manifest_cid"], "-o", path)
    return path


@pytest.fixture
def other_home(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "other home"))


def in_a_process(home: Path, *arguments: str | Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "ledger.cli", "--home", home, *arguments],
        env=os.environ | ENVIRONMENT,
        input=stdin,
        capture_output=True,
        check=True,
        timeout=120,
    ).stdout


def test_a_batch_is_exported_by_its_id_or_by_its_manifest(
    used_home: Path, batch: dict[str, Any], file: Path, tmp_path: Path
):
    by_id = tmp_path / "by id.car"

    said = succeed(used_home, "car", "export", batch["batch_id"], "-o", by_id).err

    assert by_id.read_bytes() == file.read_bytes()
    assert f"{by_id}: {by_id.stat().st_size:,} bytes" in said
    with file.open("rb") as stream:
        assert [str(root) for root in CARReader(stream).roots] == [batch["manifest_cid"]]


def test_another_home_keeps_what_is_imported(
    file: Path, batch: dict[str, Any], other_home: Path, tmp_path: Path
):
    first = succeed(other_home, "car", "import", file)
    again = succeed(other_home, "car", "import", file, "--json").json

    assert f"{file}: 10 blocks, 10 of them new" in first.out
    assert f"root {batch['manifest_cid']}" in first.out
    assert again == [
        {
            "file": str(file),
            "roots": [batch["manifest_cid"]],
            "blocks": 10,
            "new": 0,
            "missing": 0,
            "problem": "",
        }
    ]
    back = tmp_path / "back.car"
    succeed(other_home, "car", "export", batch["manifest_cid"], "-o", back)
    assert back.read_bytes() == file.read_bytes()


def test_standard_streams_carry_a_batch_from_one_home_to_another(
    used_home: Path, batch: dict[str, Any], file: Path, other_home: Path
):
    content = in_a_process(used_home, "car", "export", batch["manifest_cid"], "-o", "-")

    assert content == file.read_bytes()
    assert b"10 blocks, 10 of them new" in in_a_process(
        other_home, "car", "import", "-", stdin=content
    )


def test_a_damaged_file_is_given_up_by_name_and_the_others_go_in(
    file: Path, other_home: Path, tmp_path: Path
):
    damaged = tmp_path / "damaged.car"
    *content, last = file.read_bytes()
    damaged.write_bytes(bytes([*content, last ^ 1]))

    outcome = perfledger(other_home, "car", "import", damaged, file, "--json")

    assert outcome.code == 65
    assert f"not all of {damaged} could be read" in outcome.err
    bad, good = outcome.json
    assert (bad["blocks"], bad["new"]) == (9, 9)
    assert "does not hash to its CID" in bad["problem"]
    assert (good["blocks"], good["new"], good["problem"]) == (10, 1, "")


def test_a_file_that_is_cut_off_between_blocks_lacks_what_it_links_to(
    file: Path, other_home: Path, tmp_path: Path
):
    with file.open("rb") as stream:
        *_, last = CARReader(stream)
    cut = tmp_path / "cut.car"
    size = len(bytes(last.cid)) + len(last.data)
    cut.write_bytes(file.read_bytes()[: -size - (1 if size < 128 else 2)])

    outcome = succeed(other_home, "car", "import", cut)

    assert "9 blocks, 9 of them new" in outcome.out
    assert "1 blocks that it links to are neither in it nor here" in outcome.err


def test_what_is_not_here_leaves_no_file(other_home: Path, batch: dict[str, Any], tmp_path: Path):
    target = tmp_path / "none.car"

    absent = perfledger(other_home, "car", "export", batch["manifest_cid"], "-o", target)
    unknown = perfledger(other_home, "car", "export", "0x" + "00" * 32, "-o", target)
    nonsense = perfledger(other_home, "car", "export", "nonsense", "-o", target)

    assert (absent.code, unknown.code, nonsense.code) == (69, 66, 65)
    assert f"block {batch['manifest_cid']} is not in the store" in absent.err
    assert "not a CID" in nonsense.err
    assert sorted(path.name for path in tmp_path.glob("*.car*")) == []
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_failing_export_leaves_the_file_that_was_there(
    used_home: Path, file: Path, tmp_path: Path
):
    before = file.read_bytes()

    assert perfledger(used_home, "car", "export", "0x" + "00" * 32, "-o", file).code == 66
    assert file.read_bytes() == before
