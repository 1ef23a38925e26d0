"""The page Contribute for a group: who is offered one, and that no way through it publishes."""

import json
import os
import re
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger import settings
from ledger.anchor.signatures import WrongSignatureError
from ledger.index.views import LedgerStatus
from ledger.node import Node
from tests.groups.canary import found_in
from tests.groups.canary import said_by
from tests.webapp import forms
from tests.webapp import hostile
from tests.webapp.operated import operated_node
from tests.webapp.test_accounts import ALICE
from tests.webapp.test_accounts import BOB
from tests.webapp.test_accounts import sign_in
from tests.webapp.test_admission import founded
from tests.webapp.test_admission import served
from webapp import create_app
from webapp.contribute import intake
from webapp.contribute.for_group import staging
from webapp.contribute.staging import KEPT_SECONDS
from webapp.contribute.upload import NotForEverybodyError

__all__ = ["founded"]

CANARY = "canary-5c7d"
JOB = f"{CANARY}-job"
GROUP = "team"
HEADER = "job,framework,nodes,runtime_s\n"
OFFERED = 'name="group"'

_runtimes = count(100)


MULTIPART = "multipart/form-data"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A member's node, whose app only this machine reaches."""
    with Node(settings.load(tmp_path / "home", app_port=0, chain_port=0)) as found:
        found.contracts  # noqa: B018 - deploys them
        found.sync.step()
        found.groups.create(GROUP, found.recipient())
        yield found


@pytest.fixture
def app(node: Node) -> Flask:
    return create_app(node)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def rows(*nodes: object) -> str:
    return HEADER + "".join(f"{JOB},spark,{each},{next(_runtimes)}\n" for each in nodes or (2,))


