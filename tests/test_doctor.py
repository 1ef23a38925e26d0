"""`doctor` looks at every part, and one that is broken does not hide the next."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from eth_account import Account
from flask import Flask
from werkzeug.serving import make_server

from ledger import doctor
from ledger import settings
from ledger.chain import connection
from ledger.doctor import Finding
from ledger.node import Node
from ledger.peers.book import Book
from ledger.record.cid import digest_of
from ledger.settings import Settings
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.conftest import execution
from webapp import create_app

PARTS = [
    "home",
    "blocks",
    "outbox",
    "pins",
    "chain",
    "contracts",
    "validators",
    "keys",
    "index",
    "app",
    "sync",
    "peers",
]


def chosen_settings(home: Path, **changes: Any) -> Settings:
    given = {"chain_port": 0, "app_port": 0, "dev_validators": 2, "quorum": 1, **changes}
    return settings.load(home, **given)


@pytest.fixture
def idle(home: Path) -> Settings:
    """A ledger with one record; nothing of it runs."""
    made = chosen_settings(home)
    with Node(made) as node:
        node.connect()
        node.submit(node.accept([execution("sort", "m4.2xlarge", 2, 10, 0)]).new)
        node.cycle()
    return made


@pytest.fixture
def chosen(idle: Settings) -> Iterator[Settings]:
    """The same, while its chain is served."""
    with connection.connect(idle):
        yield idle


def findings(chosen: Settings) -> dict[str, Finding]:
    return {finding.part: finding for finding in doctor.examine(chosen)}


def broken(chosen: Settings) -> set[str]:
    found = findings(chosen)
    assert all(finding.hint for finding in found.values() if not finding.ok)
    return {part for part, finding in found.items() if not finding.ok}


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_sound_ledger_has_nothing_wrong(chosen: Settings):
    found = findings(chosen)

    assert list(found) == PARTS
    assert broken(chosen) == set()
    assert found["validators"].says == "2 active, 1 have to agree"
    assert "1 records in 1 batches" in found["index"].says
    assert "at the head" in found["sync"].says


def test_a_ledger_at_rest_is_sound_and_looking_changes_no_file(idle: Settings):
    before = files(idle.home)

    found = findings(idle)

    assert broken(idle) == set()
    assert "not running" in found["chain"].says
    assert "perfledger up" in found["chain"].hint
    assert "not looked at" in found["validators"].says
    assert files(idle.home) == before


@pytest.mark.parametrize(
    ("lost", "part"),
    [
        ("blocks.sqlite", "blocks"),
        ("outbox.sqlite", "outbox"),
        ("chain/chain.sqlite", "chain"),
        ("deployments/1337.json", "contracts"),
        ("index.sqlite", "index"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_makes_it(
    idle: Settings, lost: str, part: str
):
    (idle.home / lost).unlink()
    before = files(idle.home)

    assert part in broken(idle)
    assert "perfledger init" in findings(idle)[part].hint
    assert files(idle.home) == before


def test_nothing_is_made_in_an_empty_folder(home: Path):
    home.mkdir()

    assert {"blocks", "outbox", "chain", "contracts", "index"} <= broken(chosen_settings(home))
    assert list(home.iterdir()) == []


def test_an_index_of_an_older_version_is_found_and_left_as_it_is(idle: Settings):
    with closing(sqlite3.connect(idle.home / "index.sqlite")) as index:
        index.execute("DELETE FROM alembic_version")
        index.commit()

    assert "index" in broken(idle)
    assert "older version" in findings(idle)["index"].says


def test_a_node_without_a_key_follows_only_and_nothing_is_wrong_with_that(chosen: Settings):
    url = (chosen.chain_path.parent / "url").read_text()

    found = findings(chosen_settings(chosen.home, rpc_url=url))

    assert [part for part, finding in found.items() if not finding.ok] == []
    assert "follows only" in found["keys"].says


def test_how_far_the_index_is_behind_is_told_with_the_time_since(chosen: Settings):
    with Node(chosen) as node:
        node.submit(node.accept([execution("sort", "m4.2xlarge", 2, 20, 0)]).new)
        node.carrier.step()

    says = findings(chosen)["sync"].says

    assert re.match(r"1 blocks behind the head, since \d{4}-\d\d-\d\d \d\d:\d\d UTC", says)
    assert "perfledger up" in says


def test_a_running_app_is_asked_how_it_is(chosen: Settings):
    with Node(chosen) as node, served(create_app(node)) as port:
        found = findings(chosen_settings(chosen.home, app_port=port))

    assert found["app"].says == f"http://127.0.0.1:{port} answers: ok"
    gone = findings(chosen_settings(chosen.home, app_port=port))["app"]
    assert gone.ok
    assert "not running" in gone.says


def test_a_running_node_that_does_not_get_on_is_found(chosen: Settings):
    with Node(chosen) as node, served(create_app(node)) as port:
        node.submit(node.accept([execution("sort", "m4.2xlarge", 2, 20, 0)]).new)
        node.carrier.step()
        running = chosen_settings(chosen.home, app_port=port)
        with patch.object(doctor, "LATE_SECONDS", -3600):  # as if the block were an hour old
            assert broken(running) == {"sync"}


def test_an_app_whose_index_is_gone_is_found(chosen: Settings):
    with Node(chosen) as node, served(create_app(node)) as port:
        node.connect()
        node.index.close()
        (chosen.home / "index.sqlite").write_bytes(b"no database" * 1000)
        for beside in ("index.sqlite-wal", "index.sqlite-shm"):
            (chosen.home / beside).unlink(missing_ok=True)
        found = findings(chosen_settings(chosen.home, app_port=port))

    assert not found["app"].ok
    assert "is not well: the index at" in found["app"].says


def test_another_program_at_the_port_of_the_app_is_found(chosen: Settings):
    with served(Flask("another")) as port:
        running = chosen_settings(chosen.home, app_port=port)

        assert broken(running) == {"app"}
        assert "something other than the app" in findings(running)["app"].says


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """An app on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def book_of(chosen: Settings) -> Iterator[Book]:
    book = Book(chosen.peers_path)
    try:
        yield book
    finally:
        book.close()


