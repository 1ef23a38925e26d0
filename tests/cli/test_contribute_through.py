"""`contribute --server`: signed with a key of one's own, anchored by another node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.node import Node
from tests.cli.command import perfledger
from tests.cli.command import succeed
from tests.cli.command import write_records
from tests.conftest import executions
from tests.webapp.conftest import Served
from webapp import create_app

OWNER = Account.from_key("0x" + "17" * 32)
KEY = {"PERFLEDGER_PRIVATE_KEY": "0x" + "17" * 32}
"""Of an account without ether."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One that anchors for those whom its operator has named."""
    home = tmp_path_factory.mktemp("through") / "home"
    chosen = {"take_signed": "token", "contributors": OWNER.address}
    with Node(settings.load(home, app_port=0, chain_port=0, **chosen)) as found:
        found.connect()
        yield found


@pytest.fixture(scope="module")
def server(node: Node) -> Iterator[str]:
    with Served(create_app(node)) as served:
        yield served.url


@pytest.fixture(scope="module")
def token(node: Node) -> dict[str, str]:
    secret, _ = node.accounts.tokens.make(OWNER.address, "tests", [Scope.CONTRIBUTE], 1)
    return {"PERFLEDGER_TOKEN": secret}


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A home that is not there."""
    return tmp_path / "none"


def deployment_of(node: Node, path: Path, **changes: Any) -> Path:
    node.deployment.model_copy(update=changes).save(path)
    return path


def test_records_are_signed_here_and_anchored_there(
    node: Node, server: str, token: dict[str, str], nowhere: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[:3])
    known = deployment_of(node, tmp_path / "deployment.json")
    words = ["contribute", file, "--server", server, "--deployment", known, "--json"]

    outcome = succeed(nowhere, *words, "--no-wait", **KEY, **token)
    node.cycle()
    (again,) = succeed(nowhere, *words, **KEY, **token).json["contributions"]

    (found,) = outcome.json["contributions"]
    assert (found["count"], found["contributor"]) == (3, OWNER.address)
    assert (found["state"], again["state"], again["id"]) == ("pending", "final", found["id"])
    assert f"registry {node.deployment.registry}" in " ".join(outcome.err.split())
    assert node.queries.row(found["cids"][0]).contributor == OWNER.address
    assert not nowhere.exists()


def test_without_the_token_that_it_wants_nothing_is_taken(
    node: Node, server: str, nowhere: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[3:4])

    refused = perfledger(nowhere, "contribute", file, "--server", server, **KEY)

    assert refused.code == 1
    assert "this needs an API token" in refused.err
    assert node.unsigned() == []


def test_nothing_is_signed_for_another_ledger_than_was_meant(
    node: Node, server: str, token: dict[str, str], nowhere: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[4:5])
    other = deployment_of(node, tmp_path / "other.json", registry=node.deployment.validator_set)

    refused = perfledger(
        nowhere, "contribute", file, "--server", server, "--deployment", other, **KEY, **token
    )

    assert refused.code == 78
    assert "Nothing was signed" in refused.err


def test_without_a_key_it_says_how_to_get_one(server: str, nowhere: Path, tmp_path: Path):
    file = write_records(tmp_path / "runs.jsonl", executions()[5:6])

    refused = perfledger(nowhere, "contribute", file, "--server", server)

    assert refused.code == 78
    assert "perfledger keys new" in refused.err


def test_without_files_there_is_nothing_to_hand_in(server: str, nowhere: Path):
    assert perfledger(nowhere, "contribute", "--server", server).code == 2


def test_what_the_policy_withholds_does_not_leave_for_a_server_either(
    node: Node, server: str, token: dict[str, str], nowhere: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[6:7])
    known = deployment_of(node, tmp_path / "deployment.json")
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\naction = "commit"\nfields = ["input.size_bytes"]\n')

    outcome = succeed(
        nowhere, "contribute", file, "--server", server, "--deployment", known, "--json",
        "--no-wait", PERFLEDGER_PRIVACY_POLICY=str(policy), **KEY, **token,
    )  # fmt: skip

    ((cid,),) = (each["cids"] for each in outcome.json["contributions"])
    shared = node.queries.record(cid).record
    assert shared["commitment"]["fields"] == ["input.size_bytes"]
    assert "input" not in shared
    assert (nowhere / "withheld.sqlite").exists()


def test_a_group_of_the_server_is_encrypted_for_there(
    node: Node, server: str, token: dict[str, str], nowhere: Path, tmp_path: Path
):
    node.groups.create("team", node.recipient())
    file = write_records(tmp_path / "runs.jsonl", executions()[5:7])
    signer = node.signers()[2].address
    words = ["contribute", file, "--server", server, "--group", "team", "--from", signer]

    stranger = perfledger(nowhere, *words)
    unknown = perfledger(nowhere, *words[:-3], "taem", **token)
    first = succeed(nowhere, *words, "--no-wait", "--json", **token).json
    node.cycle()
    again = succeed(nowhere, *words, **token)

    assert (stranger.code, "does not know who asks" in stranger.err) == (1, True)
    assert "this node knows no group 'taem'" in unknown.err
    assert "team" not in unknown.err
    assert ([each["count"] for each in first["contributions"]], first["waiting"]) == ([2], 0)
    assert "the server has them already" in again.out
    with node.group_answers("team") as answers:
        found = answers.records().rows
    assert {row.contributor for row in found} == {signer}
    assert [
        row for row in node.queries.records().rows if row.cid in {each.cid for each in found}
    ] == []
    assert not nowhere.exists()


def test_where_the_app_signs_nothing_they_wait_for_the_servers_operator(
    tmp_path_factory: pytest.TempPathFactory, nowhere: Path, tmp_path: Path
):
    file = write_records(tmp_path / "runs.jsonl", executions()[7:8])
    home = tmp_path_factory.mktemp("waiting") / "home"
    with (
        Node(settings.load(home, app_port=0, chain_port=0)) as node,
        pytest.MonkeyPatch.context() as patched,
    ):
        node.connect()
        node.groups.create("team", node.recipient())
        patched.setattr(node, "signers", list)
        with Served(create_app(node)) as served:
            words = ["contribute", file, "--server", served.url, "--group", "team"]
            told = succeed(nowhere, *words)
            refused = perfledger(nowhere, *words, "--from", OWNER.address)

        assert "1 records wait for the server's operator to sign them" in told.out
        assert "the app signs nothing on this chain" in refused.err
        assert node.groups_waiting() == ["team"]
        assert node.unsigned() == []