def upload(client: FlaskClient, **fields: Any) -> str:
    """The address to which an upload for the group leads."""
    answer = forms.post(client, "/contribute", "/contribute", **{"group": GROUP, **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def contribute(client: FlaskClient, preview: str, **fields: str) -> str:
    """What the page says in the end."""
    return html_of(forms.post(client, preview, "/contribute", **fields), client)


def html_of(answer: TestResponse, client: FlaskClient) -> str:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def opened(node: Node) -> list[tuple[str, str, float]]:
    """What a member sees: CID, job and runtime of each record."""
    with node.group_answers(GROUP) as answers:
        return [(row.cid, row.job, row.runtime_seconds) for row in answers.records().rows]


def assert_public_to_nobody(node: Node) -> None:
    home = node.settings.home
    assert {path.relative_to(home).parts[0] for path in found_in(home, CANARY)} <= {"groups"}
    cids = [cid for cid, _, _ in opened(node)]
    assert said_by(node, [CANARY, *cids], plain=cids) == []
    assert node.unsigned() == []
    assert node.queries.count() == 0


def test_an_upload_for_a_group_is_kept_for_it_and_public_to_nobody(client: FlaskClient, node: Node):
    signer = node.signers()[3]
    preview = upload(client, text=rows(2, "eight", 4))
    asked = client.get(preview)
    read = asked.get_data(as_text=True)
    assert_public_to_nobody(node)  # between the steps

    html = contribute(client, preview, signer=signer.address)
    node.cycle()

    assert "Only for the group <b>team</b>" in read
    assert "Sign, encrypt and contribute 2 records" in read
    assert asked.headers["Cache-Control"] == "no-store"
    assert "2 records for the group team" in html
    assert "1 row not understood" in html
    assert signer.label in html
    with node.group_answers(GROUP) as answers:
        found = answers.records().rows
    assert [(row.job, row.contributor, row.status) for row in found] == [
        (JOB, signer.address, LedgerStatus.ANCHORED)
    ] * 2
    assert node.queries.envelopes().total == 2
    assert found_in(node.settings.groups_path / "uploads", CANARY) == []
    assert_public_to_nobody(node)


def test_everybody_can_follow_that_it_exists_until_members_have_judged_it(
    client: FlaskClient, node: Node
):
    html = contribute(client, upload(client, text=rows(2, 4)))
    address = re.search(r'href="(/contribute/[0-9a-f]{32})"', html)
    assert address is not None
    before = client.get(address[1]).get_data(as_text=True)
    for _ in range(40):
        node.cycle()
        for validator in node.validators():
            validator.step()
        node.follow()
        if 'data-settled="true"' in (after := client.get(address[1]).get_data(as_text=True)):
            break

    assert "of those that are encrypted for a group, that they exist" in before
    assert after.count('href="/encrypted/') == 2
    assert 'data-settled="true"' in after
    assert GROUP not in before + after
    assert_public_to_nobody(node)


def test_several_files_go_to_the_group_together(client: FlaskClient, node: Node):
    files = [forms.file(rows().encode(), "a.csv"), forms.file(rows().encode(), "b.csv")]

    contribute(client, upload(client, file=files))

    assert len(opened(node)) == 2
    assert_public_to_nobody(node)


def test_columns_that_are_chosen_and_rows_that_are_mended_stay_with_the_group(
    client: FlaskClient, node: Node
):
    strange = f"what,boxes,took\n{JOB},4,2.5\n{JOB},eight,1.5\n"
    columns = upload(client, file=forms.file(strange.encode(), "runs.csv"))
    chosen = {
        "column-0": "what",
        "target-0": "job.name",
        "column-1": "boxes",
        "target-1": "cluster.nodes",
        "column-2": "took",
        "target-2": "runtime_seconds",
        "constant-job.framework.name": "spark",
    }
    assert "Only for the group <b>team</b>" in client.get(columns).get_data(as_text=True)
    address = forms.post(client, columns, "/contribute", **chosen).headers["Location"]
    html = client.get(address).get_data(as_text=True)
    mark = re.search(r'name="mark" value="([^"]+)"', html)
    assert mark is not None
    mended = {"file": "0", "line": "3", "mark": mark[1], "cell": [JOB, "8", "1.5"]}
    forms.post(client, f"{address}/rows", "/contribute", **mended)
    assert_public_to_nobody(node)

    said = contribute(client, address)

    assert "2 records for the group team" in said
    assert sorted(runtime for _, _, runtime in opened(node)) == [1.5, 2.5]
    assert_public_to_nobody(node)


def test_a_second_click_and_a_reload_lead_to_the_same_page(client: FlaskClient, node: Node):
    preview = upload(client, text=rows())
    first = forms.post(client, preview, "/contribute").headers["Location"]

    again = forms.post(client, preview, "/contribute").headers["Location"]
    reloaded = client.get(preview).headers["Location"]

    assert again == reloaded == first == f"{preview}/kept"
    assert len(opened(node)) == 1


def test_what_is_encrypted_already_is_told_before_and_after(client: FlaskClient, node: Node):
    text = rows()
    contribute(client, upload(client, text=text))

    preview = upload(client, text=text)
    read = client.get(preview).get_data(as_text=True)
    html = contribute(client, preview)

    assert "Encrypted for the group already" in read
    assert "Nothing new for the group team" in html
    assert len(opened(node)) == 1
    assert_public_to_nobody(node)


def test_a_record_that_stands_twice_is_kept_once(client: FlaskClient, node: Node):
    same = rows().encode()
    preview = upload(client, file=[forms.file(same, "a.csv"), forms.file(same, "a.csv")])

    assert "Twice in this upload" in client.get(preview).get_data(as_text=True)
    contribute(client, preview)

    assert len(opened(node)) == 1


def test_the_page_without_a_group_is_as_public_as_before(client: FlaskClient, node: Node):
    preview = upload(client, text=rows(), group="")
    contribute(client, preview, signer="")

    assert node.queries.count() == 1
    assert node.groups_waiting() == []


def test_where_there_is_no_group_none_is_offered(client: FlaskClient, node: Node):
    with_group = client.get("/contribute").get_data(as_text=True)
    (node.settings.groups_path / f"{GROUP}.json").unlink()

    assert OFFERED in with_group
    assert OFFERED not in client.get("/contribute").get_data(as_text=True)


def test_an_address_can_name_the_group_and_never_leads_to_a_form_without_it(
    client: FlaskClient, node: Node
):
    html = client.get("/contribute?group=team").get_data(as_text=True)

    assert '<option value="team" selected>' in html
    assert client.get("/contribute?group=taem").status_code == 404
    by_address = client.post(
        "/contribute?group=team",
        data={"csrf_token": forms.token_of(client, "/contribute"), "text": rows()},
    )
    assert by_address.status_code == 303
    assert_public_to_nobody(node)


@pytest.mark.parametrize("named", ["taem", " ", "../team", "Team", "x" * 41, "groups.lock", "0"])
def test_what_is_no_group_of_the_node_is_refused_before_anything_is_kept(
    client: FlaskClient, node: Node, named: str
):
    answer = forms.post(client, "/contribute", "/contribute", text=rows(), group=named)

    assert answer.status_code == 404
    assert found_in(node.settings.home, CANARY) == []


def test_an_upload_is_for_one_group(client: FlaskClient, node: Node):
    node.groups.create("other", node.recipient())

    answer = forms.post(client, "/contribute", "/contribute", text=rows(), group=[GROUP, "other"])

    assert answer.status_code == 400
    assert found_in(node.settings.home, CANARY) == []


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_hostile_words_name_no_group_and_break_nothing(client: FlaskClient, text: str):
    answer = forms.post(client, "/contribute", "/contribute", text=rows(), group=text)

    assert answer.status_code in {400, 404}
    assert not hostile.TAMPERING & set(answer.get_data(as_text=True))


def test_a_file_that_cannot_be_read_leaves_nothing(client: FlaskClient, node: Node):
    answer = forms.post(client, "/contribute", "/contribute", text=CANARY, group=GROUP)

    assert answer.status_code == 400
    assert found_in(node.settings.home, CANARY) == []


def test_a_group_that_goes_between_the_steps_takes_nothing_and_publishes_nothing(
    client: FlaskClient, node: Node
):
    preview = upload(client, text=rows())
    card = node.settings.groups_path / f"{GROUP}.json"
    content = card.read_bytes()
    card.unlink()

    assert client.get(preview).status_code == 404
    refused = forms.post(client, preview, "/contribute", signer=node.signers()[0].address)
    card.write_bytes(content)

    assert refused.status_code == 404
    assert opened(node) == []
    assert_public_to_nobody(node)


def test_an_error_in_the_middle_publishes_nothing_and_it_can_be_done_again(
    client: FlaskClient, node: Node, monkeypatch: pytest.MonkeyPatch
):
    preview = upload(client, text=rows())
    with monkeypatch.context() as broken:
        broken.setattr(node.intake, "submit_sealed", _full_disk)
        failed = forms.post(client, preview, "/contribute")
    assert failed.status_code >= 500
    assert_public_to_nobody(node)

    contribute(client, preview)
    node.cycle()

    assert node.queries.envelopes().total == 1
    assert_public_to_nobody(node)


def _full_disk(*_: object) -> str:
    raise OSError(28, "No space left on device")


def test_no_route_of_an_upload_for_a_group_publishes_it(
    app: Flask, client: FlaskClient, node: Node
):
    """Every one that there is, and those that may come."""
    routes = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if "token" in rule.arguments and rule.endpoint.startswith(("contribute.", "accounts."))
        for method in (rule.methods or set()) & {"GET", "POST"}
    ]
    csrf = forms.token_of(client, "/contribute")
    sent = {"X-CSRFToken": csrf, "Accept": "application/json"}
    signature = {"root": "0x" + "ab" * 32, "contributor": ALICE.address, "signature": "0x00"}
    for rule, method in routes:
        token = upload(client, text=rows(2, "eight")).rpartition("/")[2]
        others = dict.fromkeys(rule.arguments - {"token"}, "0")
        path = app.url_map.bind("localhost").build(rule.endpoint, {"token": token, **others})
        for body in ({"json": signature}, {"data": {"signer": node.signers()[0].address}}):
            client.open(path, method=method, headers=sent, **body).close()
        assert_public_to_nobody(node)

    assert len(routes) >= 9
    assert opened(node), "the one route that contributes was among them"


def test_an_upload_for_a_group_is_not_taken_for_one_for_everybody(
    app: Flask, client: FlaskClient, node: Node
):
    token = upload(client, text=rows()).rpartition("/")[2]
    given = staging(node).get(token)

    with app.test_request_context(), pytest.raises(NotForEverybodyError):
        intake.contribute(node, given, node.signers()[0].address)

    assert_public_to_nobody(node)


def test_uploads_for_a_group_are_no_drafts(client: FlaskClient, node: Node):
    sign_in(client)
    secret, _ = node.accounts.tokens.make(ALICE.address, "t", ["read", "drafts"], 1)
    token = upload(client, text=rows()).rpartition("/")[2]

    drafts = client.get("/api/v1/drafts", headers={"Authorization": f"Bearer {secret}"})

    assert drafts.get_json()["drafts"] == []
    assert token not in client.get("/account").get_data(as_text=True)


def test_strangers_are_offered_no_group_and_learn_of_none(founded: Path):
    with served(founded, contributors=ALICE.address) as (member, public):
        if GROUP not in member.groups.names():
            member.groups.create(GROUP, member.recipient())
        for who in (None, BOB):
            if who is not None:
                sign_in(public, who)
            html = public.get("/contribute").get_data(as_text=True)
            answers = [
                forms.post(public, "/contribute", "/contribute", text=rows(), group=group)
                for group in (GROUP, "taem")
            ]
            assert OFFERED not in html
            assert [each.status_code for each in answers] == [403 if who else 401] * 2
            assert public.get("/contribute?group=team").status_code in {401, 403}
        assert found_in(member.settings.home, CANARY) == []

        sign_in(public, ALICE)
        assert OFFERED in public.get("/contribute").get_data(as_text=True)
        preview = upload(public, text=rows())
        assert "1 record in" in public.get(preview).get_data(as_text=True)
        for who in (None, BOB):
            other = create_app(member).test_client()
            if who is not None:
                sign_in(other, who)
            assert other.get(preview).status_code in {401, 403}
            assert other.get(f"{preview}/files/0").status_code in {401, 403}
            assert forms.post(other, preview, "/contribute").status_code in {401, 403}
        contribute(public, preview)
        assert_public_to_nobody(member)


def test_one_who_may_sees_no_upload_of_another_who_may(founded: Path):
    with served(founded, contributors=f"{ALICE.address},{BOB.address}") as (member, public):
        if GROUP not in member.groups.names():
            member.groups.create(GROUP, member.recipient())
        sign_in(public, ALICE)
        preview = upload(public, text=rows())
        other = create_app(member).test_client()
        sign_in(other, BOB)

        assert other.get(preview).status_code == 404
        contribute(public, preview)
        assert other.get(f"{preview}/kept").status_code == 404


def test_where_everybodys_records_are_taken_strangers_still_write_for_no_group(founded: Path):
    with served(founded, take_signed="everybody") as (member, public):
        if GROUP not in member.groups.names():
            member.groups.create(GROUP, member.recipient())
        assert OFFERED not in public.get("/contribute").get_data(as_text=True)
    with served(founded, take_signed="nobody", contributors=ALICE.address) as (_, public):
        sign_in(public, ALICE)
        assert OFFERED not in public.get("/contribute").get_data(as_text=True)


def ask(client: FlaskClient, address: str, body: Any) -> TestResponse:
    sent = {"X-CSRFToken": forms.token_of(client, "/contribute"), "Accept": "application/json"}
    return client.post(address, json=body, headers=sent)


def signature_of(client: FlaskClient, preview: str) -> dict[str, str]:
    """What a wallet answers with, and the page's script sends."""
    asked = ask(client, f"{preview}/to-sign", {}).get_json()
    signed = ALICE.sign_message(encode_typed_data(full_message=asked["typed_data"]))
    signature = signed.signature.to_0x_hex()
    return {"root": asked["root"], "contributor": ALICE.address, "signature": signature}


def test_a_wallet_signs_for_the_group_what_the_node_encrypts(client: FlaskClient, node: Node):
    preview = upload(client, text=rows(2, 4))
    signed = signature_of(client, preview)
    assert_public_to_nobody(node)

    answer = ask(client, f"{preview}/signature", signed)
    again = ask(client, f"{preview}/signature", signed)
    html = client.get(answer.get_json()["follow"]).get_data(as_text=True)
    node.cycle()

    assert answer.get_json() == again.get_json() == {"follow": f"{preview}/kept", "left": 0}
    assert "2 records for the group team" in html
    with node.group_answers(GROUP) as answers:
        assert [row.contributor for row in answers.records().rows] == [ALICE.address] * 2
    assert [row.contributor for row in node.queries.envelopes().envelopes] == [
        node.signer().address
    ] * 2
    assert_public_to_nobody(node)


def test_a_signature_for_everybody_is_none_for_the_group(client: FlaskClient, node: Node):
    """And the other way round, so that neither can be turned into the other."""
    preview = upload(client, text=rows())
    asked = ask(client, f"{preview}/to-sign", {}).get_json()
    cids = [line["cid"] for line in _listed(client, preview)]
    public = node.statement_of(cids).typed_data()
    wrong = ALICE.sign_message(encode_typed_data(full_message=public)).signature.to_0x_hex()
    body = {"root": asked["root"], "contributor": ALICE.address, "signature": wrong}

    refused = ask(client, f"{preview}/signature", body)

    assert refused.status_code == 422
    assert "is not a signature by" in refused.get_json()["detail"]
    sealed = bytes.fromhex(signature_of(client, preview)["signature"][2:])
    with pytest.raises(WrongSignatureError):
        node.check_signature(cids, ALICE.address, sealed)
    assert opened(node) == []
    assert node.groups_waiting() == []
    assert_public_to_nobody(node)


def _listed(client: FlaskClient, preview: str) -> list[Any]:
    text = client.get(f"{preview}/records.jsonl").get_data(as_text=True)
    return [json.loads(line) for line in text.splitlines()]


def test_what_was_signed_by_another_meanwhile_is_not_signed_twice(client: FlaskClient, node: Node):
    row = rows()
    one, other = upload(client, text=row), upload(client, text=row)
    signed = signature_of(client, one)
    contribute(client, other)

    answer = ask(client, f"{one}/signature", signed)

    html = client.get(f"{one}/kept").get_data(as_text=True)
    assert answer.status_code == 200
    assert "Nothing new for the group team" in html
    assert "1 record is encrypted for it already" in html
    assert len(opened(node)) == 1


def test_a_list_that_the_upload_does_not_give_any_more_is_signed_for_nothing(
    client: FlaskClient, node: Node
):
    preview = upload(client, text=rows(2, 4))
    signed = signature_of(client, preview)
    other_columns = {
        "column-0": "job",
        "target-0": "cluster.nodes",
        "column-1": "framework",
        "target-1": "job.framework.name",
        "column-2": "nodes",
        "target-2": "job.name",
        "column-3": "runtime_s",
        "target-3": "runtime_seconds",
    }
    forms.post(client, f"{preview}/columns", "/contribute", **other_columns)

    refused = ask(client, f"{preview}/signature", signed)

    assert refused.status_code == 409
    assert "has changed since it was shown" in refused.get_json()["detail"]
    assert client.get(preview).status_code == 200, "the upload is still there"
    assert opened(node) == []
    assert node.groups_waiting() == []
    assert_public_to_nobody(node)


def test_a_list_of_which_a_part_has_changed_leaves_nothing_to_the_operator(
    client: FlaskClient, node: Node
):
    files = [
        forms.file(rows(2, "eight").encode(), "a.csv"),
        forms.file(rows(3, 4).encode(), "b.csv"),
    ]
    preview = upload(client, file=files)
    signed = signature_of(client, preview)
    html = client.get(preview).get_data(as_text=True)
    mark, line = (re.search(rf'name="{name}" value="([^"]+)"', html) for name in ("mark", "line"))
    assert mark is not None
    assert line is not None
    mended = {"file": "0", "line": line[1], "mark": mark[1], "cell": [JOB, "spark", "8", "1.5"]}
    forms.post(client, f"{preview}/rows", "/contribute", **mended)

    refused = ask(client, f"{preview}/signature", signed)
    kept_of_it = node.groups_waiting()
    again = ask(client, f"{preview}/signature", signature_of(client, preview))

    assert refused.status_code == 409
    assert "Nothing was contributed" in refused.get_data(as_text=True)
    assert kept_of_it == []
    assert again.status_code == 200
    assert len(opened(node)) == 4
    assert_public_to_nobody(node)


def test_a_crash_after_encrypting_is_made_good_by_the_same_signature(
    client: FlaskClient, node: Node, monkeypatch: pytest.MonkeyPatch
):
    preview = upload(client, text=rows())
    signed = signature_of(client, preview)
    with monkeypatch.context() as broken:
        broken.setattr(node.intake, "submit_sealed", _full_disk)
        assert ask(client, f"{preview}/signature", signed).status_code >= 500

    answer = ask(client, f"{preview}/signature", signed)
    node.cycle()

    assert answer.status_code == 200
    assert node.queries.envelopes().total == 1
    assert_public_to_nobody(node)


def test_more_than_a_batch_holds_is_signed_in_parts(tmp_path: Path):
    few = settings.load(tmp_path / "home", app_port=0, chain_port=0, batch_records=2)
    with Node(few) as node:
        node.connect()
        node.groups.create(GROUP, node.recipient())
        client = create_app(node).test_client()
        preview = upload(client, text=rows(2, 3, 4))

        first = signature_of(client, preview)
        parts = [ask(client, f"{preview}/signature", first) for _ in range(2)]  # an answer was lost
        parts.append(ask(client, f"{preview}/signature", signature_of(client, preview)))
        html = client.get(f"{preview}/kept").get_data(as_text=True)

        assert [each.get_json()["left"] for each in parts] == [1, 1, 0]
        assert "3 records for the group team" in html
        assert len(re.findall(r'href="/contribute/[0-9a-f]{32}"', html)) == 2
        assert len(opened(node)) == 3
        assert_public_to_nobody(node)


@pytest.mark.parametrize("at_once", [2, 100])
def test_the_page_tells_what_a_wallet_was_not_asked_to_sign(tmp_path: Path, at_once: int):
    few = settings.load(tmp_path / "home", app_port=0, chain_port=0, batch_records=at_once)
    with Node(few) as node:
        node.connect()
        node.groups.create(GROUP, node.recipient())
        client = create_app(node).test_client()
        before, more = rows(16).encode(), rows(2, 3, "eight", 4).encode()
        contribute(client, upload(client, file=[forms.file(before, "a.csv")]))
        files = [forms.file(before, "a.csv"), forms.file(more, "b.csv")]
        preview = upload(client, file=files)

        left = 1
        while left:
            signed = signature_of(client, preview)
            for _ in range(2):  # an answer was lost
                left = ask(client, f"{preview}/signature", signed).get_json()["left"]
        html = client.get(f"{preview}/kept").get_data(as_text=True)

        assert "3 records for the group team" in html
        assert "<dt>Encrypted before</dt><dd>1 record</dd>" in html
        assert "<dt>Left out</dt><dd>1 row not understood</dd>" in html
        assert len(opened(node)) == 4


@pytest.fixture
def operated(home: Path) -> Iterator[Node]:
    with operated_node(home) as found:
        found.groups.create(GROUP, found.recipient())
        yield found


def test_where_the_app_has_no_key_of_visitors_they_wait_for_the_operator(operated: Node):
    client = create_app(operated).test_client()
    preview = upload(client, text=rows())

    read = client.get(preview).get_data(as_text=True)
    html = contribute(client, preview)

    assert "Leave 1 record to the operator to sign" in read
    assert "perfledger contribute --group team" in html
    assert operated.groups_waiting() == [GROUP]
    assert_public_to_nobody(operated)
    operated.contribute_sealed(GROUP)
    operated.cycle()
    assert [job for _, job, _ in opened(operated)] == [JOB]
    assert_public_to_nobody(operated)


@pytest.mark.parametrize("path", ["contributions", "preview"])
def test_a_group_in_a_field_of_the_api_is_not_passed_over(
    client: FlaskClient, node: Node, path: str
):
    refused = client.post(
        f"/api/v1/{path}", data={"text": rows(), "group": GROUP}, content_type=MULTIPART
    )
    taken = client.post(
        f"/api/v1/contributions?group={GROUP}",
        data={"text": rows(), "group": GROUP},
        content_type=MULTIPART,
    )

    assert refused.status_code == 400
    assert "?group=NAME" in refused.get_data(as_text=True)
    assert taken.status_code == 201
    assert len(opened(node)) == 1
    assert_public_to_nobody(node)


def test_every_way_back_to_the_form_keeps_the_group(client: FlaskClient):
    preview = upload(client, text="job,framework,nodes,runtime_s\nwc,spark,2,x\n")

    for page in (preview, f"{preview}/columns"):
        links = re.findall(r'href="(/contribute(?:\?[^"]*)?)"', main_of(client, page))
        assert set(links) == {f"/contribute?group={GROUP}"}, page


def main_of(client: FlaskClient, page: str) -> str:
    return client.get(page).get_data(as_text=True).partition("<main")[2]


def test_no_page_that_shows_its_rows_may_be_kept_by_a_browser(client: FlaskClient):
    preview = upload(client, text=rows())

    for page in (preview, f"{preview}/columns", f"{preview}/files/0"):
        with client.get(page) as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), page


