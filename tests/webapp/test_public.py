"""What an app shows that others than this machine reach: records on chain, and no drafts."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.ipld.car import CARReader
from ledger.node import Node
from tests.conftest import execution
from webapp import create_app

DRAFT_JOB = "a-draft"


def draft(job: str = DRAFT_JOB) -> list:
    record = execution("sort", "m4.2xlarge", 2, 10, 0)
    return [record.model_copy(update={"job": record.job.model_copy(update={"name": job})})]


class Ledger:
    """One record on chain, one that is signed and one that is not."""

    def __init__(self, node: Node) -> None:
        self.node = node
        (self.anchored,) = node.accept([execution("grep", "m4.2xlarge", 2, 10, 0)]).new
        node.submit([self.anchored])
        node.cycle()
        (self.unsigned,) = node.accept(draft()).new
        (self.signed,) = node.accept(draft(f"{DRAFT_JOB}-signed")).new
        self.contribution = node.submit([self.signed])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("public") / "home"


@pytest.fixture(scope="module")
def ledger(home: Path) -> Iterator[Ledger]:
    with Node(settings.load(home, app_port=0, chain_port=0, app_host="0.0.0.0")) as node:
        node.connect()
        yield Ledger(node)


@pytest.fixture
def public(ledger: Ledger) -> FlaskClient:
    return create_app(ledger.node).test_client()


@pytest.fixture
def private(ledger: Ledger, home: Path) -> Iterator[FlaskClient]:
    with Node(settings.load(home, app_port=0, chain_port=0)) as node:
        yield create_app(node).test_client()


PAGES = [
    "/", "/records", "/records?status=pending", "/contributors", "/search?q=draft",
    "/records?q=draft", "/records/export.csv", "/records/export.jsonl", "/contribute",
    "/api/v1/overview", "/api/v1/records", "/api/v1/records?status=pending", "/api/v1/facets",
    "/api/v1/export.csv", "/api/v1/export.jsonl", "/api/v1/contributors", "/api/v1/contributions",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_drafts_are_on_no_page_for_everybody(public: FlaskClient, page: str):
    answer = public.get(page, follow_redirects=True)

    assert answer.status_code == 200
    assert f"{DRAFT_JOB}" not in answer.get_data(as_text=True).replace("q=draft", "")


def test_what_is_on_chain_is(public: FlaskClient, ledger: Ledger):
    listed = public.get("/api/v1/records").get_json()

    assert [row["cid"] for row in listed["rows"]] == [ledger.anchored]
    assert listed["total"] == 1
    assert public.get("/api/v1/overview").get_json()["by_status"]["pending"] == 0
    assert public.get(f"/api/v1/records/{ledger.anchored}/block").status_code == 200


@pytest.mark.parametrize("which", ["unsigned", "signed"])
def test_drafts_cannot_be_asked_for_by_their_name(public: FlaskClient, ledger: Ledger, which: str):
    cid = getattr(ledger, which)

    for path in (cid, cid[:20], f"{cid}/block", f"{cid}/proof"):
        assert public.get(f"/api/v1/records/{path}").status_code == 404
        assert public.get(f"/records/{path}").status_code == 404
    assert public.get(f"/verify/server?cid={cid}").status_code == 404
    assert public.post("/api/v1/verify", json={"cid": cid}).status_code == 404


def test_a_contribution_can_be_followed_before_its_records_are_shown(
    public: FlaskClient, ledger: Ledger
):
    answer = public.get(f"/contribute/{ledger.contribution}")

    assert answer.status_code == 200
    assert "once they are anchored" in answer.get_data(as_text=True)
    assert DRAFT_JOB not in answer.get_data(as_text=True)


def test_on_this_machine_drafts_are_shown(private: FlaskClient, ledger: Ledger):
    listed = private.get("/api/v1/records?status=pending").get_json()

    assert {row["cid"] for row in listed["rows"]} == {ledger.unsigned, ledger.signed}
    assert private.get(f"/api/v1/records/{ledger.unsigned}/block").status_code == 200
    assert DRAFT_JOB in private.get(f"/contribute/{ledger.contribution}").get_data(as_text=True)


def test_the_gateway_serves_records_in_batches_and_no_drafts(ledger: Ledger, public: FlaskClient):
    served = {
        cid: public.get(f"/ipfs/{cid}?format=raw").status_code
        for cid in (ledger.anchored, ledger.unsigned, ledger.signed)
    }

    assert list(served.values()) == [200, 404, 404]


def test_peers_are_given_records_in_batches_and_no_drafts(ledger: Ledger, public: FlaskClient):
    cids = [ledger.unsigned, ledger.anchored, ledger.signed]

    answer = public.post("/peers/v1/blocks", json={"cids": cids})

    assert [str(block.cid) for block in CARReader(BytesIO(answer.data))] == [ledger.anchored]


def test_routing_names_nobody_for_a_draft(ledger: Ledger, public: FlaskClient):
    ledger.node.presence.listening_at("http://192.0.2.1:8787")

    found = {
        cid: public.get(f"/routing/v1/providers/{cid}").json["Providers"]
        for cid in (ledger.anchored, ledger.unsigned, ledger.signed)
    }

    assert [len(providers) for providers in found.values()] == [1, 0, 0]
