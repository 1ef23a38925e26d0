"""A third party keeps batches: a real pinning service over a daemon of its own."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import settings
from ledger.anchor.manifest import read_batch
from ledger.follow import Follower
from ledger.node import Node
from ledger.record.cid import from_text
from ledger.store.kubo import KuboStore
from ledger.store.pinning import PinState
from tests.cli.command import Outcome
from tests.cli.command import perfledger
from tests.cli.command import write_records
from tests.conftest import executions
from tests.store.kubo.daemons import Daemon
from tests.store.kubo.daemons import kubo
from tests.store.pinning_service import TOKEN
from tests.store.pinning_service import Service
from tests.store.pinning_service import pinning_service
from tests.test_follow import eventually

Command = Callable[..., Outcome]


@pytest.fixture
def publisher(tmp_path: Path) -> Iterator[Daemon]:
    with kubo(tmp_path / "publisher") as running:
        yield running


@pytest.fixture
def third_party(tmp_path: Path) -> Iterator[Daemon]:
    with kubo(tmp_path / "third party") as running:
        yield running


@pytest.fixture
def service(third_party: Daemon) -> Iterator[Service]:
    with pinning_service(third_party) as running:
        yield running


@pytest.fixture
def environment(publisher: Daemon, service: Service) -> dict[str, str]:
    return {
        "PERFLEDGER_KUBO_URL": publisher.url,
        "PERFLEDGER_PINNING_URL": service.url,
        "PERFLEDGER_PINNING_TOKEN": TOKEN,
    }


@pytest.fixture
def command(environment: dict[str, str], tmp_path: Path) -> Command:
    """The command over a home with two batches, whose blocks the publisher's daemon has."""

    def call(*arguments: str | Path, code: int = 0) -> Outcome:
        outcome = perfledger(tmp_path / "home", *arguments, **environment)
        assert outcome.code == code, outcome.err
        return outcome

    call("init")
    for name, records in (("first", executions()[:4]), ("second", executions()[4:10])):
        call("contribute", write_records(tmp_path / f"{name}.jsonl", records))
    return call


def test_a_third_party_holds_the_batches_after_their_publisher_has_gone(
    command: Command, publisher: Daemon, third_party: Daemon
):
    asked = command("pin", "add", "--all", "--wait", "--json").json
    assert [each["status"] for each in asked] == ["pinned", "pinned"]

    publisher.stop()
    third_party.ipfs("repo", "gc")

    with closing(KuboStore(third_party.url)) as theirs:
        found = [read_batch(theirs, from_text(each["manifest_cid"])) for each in asked]
        assert [batch.count for batch in found] == [4, 6]
        for batch in found:
            assert len(list(theirs.get_many(batch.records()))) == batch.count


def test_the_status_of_each_batch_is_shown_and_kept(
    command: Command, service: Service, tmp_path: Path
):
    before = command("pin", "status", "--all").out
    assert before.count("not asked for") == 2

    first, second = command("pin", "add", "--all", "--wait", "--json").json
    command("pin", "remove", first["batch"])

    said = command("pin", "status", "--all").out.splitlines()
    assert said == [f"{first['batch']}: not asked for", f"{second['batch']}: pinned"]
    (listed,) = command("pin", "list", "--json").json
    assert listed["batch_id"] == second["batch"]
    assert listed["status"] == "pinned"
    assert f"{second['batch']}  pinned" in command("pin", "list").out
    assert (tmp_path / "home" / "pins.sqlite").exists()


def test_what_is_pinned_is_not_asked_for_again(command: Command, service: Service):
    command("pin", "add", "--all", "--wait")
    asked = set(service.requests)

    command("pin", "add", "--all", "--wait")

    assert set(service.requests) == asked


def test_a_removed_batch_is_collected_there_and_not_here(
    command: Command, publisher: Daemon, third_party: Daemon
):
    (first, _) = command("pin", "add", "--all", "--wait", "--json").json
    command("pin", "remove", first["batch"])
    third_party.ipfs("repo", "gc")
    publisher.ipfs("repo", "gc")

    manifest = from_text(first["manifest_cid"])
    with closing(KuboStore(third_party.url)) as theirs, closing(KuboStore(publisher.url)) as ours:
        assert theirs.missing([manifest]) == [manifest]
        assert ours.missing([manifest]) == []


def test_a_batch_that_the_service_cannot_fetch_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tests.store.pinning_service.FETCH_SECONDS", 1)
    nowhere = "bafyreigkg4ckucyg6wkuy6poqn72ufjnqtllfvbihdygg6qv5wudg7n5zy"

    refused = command("pin", "add", nowhere, "--wait", code=69)

    assert f"{nowhere}: failed (status_details:" in refused.out
    assert "failed with 1 of 1 batches" in refused.err
    assert "--origin" in refused.err


def test_a_batch_of_the_embedded_store_is_fetched_from_an_origin_that_is_named(
    service: Service, third_party: Daemon, publisher: Daemon, tmp_path: Path
):
    home, file = tmp_path / "embedded", tmp_path / "batch.car"
    chosen = {"PERFLEDGER_PINNING_URL": service.url, "PERFLEDGER_PINNING_TOKEN": TOKEN}
    perfledger(home, "init")
    perfledger(home, "contribute", write_records(tmp_path / "runs.jsonl", executions()[:3]))
    (batch,) = perfledger(home, "pin", "status", "--all", "--json", **chosen).json
    perfledger(home, "car", "export", batch["batch"], "-o", file)
    publisher.ipfs("dag", "import", file)

    asked = perfledger(
        home, "pin", "add", batch["batch"], "--wait", "--origin", publisher.address, **chosen
    )

    assert asked.out == f"{batch['batch']}: pinned\n", asked.err


def test_up_has_each_batch_pinned_once_it_is_final(
    command: Command, environment: dict[str, str], service: Service, tmp_path: Path
):
    chosen = settings.load(
        tmp_path / "home",
        chain_port=0,
        app_port=0,
        sync_seconds=0.05,
        pinning_auto=True,
        **{name.removeprefix("PERFLEDGER_").lower(): value for name, value in environment.items()},
    )
    with Node(chosen) as node:
        node.connect()
        follower = Follower(node, chosen)
        follower.start()
        try:
            eventually(
                lambda: [each.status for each in service.requests.values()] == [PinState.PINNED] * 2
            )
        finally:
            follower.stop()
        assert len(node.remote_pins.known()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["add"], 2, "name batches, or --all"),
        (["add", "--all", "0x" + "00" * 32], 2, "name batches, or --all"),
        (["status", "0x" + "00" * 32], 66, ""),
        (["status", "nonsense"], 65, "not a CID of this ledger"),
    ],
)
def test_what_names_no_batch_is_refused(
    command: Command, arguments: list[str], code: int, says: str
):
    assert says in command("pin", *arguments, code=code).err


def test_without_a_service_it_says_how_to_choose_one(tmp_path: Path):
    perfledger(tmp_path / "home", "init")

    refused = perfledger(tmp_path / "home", "pin", "list")

    assert refused.code == 78
    assert "PERFLEDGER_PINNING_URL" in refused.err
