"""From pasted rows to a signed contribution, without scripts."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger import settings
from ledger.capture.rows import Good
from ledger.node import Node
from tests.webapp import forms
from tests.webapp.conftest import UPLOAD_BYTES
from webapp import create_app

HEADER = "job,framework,machine_type,nodes,input_size_gb,runtime_s\n"


def preview_of(client: FlaskClient, text: str) -> str:
    response = forms.post(client, "/contribute", "/contribute", text=text)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def sign(client: FlaskClient, preview: str, node: Node) -> str:
    signer = node.signers()[2].address
    response = forms.post(client, preview, preview, signer=signer)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def test_good_rows_go_in_and_bad_ones_are_named_by_line_and_column(
    contributor: FlaskClient, empty_node: Node
) -> None:
    preview = preview_of(
        contributor, HEADER + "sort,spark,a,4,10,201\nsort,spark,a,eight,10,202\nsort,spark\n"
    )

    html = contributor.get(preview).get_data(as_text=True)
    identifier = sign(contributor, preview, empty_node).rpartition("/")[2]

    assert re.search(r'data-label="Line" class="numeric">3<.*<code>nodes</code>', html)
    assert re.search(r'data-label="Line" class="numeric">4<.*2 fields where', html)
    contribution = empty_node.contribution(identifier)
    assert contribution.count == 1
    assert contribution.contributor == empty_node.signers()[2].address
    assert empty_node.queries.record(contribution.cids[0]).row.runtime_seconds == 201


def test_a_second_click_leads_to_the_same_contribution(
    contributor: FlaskClient, empty_node: Node
) -> None:
    preview = preview_of(contributor, HEADER + "sort,spark,a,4,10,211\n")
    first = sign(contributor, preview, empty_node)

    again = contributor.get(preview)

    assert again.headers["Location"] == first


def test_the_same_rows_again_add_nothing(contributor: FlaskClient, empty_node: Node) -> None:
    text = HEADER + "sort,spark,a,4,10,221\n"
    sign(contributor, preview_of(contributor, text), empty_node)
    before = empty_node.queries.count()

    preview = preview_of(contributor, text)
    response = forms.post(contributor, preview, preview, signer=empty_node.signers()[0].address)

    assert "Nothing new" in response.get_data(as_text=True)
    assert empty_node.queries.count() == before


def test_records_kept_before_a_crash_are_signed_when_they_come_again(
    contributor: FlaskClient, empty_node: Node
) -> None:
    text = HEADER + "sort,spark,a,4,10,231\n"
    rows = empty_node.preview(text.encode())
    kept = empty_node.accept(row.record for row in rows if isinstance(row, Good))

    identifier = sign(contributor, preview_of(contributor, text), empty_node).rpartition("/")[2]

    assert empty_node.contribution(identifier).cids == tuple(kept.new)


def test_a_file_is_read_by_its_content(contributor: FlaskClient) -> None:
    rows = (HEADER + "grep,spark,b,2,1,17\n").replace(",", "\t").encode()

    response = forms.post(
        contributor, "/contribute", "/contribute", file=forms.file(rows, "grep.tsv")
    )

    html = contributor.get(response.headers["Location"]).get_data(as_text=True)
    assert "1 record in grep.tsv" in html


def test_markup_in_a_record_stays_text(contributor: FlaskClient) -> None:
    preview = preview_of(contributor, HEADER + "<script>alert(1)</script>,spark,a,4,10,241\n")

    html = contributor.get(preview).get_data(as_text=True)

    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_an_upload_beyond_the_limit_says_the_limit(contributor: FlaskClient) -> None:
    response = forms.post(
        contributor, "/contribute", "/contribute", file=forms.file(b"x" * UPLOAD_BYTES * 3, "x.csv")
    )

    assert response.status_code == 413
    assert "65.54\u202fkB" in response.get_data(as_text=True)


@pytest.mark.parametrize("text", ["", "   \n", "no header here", "\x00\x01"])
def test_what_cannot_be_read_at_all_is_refused_with_a_reason(
    contributor: FlaskClient, text: str
) -> None:
    response = forms.post(contributor, "/contribute", "/contribute", text=text)

    assert response.status_code == 400
    assert 'class="problem"' in response.get_data(as_text=True)


def test_a_form_of_another_site_is_refused(contributor: FlaskClient, empty_node: Node) -> None:
    response = contributor.post("/contribute", data={"text": HEADER + "sort,spark,a,4,10,1\n"})

    assert response.status_code == 400


def test_only_accounts_of_this_node_sign(contributor: FlaskClient) -> None:
    preview = preview_of(contributor, HEADER + "sort,spark,a,4,10,251\n")

    response = forms.post(contributor, preview, preview, signer="0x" + "11" * 20)

    assert response.status_code == 403
    assert contributor.get(preview).status_code == 200


@pytest.mark.parametrize("token", ["0" * 32, "..%2f..%2fweb-secret", "x"])
def test_an_unknown_preview_answers_404(contributor: FlaskClient, token: str) -> None:
    assert contributor.get(f"/contribute/preview/{token}").status_code == 404


def test_following_a_contribution_shows_it_anchored_and_decided(
    client: FlaskClient, ledger_node: Node
) -> None:
    oldest = ledger_node.contributions.latest()[-1]

    html = client.get(f"/contribute/{oldest.id}").get_data(as_text=True)

    assert 'data-settled="true"' in html
    assert "3 of 3 validators have spoken" in html


def test_what_a_policy_withholds_is_in_no_preview_and_the_page_says_so(tmp_path: Path) -> None:
    (tmp_path / "privacy.toml").write_text(
        '[[rule]]\naction = "drop"\nfields = ["cluster.machine_type"]\n'
    )
    with Node(settings.load(tmp_path, app_port=0, chain_port=0)) as node:
        node.contracts  # noqa: B018 - deploys them
        visitor = create_app(node).test_client()
        preview = preview_of(visitor, HEADER + "sort,spark,secret-type,4,10,201\n")

        html = visitor.get(preview).get_data(as_text=True)
        identifier = sign(visitor, preview, node).rpartition("/")[2]

        assert "privacy policy was applied" in html
        assert "secret-type" not in html
        (cid,) = node.contribution(identifier).cids
        assert node.queries.record(cid).row.machine_type is None
