"""Webhooks of the app: who may deliver, what is answered, and what the documents say of it."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from ledger.accounts.tokens import Scope
from ledger.node import Node
from tests.webapp.test_accounts import ALICE
from tests.webapp.test_accounts import BOB
from tests.webapp.test_accounts import bearing
from tests.webapp.test_admission import founded
from tests.webapp.test_admission import served
from tests.webapp.test_submissions import refusal
from webapp import create_app
from webapp.api.hooks import deliver_event
from webapp.api.routes import OPERATIONS

__all__ = ["founded"]

DOCUMENT = (Path(__file__).parents[2] / "docs" / "recording.md").read_text()
FILES = dict(re.findall(r"```toml\n# hooks/(\w+)\.toml\n(.*?)```", DOCUMENT, re.DOTALL))
SECRET = "write-one-of-your-own"
EXAMPLE: dict[str, Any] = dict(OPERATIONS[deliver_event.__name__].body[0].example)
JOB = {
    "action": "completed",
    "workflow_job": {
        "name": "build",
        "conclusion": "failure",
        "started_at": "2026-01-01T00:00:00Z",
        "completed_at": "2026-01-01T00:03:20Z",
        "labels": ["ubuntu-latest"],
        "runner_group_name": "GitHub Actions",
    },
    "repository": {"full_name": "someone/something"},
}


@pytest.fixture
def hooked(empty_node: Node) -> FlaskClient:
    """An app whose hooks are those of the documents."""
    write_hooks(empty_node)
    return create_app(empty_node).test_client()


def write_hooks(node: Node) -> None:
    node.settings.hooks_path.mkdir(exist_ok=True)
    for name, text in FILES.items():
        path = node.settings.hooks_path / f"{name}.toml"
        path.write_text(text)
        path.chmod(0o600)


def signed(event: object, secret: str = SECRET) -> dict[str, Any]:
    """What GitHub sends."""
    content = json.dumps(event).encode()
    digest = hmac.digest(secret.encode(), content, hashlib.sha256).hex()
    return {
        "data": content,
        "content_type": "application/json",
        "headers": {"X-Hub-Signature-256": f"sha256={digest}"},
    }


def test_the_documents_show_the_hooks_that_are_tested():
    assert set(FILES) == {"airflow", "github"}


def test_an_event_is_kept_once_and_waits_for_a_signature(hooked: FlaskClient, empty_node: Node):
    event = EXAMPLE | {"seconds": 77.5}
    key = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}

    first = hooked.post("/api/v1/hooks/airflow", json=event, headers=key)
    again = hooked.post("/api/v1/hooks/airflow", json=event, headers=key)

    assert (first.status_code, again.status_code) == (201, 200)
    told = first.get_json()
    assert told["state"] == "taken"
    assert again.get_json() == {**told, "state": "known"}
    shown = hooked.get(first.headers["Location"]).get_json()
    assert shown["row"]["cid"] == told["cid"]
    assert shown["record"]["runtime_seconds"] == 77.5
    assert told["cid"] in empty_node.unsigned()


def test_an_event_of_github_is_taken_by_its_signature(hooked: FlaskClient, empty_node: Node):
    delivery = signed(JOB)
    delivery["headers"]["X-GitHub-Delivery"] = "72d3162e-cc78-11e3-81ab-4c9367dc0958"

    taken = hooked.post("/api/v1/hooks/github", **delivery)
    again = hooked.post("/api/v1/hooks/github", **delivery)
    queued = hooked.post("/api/v1/hooks/github", **signed({**JOB, "action": "queued"}))

    assert (taken.status_code, again.status_code) == (201, 200)
    record = empty_node.queries.record(taken.get_json()["cid"]).record
    assert (record["job"]["name"], record["status"]) == ("build", "failed")
    assert record["runtime_seconds"] == 200
    assert (queued.status_code, queued.get_json()["state"]) == (200, "ignored")
    assert queued.get_json()["cid"] is None


def test_a_delivery_without_the_right_signature_is_refused(hooked: FlaskClient, empty_node: Node):
    before = empty_node.unsigned()
    wrong = signed(JOB, "another-secret-altogether")
    unsigned = {"json": JOB}

    for delivery in (wrong, unsigned):
        assert "401 this delivery is not signed" in refusal(
            hooked.post("/api/v1/hooks/github", **delivery)
        )
    assert empty_node.unsigned() == before


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        ({"json": {"job": "x"}}, "422 no record comes of this event"),
        ({"json": [EXAMPLE]}, "422 no record comes of this event"),
        ({"json": EXAMPLE | {"workers": 0}}, "422 no record comes of this event: workers"),
        ({"data": b"{", "content_type": "application/json"}, "422 no record"),
        ({"data": {"payload": "{}"}}, "415 'application/x-www-form-urlencoded'"),
        ({"json": {"job": "x" * (1 << 20)}}, "413 an event has at most"),
        ({"json": EXAMPLE, "headers": {"Idempotency-Key": "a b"}}, "400 Idempotency-Key"),
        ({"json": EXAMPLE, "headers": {"Idempotency-Key": "x" * 201}}, "400 Idempotency-Key"),
        ({"json": EXAMPLE, "query_string": {"x": "1"}}, "400"),
    ],
)
def test_what_is_no_event_is_refused_with_what_is_wrong(
    hooked: FlaskClient, delivery: dict[str, Any], said: str
):
    assert said in refusal(hooked.post("/api/v1/hooks/airflow", **delivery))


def test_a_field_at_fault_is_named(hooked: FlaskClient):
    answer = hooked.post("/api/v1/hooks/airflow", json=EXAMPLE | {"seconds": "long"})

    assert [each["parameter"] for each in answer.get_json()["errors"]] == ["seconds"]


def test_a_key_that_comes_with_another_body_is_refused(hooked: FlaskClient):
    key = {"Idempotency-Key": "once"}
    hooked.post("/api/v1/hooks/airflow", json=EXAMPLE, headers=key)

    other = hooked.post("/api/v1/hooks/airflow", json=EXAMPLE | {"workers": 9}, headers=key)

    assert "422 the delivery 'once' came before, with another body" in refusal(other)


def test_an_unknown_hook_is_told(hooked: FlaskClient):
    assert "404 there is no hook" in refusal(hooked.post("/api/v1/hooks/none", json=EXAMPLE))


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        (f'[hook]\nsecret = "{SECRET}"\n', 0o644, "chmod 600"),
        ('[hook]\nsecrets = "x"\n', 0o600, "hook.secrets"),
        ("[hook", 0o600, "cannot be read"),
        ('[fields]\n"job.name" = "x"\n', 0o600, "job.framework.name"),
    ],
)
def test_why_a_hook_is_broken_is_for_the_operators_log_and_not_for_callers(
    hooked: FlaskClient, empty_node: Node, text: str, mode: int, reason: str
):
    path = empty_node.settings.hooks_path / "open.toml"
    path.write_text(text)
    path.chmod(mode)

    with capture_logs() as logged:
        answer = hooked.post("/api/v1/hooks/open", json=EXAMPLE)

    assert "500 the hook open cannot be used" in refusal(answer)
    told = answer.get_data(as_text=True)
    assert SECRET not in told
    assert str(empty_node.settings.home) not in told
    assert reason not in told
    (entry,) = [each for each in logged if each.get("hook") == "open"]
    assert reason in entry["problem"]
    assert SECRET not in entry["problem"]


def test_on_an_app_that_others_reach_a_token_shows_the_sender(founded: Path):
    with served(founded, contributors=ALICE.address) as (node, client):
        write_hooks(node)
        good, _ = node.accounts.tokens.make(ALICE.address, "airflow", [Scope.HOOKS], 1)
        other, _ = node.accounts.tokens.make(ALICE.address, "drafts", [Scope.DRAFTS], 1)
        stranger, _ = node.accounts.tokens.make(BOB.address, "airflow", [Scope.HOOKS], 1)

        def said(secret: str) -> str:
            headers = bearing(secret) if secret else {}
            return refusal(client.post("/api/v1/hooks/airflow", json=EXAMPLE, headers=headers))

        assert "401 this needs an API token" in said("")
        assert "401 this token is unknown" in said("perfledger_x")
        assert "403 this token is not good for 'hooks'" in said(other)
        assert "403" in said(stranger)
        taken = client.post("/api/v1/hooks/airflow", json=EXAMPLE, headers=bearing(good))
        assert taken.status_code == 201
        assert client.post("/api/v1/hooks/github", **signed(JOB)).status_code == 201


def test_a_page_of_another_site_delivers_nothing(hooked: FlaskClient):
    answer = hooked.post(
        "/api/v1/hooks/airflow", json=EXAMPLE, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
