"""What a scheduler delivers becomes a record, once, if the hook's file says how."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.capture.mapping import MappingError
from ledger.client import Client
from ledger.errors import NotFoundError
from ledger.hooks import deliveries
from ledger.hooks.deliveries import Deliveries
from ledger.hooks.errors import HookFileError
from ledger.hooks.errors import KeyReusedError
from ledger.hooks.errors import NoRecordError
from ledger.hooks.errors import WrongSenderError
from ledger.hooks.hook import load_hook
from ledger.node import Node
from ledger.offline import OfflineNode
from tests.accounts.test_sign_in import Clock
from tests.webapp.conftest import Served
from webapp import create_app

GITHUB_SECRET = "It's a Secret to Everybody"
GITHUB_BODY = b"Hello, World!"
GITHUB_SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
"""The values that GitHub publishes to test with ("Validating webhook deliveries")."""

FIELDS = """
[fields]
"job.name" = "dag.id"
"job.framework.name" = { constant = "airflow" }
"cluster.nodes" = { constant = 1 }
"runtime_seconds" = { column = "dag.ended", since = "dag.began" }
"status" = { column = "state", values = { "success" = "succeeded" } }
"""
EVENT = {
    "dag": {"id": "nightly", "began": "2026-01-01T00:00:00Z", "ended": "2026-01-01T01:00:30+01:00"},
    "state": "success",
    "nobody": {"reads": ["this"]},
}


def body(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


@pytest.fixture
def folder(home: Path) -> Path:
    folder = home / "hooks"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, text: str, name: str = "airflow", mode: int = 0o600) -> None:
    path = folder / f"{name}.toml"
    path.write_text(text)
    path.chmod(mode)


@pytest.fixture
def node(home: Path, folder: Path) -> Iterator[OfflineNode]:
    with OfflineNode(settings.load(home)) as found:
        yield found


def take(node: OfflineNode, content: bytes, key: str | None = None, name: str = "airflow") -> Any:
    return node.hooks.deliver(node.hooks.hook(name), content, key)


def test_an_event_becomes_a_record_by_the_hooks_map(node: OfflineNode, folder: Path):
    write(folder, FIELDS)

    delivered = take(node, body())

    assert delivered.what == "taken"
    record = node.queries.record(delivered.cid).record
    assert record["job"] == {"name": "nightly", "framework": {"name": "airflow"}}
    assert (record["runtime_seconds"], record["status"]) == (30, "succeeded")
    assert (record["origin"]["kind"], record["origin"]["row"]) == ("file", 1)
    assert node.unsigned() == [delivered.cid]


def test_without_a_map_an_event_is_a_record_in_the_ledgers_own_form(
    node: OfflineNode, folder: Path
):
    write(folder, "")
    own = {
        "job": {"name": "sort", "framework": {"name": "dagster"}},
        "cluster": {"nodes": 2},
        "runtime_seconds": 5,
    }

    delivered = take(node, json.dumps(own).encode())

    assert node.queries.record(delivered.cid).record["job"]["name"] == "sort"


def test_sent_again_it_is_the_same_by_its_key_and_by_its_bytes(node: OfflineNode, folder: Path):
    write(folder, FIELDS)
    write(folder, FIELDS, "other")

    first = take(node, body(), "a1")
    again = take(node, body(), "a1")
    unnamed = take(node, body())

    assert (first.what, again.what, unnamed.what) == ("taken", "known", "known")
    assert len({first.cid, again.cid, unnamed.cid}) == 1
    with pytest.raises(KeyReusedError, match="with another body"):
        take(node, body(state="failed"), "a1")
    other = take(node, body(state="failed"), "a1", name="other")
    assert other.what == "taken", "keys are of one hook"
    assert len(node.unsigned()) == 2


def test_a_delivery_sent_again_under_another_key_does_not_take_that_from_a_later_one(
    node: OfflineNode, folder: Path
):
    write(folder, FIELDS)
    take(node, body(), "run-1")

    assert take(node, body(), "run-2").what == "known", "keys are not signed: anybody can do this"

    assert take(node, body(state="failed"), "run-2").what == "taken"
    assert take(node, body(), "run-1").what == "known"


def test_a_delivery_of_which_nothing_came_may_come_again_mended(node: OfflineNode, folder: Path):
    write(folder, FIELDS)

    with pytest.raises(NoRecordError):
        take(node, body(state="on fire"), "a1")

    assert take(node, body(), "a1").what == "taken"


def test_a_delivery_that_was_cut_short_is_taken_when_it_comes_again(
    home: Path, node: OfflineNode, folder: Path
):
    write(folder, FIELDS)
    content = body()
    node.hooks.deliver(node.hooks.hook("airflow"), content)
    interrupted = Deliveries(home / "deliveries.sqlite")
    import hashlib

    interrupted.begin("airflow", "a1", hashlib.sha256(content).digest())
    interrupted.close()

    assert take(node, content, "a1").what == "known", "its record had been kept"
    assert take(node, content, "a1").what == "known"


def test_keys_are_forgotten_after_a_while(tmp_path: Path):
    clock = Clock()
    memory = Deliveries(tmp_path / "deliveries.sqlite", clock)
    memory.begin("h", "k", b"1")
    memory.taken("h", "k", "bafy")
    assert memory.begin("h", "k", b"1") == "bafy"

    clock.now += deliveries.KEPT_SECONDS + 1

    assert memory.begin("h", "k", b"2") is None
    memory.close()


def test_events_of_other_kinds_are_passed_over(node: OfflineNode, folder: Path):
    write(
        folder, '[hook]\nonly = { state = ["success", "failed"], "dag.id" = "nightly" }\n' + FIELDS
    )

    assert take(node, body(state="running"), "a1").what == "ignored"
    assert take(node, body(dag={**EVENT["dag"], "id": "x"}), "a1").what == "ignored"
    assert take(node, b"[1]", "a2").what == "ignored"
    assert take(node, body(), "a1").what == "taken"


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        (b"\xff", "", "utf-8"),
        (b"{", "", "not JSON"),
        (b"[]", "", "not a JSON object"),
        (b'{"state": "success"}', "", "no column 'dag.began'"),
        (body(state="on fire"), "state", "succeeded"),
        (body(dag={**EVENT["dag"], "ended": "later"}), "dag.ended", "not a moment"),
        (body(dag={**EVENT["dag"], "ended": "2026-01-01T00:00:00"}), "dag.ended", "time zone"),
        (body(dag={**EVENT["dag"], "ended": "2025-01-01T00:00:00Z"}), "dag.ended", "is before"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "", "bytes"),
    ],
)
def test_an_event_that_makes_no_record_is_refused_with_what_is_wrong(
    node: OfflineNode, folder: Path, content: bytes, field: str, reason: str
):
    write(folder, FIELDS)

    with pytest.raises(NoRecordError) as refused:
        take(node, content)

    assert refused.value.field == field
    assert reason in refused.value.reason
    assert node.unsigned() == []


def test_the_privacy_policy_is_applied(home: Path, node: OfflineNode, folder: Path):
    write(folder, FIELDS)
    (home / "privacy.toml").write_text('[[rule]]\naction = "hash"\nfields = ["job.name"]\n')

    record = node.queries.record(take(node, body()).cid).record

    assert record["job"]["name"].startswith("hmac-sha256:")


def test_signatures_are_those_that_github_makes(folder: Path):
    write(folder, f'[hook]\nsecret = "{GITHUB_SECRET}"\n')
    hook = load_hook(folder, "airflow")

    hook.require_signature(GITHUB_BODY, GITHUB_SIGNATURE)
    hook.require_signature(GITHUB_BODY, GITHUB_SIGNATURE.upper())


@pytest.mark.parametrize(
    ("content", "signature"),
    [
        (GITHUB_BODY + b" ", GITHUB_SIGNATURE),
        (GITHUB_BODY, GITHUB_SIGNATURE[:-1] + "0"),
        (GITHUB_BODY, GITHUB_SIGNATURE.removeprefix("sha256=")),
        (GITHUB_BODY, GITHUB_SIGNATURE.replace("256", "1", 1)),
        (GITHUB_BODY, ""),
        (GITHUB_BODY, "ä\udcff"),
    ],
)
def test_another_signature_is_refused(folder: Path, content: bytes, signature: str):
    write(folder, f'[hook]\nsecret = "{GITHUB_SECRET}"\n')

    with pytest.raises(WrongSenderError):
        load_hook(folder, "airflow").require_signature(content, signature)


def test_a_hook_without_a_secret_has_no_signature_that_fits(folder: Path):
    write(folder, "")
    import hashlib
    import hmac

    empty = "sha256=" + hmac.digest(b"", b"{}", hashlib.sha256).hex()

    with pytest.raises(WrongSenderError):
        load_hook(folder, "airflow").require_signature(b"{}", empty)


@pytest.mark.parametrize("name", ["none", "../airflow", "", "Airflow", "a" * 64, "airflow.toml"])
def test_only_hooks_that_there_are_can_be_named(folder: Path, name: str):
    write(folder, FIELDS)

    with pytest.raises(NotFoundError):
        load_hook(folder, name)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("[hook", 0o600, "cannot be read"),
        ('[hook]\nsecrets = "x"', 0o600, "hook.secrets"),
        ('[hook]\nsecret = "short"', 0o600, "hook.secret"),
        ('[hook]\nsecret = "long enough to be one"', 0o640, "chmod 600"),
        ('[hook]\nsignature_header = "no header"', 0o600, "hook.signature_header"),
        ("#" * 300_000, 0o600, "characters"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_never_its_secret(
    folder: Path, text: str, mode: int, reason: str
):
    write(folder, text, mode=mode)

    with pytest.raises(HookFileError) as refused:
        load_hook(folder, "airflow")

    assert reason in refused.value.message
    assert "short" not in refused.value.diagnostics()


@pytest.mark.parametrize("text", ['[fields]\n"job.name" = "x"\n', "[event_logs.fields]\n"])
def test_a_map_that_reads_no_event_is_refused(folder: Path, text: str):
    write(folder, text)

    with pytest.raises(MappingError):
        load_hook(folder, "airflow")


def test_keys_that_the_map_does_not_read_are_refused_where_it_says_so(
    node: OfflineNode, folder: Path
):
    write(folder, 'unknown_columns = "error"\n' + FIELDS)

    with pytest.raises(NoRecordError, match=r"nobody\.reads"):
        take(node, body())


def test_what_services_send_may_have_more_keys_than_a_table_columns(
    node: OfflineNode, folder: Path
):
    write(folder, FIELDS)

    assert take(node, body(many={str(number): number for number in range(2_000)})).what == "taken"


def test_a_client_delivers(home: Path, folder: Path):
    write(folder, FIELDS)
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        node.connect()
        with Served(create_app(node)) as served, Client(served.url) as client:
            first = client.deliver_event("airflow", EVENT, key="k1")
            again = client.deliver_event("airflow", EVENT, key="k1")

    assert (first.state, again.state) == ("taken", "known")
    assert first.cid == again.cid
    assert Scope.HOOKS.meaning