def test_what_is_older_than_a_day_is_nobodys_and_goes(client: FlaskClient, node: Node):
    preview = upload(client, text=rows())
    (folder,) = (node.settings.groups_path / "uploads").glob("*")
    long_ago = time.time() - 2 * KEPT_SECONDS
    os.utime(folder, (long_ago, long_ago))

    assert client.get(preview).status_code == 404
    assert client.get("/contribute").status_code == 200
    assert not folder.exists()


def test_envelopes_are_not_decided_because_public_records_beside_them_are(
    client: FlaskClient, node: Node
):
    payer = node.signer().address
    preview = forms.post(
        client, "/contribute", "/contribute", text="job,framework,nodes,runtime_s\nwc,spark,2,9\n"
    ).headers["Location"]
    public = forms.post(client, preview, "/contribute", signer=payer).headers["Location"]
    kept = contribute(client, upload(client, text=rows(5)))
    (hidden,) = re.findall(r'href="/contribute/([0-9a-f]{32})"', kept)
    (node.settings.home / "group.key").unlink()  # its members are elsewhere
    for _ in range(6):
        node.cycle()
        for validator in node.validators():
            validator.step()
        node.follow()

    pages = [client.get(each).get_data(as_text=True) for each in (public, f"/contribute/{hidden}")]

    batches = {node.contribution(each).batch_id for each in (public.rpartition("/")[2], hidden)}
    assert len(batches) == 1
    assert set(node.queries.envelopes_by_status(*batches, payer)) == {"anchored"}
    assert all("All done" not in page for page in pages)
