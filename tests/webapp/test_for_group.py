"""Contributions for a group through the API: who may, and that nobody else sees any of them."""

import json
from collections.abc import Iterable
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from ledger import settings
from ledger.accounts.tokens import Scope
from ledger.anchor.intake import Accepted
from ledger.index.views import LedgerStatus
from ledger.node import Node
from ledger.record.schema import Record
from tests.groups.canary import found_in
from tests.groups.canary import said_by
from tests.webapp import forms
from tests.webapp import hostile
from tests.webapp.test_accounts import ALICE
from tests.webapp.test_accounts import BOB
from tests.webapp.test_accounts import bearing
from tests.webapp.test_admission import founded
from tests.webapp.test_admission import served
from tests.webapp.test_submissions import refusal
from webapp import create_app

__all__ = ["founded"]

CANARY = "canary-91b4"
JOB = f"{CANARY}-job"
GROUP = "team"
URL = "/api/v1/contributions"
HOOK = f"""
[hook]
group = "{GROUP}"

[fields]
"job.name" = "job"
"job.framework.name" = "framework"
"cluster.nodes" = "workers"
"runtime_seconds" = "seconds"
"""

_runtimes = count(100)


@pytest.fixture
def node(tmp_path: Path, founded: Path) -> Iterator[Node]:
    """A member's node, whose app only this machine reaches."""
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as found:
        found.contracts  # noqa: B018 - deploys them
        found.sync.step()
        found.groups.create(GROUP, found.recipient())
        hooks = found.settings.hooks_path
        hooks.mkdir()
        (hooks / "airflow.toml").write_text(HOOK)
        yield found


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


def rows(*jobs: str) -> bytes:
    lines = [f"{job},spark,2,{next(_runtimes)}" for job in jobs or (JOB,)]
    return "\n".join(["job,framework,nodes,runtime_s", *lines, ""]).encode()


def send(
    client: FlaskClient, group: str = GROUP, content: bytes | None = None, secret: str = ""
) -> Any:
    return client.post(
        URL,
        query_string={"group": group},
        data=rows() if content is None else content,
        content_type="text/csv",
        headers=bearing(secret) if secret else {},
    )


def opened(node: Node) -> list[tuple[str, str, str]]:
    """What a member sees: CID, job and status of each record."""
    with node.group_answers(GROUP) as answers:
        return [(row.cid, row.job, row.status) for row in answers.records().rows]


def assert_public_to_nobody(node: Node) -> None:
    cids = [cid for cid, _, _ in opened(node)]
    home = node.settings.home
    places = {path.relative_to(home).parts[0] for path in found_in(home, CANARY)}
    assert cids
    assert said_by(node, [CANARY, *cids], plain=cids) == []
    assert places == {"groups"}


def test_what_is_contributed_for_a_group_is_encrypted_and_public_to_nobody(
    client: FlaskClient, node: Node
):
    with capture_logs() as logged:
        answer = send(client, content=rows(JOB, JOB) + b"x,spark,no,1\n")

    told = answer.get_json()
    assert (answer.status_code, told["new"], told["known"], told["bad"]) == (201, 2, 0, 1)
    assert told["waiting"] == 0
    assert_public_to_nobody(node)  # on its way
    node.cycle()
    followed = client.get(answer.headers["Location"]).get_json()
    assert followed["state"] in {"anchored", "final"}
    assert {(job, status) for _, job, status in opened(node)} == {(JOB, LedgerStatus.ANCHORED)}
    assert node.queries.envelopes().total == 2
    assert node.queries.count() == 0
    assert_public_to_nobody(node)
    assert CANARY not in json.dumps(logged, default=str)


def test_the_same_again_is_known_and_not_encrypted_again(client: FlaskClient, node: Node):
    content = rows()
    send(client, content=content)

    again = send(client, content=content)

    told = again.get_json()
    assert (again.status_code, told["new"], told["known"], told["contributions"]) == (200, 0, 1, [])


def test_only_what_was_sent_is_signed(client: FlaskClient, node: Node):
    """What the operator keeps for later is no visitor's to have signed."""
    from tests.conftest import execution

    node.accept_for(GROUP, [execution("sort", "m4.2xlarge", 2, 10, 0)])

    send(client)
    node.cycle()

    assert {job: status for _, job, status in opened(node)} == {
        "sort": LedgerStatus.PENDING,
        JOB: LedgerStatus.ANCHORED,
    }