def test_peers_are_told_with_what_is_missing_and_who_is_not_trusted(chosen: Settings):
    chosen.peers_path.unlink(missing_ok=True)
    assert "not looked for yet" in findings(chosen)["peers"].says
    with book_of(chosen) as book:
        assert "no other node is known" in findings(chosen)["peers"].says
        book.peers.name("peer", ["http://a.example", "http://b.example"])
        book.peers.answered("http://a.example")
        book.peers.failed("http://b.example", "it does not answer")
        book.peers.distrust("http://c.example", "it sent other bytes")
        book.wants.add([(digest_of(b"a"), "batch")])
    before = chosen.peers_path.read_bytes()

    found = findings(chosen)["peers"]

    assert chosen.peers_path.read_bytes() == before
    assert found.ok
    assert found.says == (
        "1 of 3 nodes answered when they were last asked; "
        "1 not trusted: http://c.example (it sent other bytes); 1 missing, the first for 0 min"
    )


def test_nodes_of_the_settings_that_do_not_answer_are_found(chosen: Settings):
    with book_of(chosen) as book:
        book.peers.name("peer", ["http://a.example"])
        book.peers.failed("http://a.example", "it does not answer")

    assert "none of the 1 nodes in the settings answers" in findings(chosen)["peers"].says
    assert broken(chosen) == {"peers"}


def test_a_node_of_the_settings_that_is_not_trusted_is_found_with_the_reason(chosen: Settings):
    with book_of(chosen) as book:
        book.peers.name("gateway", ["http://a.example"])
        book.peers.distrust("http://a.example", "it sent other bytes")

    found = findings(chosen)["peers"]
    assert (found.ok, found.says) == (
        False,
        "http://a.example is not trusted: it sent other bytes",
    )
    assert "perfledger node trust http://a.example" in found.hint


def test_damaged_blocks_that_nobody_has_mended_are_found(chosen: Settings):
    with book_of(chosen) as book:
        book.checks.damaged(digest_of(b"a"))
        assert broken(chosen) == {"peers"}
        book.checks.mended(digest_of(b"a"))
        assert broken(chosen) == set()


def test_a_missing_home_is_all_there_is_to_say(home: Path):
    (finding,) = doctor.examine(settings.load(home))

    assert (finding.part, finding.ok) == ("home", False)
    assert "perfledger init" in finding.hint
    assert not home.exists()


def test_a_chain_that_is_down_hides_nothing_else(chosen: Settings):
    down = chosen_settings(chosen.home, rpc_url="http://127.0.0.1:1", private_key="0x" + "17" * 32)

    assert broken(down) == {"chain", "contracts", "validators", "keys", "sync"}


@pytest.mark.parametrize(
    ("file", "part"),
    [("blocks.sqlite", "blocks"), ("outbox.sqlite", "outbox")],
)
def test_a_damaged_file_is_found(chosen: Settings, file: str, part: str):
    path = chosen.home / file
    path.write_bytes(path.read_bytes()[:100] + b"\xa5" * (path.stat().st_size - 100))

    assert part in broken(chosen)
    assert file in findings(chosen)[part].says


def test_a_damaged_index_is_found_with_what_to_do(chosen: Settings):
    (chosen.home / "index.sqlite").write_bytes(b"no database" * 1000)

    assert broken(chosen) == {"index", "sync"}


def test_a_deployment_of_another_ledger_is_found(chosen: Settings):
    path = chosen.deployment_path
    path.write_text(path.read_text().replace('"registry": "0x', '"registry": "0x00')[:-3])

    assert {"contracts", "validators"} <= broken(chosen)


def test_a_key_without_ether_is_found(chosen: Settings):
    poor = chosen_settings(chosen.home, private_key="0x" + Account.create().key.hex())

    assert broken(poor) == {"keys"}


def test_too_few_validators_for_the_quorum_are_found(home: Path):
    chosen = chosen_settings(home, dev_validators=1, quorum=2)
    with Node(chosen) as node:
        node.connect()
        node.sync.step()

        assert broken(chosen) == {"validators"}


def test_the_command_tells_each_finding_and_exits_with_1_if_one_is_bad(chosen: Settings):
    sound = succeed(chosen.home, "doctor")
    down = perfledger(chosen.home, "doctor", PERFLEDGER_RPC_URL="http://127.0.0.1:1")
    listed = perfledger(chosen.home, "doctor", "--json", PERFLEDGER_RPC_URL="http://127.0.0.1:1")

    assert sound.out.count("✓") == len(PARTS)
    assert (down.code, listed.code) == (1, 1)
    assert "✗ chain" in down.out
    assert "→ Is the node up?" in down.out
    assert [finding["part"] for finding in listed.json] == PARTS
