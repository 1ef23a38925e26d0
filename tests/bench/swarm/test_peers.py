"""Real nodes on the emulated network: what the benchmarks do, as small as it can be."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import peers as command
from bench.network import NamespacesNeededError
from bench.swarm.bootstrap import Plan as BootstrapPlan
from bench.swarm.bootstrap import measure as measure_bootstrap
from bench.swarm.checking import check
from bench.swarm.swarm import Swarm
from tests.services import required
from tools.services import Anvil

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("namespaces"), pytest.mark.timeout(600)]

DEADLINE_SECONDS = 180.0


def silent(_what: str, _done: int, _of: int) -> None:
    pass


def test_peers_get_a_batch_although_one_of_them_lies(tmp_path: Path):
    required(Anvil())
    with Swarm(tmp_path, 3, seed=1, liars=1) as swarm:
        everybody = [swarm.serving, *swarm.peers]
        swarm.start(everybody, DEADLINE_SECONDS)
        swarm.await_acquaintance(1, DEADLINE_SECONDS)

        anchored = swarm.publisher.anchor(20)
        names = [peer.name for peer in everybody]
        lacking = swarm.watch.wait(names, [anchored.manifest], DEADLINE_SECONDS)
        for peer in everybody:
            peer.stop()

        found = [check(peer.name, peer.home, anchored.records) for peer in everybody]
        complete = [swarm.watch.peers[name].complete[anchored.manifest] for name in names]

    assert lacking == set()
    assert [each for each in found if not each.is_whole] == []
    assert min(complete) > anchored.at


def test_a_peer_that_was_killed_goes_on_where_it_was(tmp_path: Path):
    required(Anvil())
    with Swarm(tmp_path, 1, seed=1) as swarm:
        (peer,) = swarm.peers
        swarm.start([swarm.serving, peer], DEADLINE_SECONDS)
        first = swarm.publisher.anchor(3)
        assert not swarm.watch.wait([peer.name], [first.manifest], DEADLINE_SECONDS)

        peer.kill()
        second = swarm.publisher.anchor(3)
        peer.start()
        lacking = swarm.watch.wait([peer.name], [second.manifest], DEADLINE_SECONDS)
        peer.stop()

        found = check(peer.name, peer.home, first.records + second.records)

    assert lacking == set()
    assert found.is_whole


def test_whoever_joins_is_measured(tmp_path: Path):
    required(Anvil())
    plan = BootstrapPlan(records=20, joins=2, budget_seconds=DEADLINE_SECONDS)

    result = measure_bootstrap(tmp_path / "work", plan, silent, tmp_path / "logs")

    assert [each["present"] for each in result["joined"]] == [1, 2]
    assert result["never"] == 0
    for each in result["joined"]:
        assert each["seconds"] > 0
        assert each["cpu_seconds"] > 0
        assert each["peak_rss"] >= each["rss"] > 0
    assert (tmp_path / "logs" / "peer-0.log").read_text()
    assert json.dumps(result)


def test_where_namespaces_are_not_allowed_that_is_said(monkeypatch: pytest.MonkeyPatch):
    def refused() -> None:
        raise NamespacesNeededError("no network namespace", hint="Run it as root.")

    monkeypatch.setattr(command, "isolate", refused)

    told = CliRunner().invoke(command.main, ["replication", "--quick"])

    assert told.exit_code == NamespacesNeededError.exit_code
    assert "Run it as root." in told.output