def test_a_file_of_a_form_is_taken_for_a_group_too(client: FlaskClient, node: Node):
    signer = node.signers()[3].address

    answer = client.post(
        URL,
        query_string={"group": GROUP},
        data={"file": forms.file(rows(), "runs.csv"), "signer": signer},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 201
    node.cycle()
    with node.group_answers(GROUP) as answers:
        (row,) = answers.records().rows
    assert row.contributor == signer


def test_while_it_is_read_it_lies_where_its_owner_alone_may_enter(
    client: FlaskClient, node: Node, monkeypatch: pytest.MonkeyPatch
):
    """Should the process be killed at that moment, it stays there."""
    places = set()
    accept = node.accept_for

    def watched(group: str, records: Iterable[Record]) -> Accepted:
        home = node.settings.home
        places.update(path.relative_to(home).parts[0] for path in found_in(home, CANARY))
        return accept(group, records)

    monkeypatch.setattr(node, "accept_for", watched)

    send(client)

    assert places == {"groups"}
    assert list((node.settings.groups_path / "uploads").iterdir()) == []


def test_a_group_that_is_not_known_is_refused_and_no_other_is_named(
    client: FlaskClient, node: Node
):
    answer = send(client, "taem")
    said = answer.get_data(as_text=True)

    assert "404 this node knows no group 'taem'" in refusal(answer)
    assert GROUP not in said.replace("taem", "")
    assert found_in(node.settings.home, CANARY) == []


@pytest.mark.parametrize("group", ["", "../team", "Team", "x" * 41, "team\x00", "groups.lock"])
def test_what_cannot_name_a_group_is_refused(client: FlaskClient, group: str):
    assert send(client, group).status_code == 400


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_hostile_words_name_no_group_and_break_nothing(client: FlaskClient, text: str):
    said = send(client, text).get_data(as_text=True)

    assert send(client, text).status_code == 400
    assert not hostile.TAMPERING & set(said)


def test_hostile_records_are_encrypted_like_any_other(client: FlaskClient, node: Node):
    runs = [hostile.record(*each) for each in enumerate(hostile.TEXTS)]
    content = "".join(f"{each.model_dump_json()}\n" for each in runs).encode()

    answer = client.post(
        URL, query_string={"group": GROUP}, data=content, content_type="application/jsonl"
    )
    node.cycle()

    assert (answer.status_code, answer.get_json()["new"]) == (201, len(runs))
    assert {job for _, job, _ in opened(node)} == set(hostile.TEXTS)
    assert said_by(node, ["window.hacked", "etc/passwd"]) == []


def test_a_record_that_fits_into_no_envelope_is_a_bad_row(client: FlaskClient, node: Node):
    run = hostile.record(0, "large").model_dump(mode="json")
    run["configuration"] = {f"{place}": "y" * 4_000 for place in range(60)}

    answer = client.post(URL, query_string={"group": GROUP}, json=[run])

    assert "422 no row is a record" in refusal(answer)
    assert node.groups_waiting() == []


def test_a_damaged_group_is_explained_to_the_operator_alone(client: FlaskClient, node: Node):
    (node.settings.groups_path / "broken.json").write_text("{}")

    with capture_logs() as logged:
        answer = send(client, "broken")

    assert "500 the group broken cannot be used" in refusal(answer)
    assert str(node.settings.home) not in answer.get_data(as_text=True)
    assert any(each["event"] == "a group cannot be used" for each in logged)


def token(node: Node, account: Any, *scopes: Scope) -> str:
    secret, _ = node.accounts.tokens.make(account.address, "test", frozenset(scopes), days=7)
    return str(secret)


def test_strangers_may_not_and_learn_nothing_of_which_groups_there_are(founded: Path):
    named = {"contributors": ALICE.address}
    with served(founded, **named) as (member, public):
        if GROUP not in member.groups.names():
            member.groups.create(GROUP, member.recipient())
        secrets = {
            "": "401 this needs an API token",
            "perfledger_nonsense": "401 this token is unknown",
            token(member, ALICE, Scope.DRAFTS): "403 this token is not good for 'contribute'",
            token(member, BOB, Scope.CONTRIBUTE): f"403 {BOB.address} is none of the accounts",
        }
        for secret, said in secrets.items():
            answers = [send(public, group, secret=secret) for group in (GROUP, "taem")]
            assert [said in refusal(each) for each in answers] == [True, True]
            assert len({each.get_data() for each in answers}) == 1
        assert found_in(member.settings.home, CANARY) == []

        taken = send(public, secret=token(member, ALICE, Scope.CONTRIBUTE))
        missing = send(public, "taem", secret=token(member, ALICE, Scope.CONTRIBUTE))

        assert (taken.status_code, missing.status_code) == (201, 404)
        assert_public_to_nobody(member)


def test_where_everybodys_signed_records_are_taken_strangers_still_write_for_no_group(
    founded: Path,
):
    with served(founded, take_signed="everybody") as (member, public):
        assert send(public).status_code == 401
    with served(founded, take_signed="nobody", contributors=ALICE.address) as (member, public):
        assert send(public, secret=token(member, ALICE, Scope.CONTRIBUTE)).status_code == 403


def event(**changes: Any) -> dict[str, Any]:
    seconds = next(_runtimes)
    return {"job": JOB, "framework": "spark", "workers": 4, "seconds": seconds, **changes}


def test_what_a_hook_brings_for_its_group_waits_for_the_operator_and_is_public_to_nobody(
    client: FlaskClient, node: Node
):
    sent = event()
    first = client.post("/api/v1/hooks/airflow", json=sent, headers={"Idempotency-Key": "one"})
    again = client.post("/api/v1/hooks/airflow", json=sent, headers={"Idempotency-Key": "one"})
    unnamed = client.post("/api/v1/hooks/airflow", json=sent)

    states = [each.get_json()["state"] for each in (first, again, unnamed)]
    assert (first.status_code, states) == (201, ["taken", "known", "known"])
    assert "Location" not in first.headers
    assert node.unsigned() == []
    assert node.groups_waiting() == [GROUP]
    assert_public_to_nobody(node)

    node.contribute_sealed(GROUP)
    node.cycle()

    assert [(job, status) for _, job, status in opened(node)] == [(JOB, LedgerStatus.ANCHORED)]
    assert_public_to_nobody(node)


def test_a_hook_for_a_group_that_is_not_known_takes_nothing_and_names_no_other(
    client: FlaskClient, node: Node
):
    (node.settings.hooks_path / "wrong.toml").write_text(HOOK.replace(GROUP, "taem"))

    with capture_logs() as logged:
        answer = client.post("/api/v1/hooks/wrong", json=event())

    assert "500 the hook wrong cannot be used" in refusal(answer)
    assert "taem" not in answer.get_data(as_text=True)
    assert "this home knows no group 'taem'" in json.dumps(logged, default=str)
    assert node.unsigned() == []
    assert found_in(node.settings.home, CANARY) == []
