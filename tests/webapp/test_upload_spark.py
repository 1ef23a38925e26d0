"""Event logs of Spark on the upload page and through the API."""

import re

import pytest
from flask.testing import FlaskClient

from ledger.node import Node
from tests.capture.spark_events import logs
from tests.webapp import forms

EVENTS = logs.run(logs.job_start(), *logs.stage(seconds=3), logs.job_end(), name="log-on-a-page")


def previewed(client: FlaskClient, name: str, data: bytes, **more: object) -> str:
    sent = forms.post(client, "/contribute", "/contribute", file=forms.file(data, name), **more)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return sent.headers["Location"]


@pytest.mark.parametrize("codec", logs.COMPRESSED)
def test_a_log_is_previewed_as_the_record_it_is(contributor: FlaskClient, codec: str):
    data = logs.COMPRESSED[codec](logs.text(EVENTS))

    html = contributor.get(previewed(contributor, "application_1", data)).get_data(as_text=True)

    assert "1 record in application_1" in html
    assert "log-on-a-page" in html
    assert ">Columns<" not in html


def test_a_log_is_signed_and_known_from_then_on(contributor: FlaskClient, empty_node: Node):
    data = logs.text(logs.run(*logs.stage(), name="signed-log"))
    preview = previewed(contributor, "application_1", data)

    signed = forms.post(contributor, preview, preview, signer=empty_node.signers()[0].address)
    again = previewed(contributor, "application_1.zstd", logs.zstd(data))

    contribution = empty_node.contribution(signed.headers["Location"].rpartition("/")[2])
    row = empty_node.queries.record(contribution.cids[0]).row
    assert (row.job, row.runtime_seconds, row.nodes) == ("signed-log", 10.0, 2)
    assert "Nothing new" in contributor.get(again).get_data(as_text=True)


def test_several_logs_come_in_a_zip_and_each_that_is_bad_says_why(contributor: FlaskClient):
    data = logs.zipped(
        {
            "application_1": logs.text(EVENTS),
            "application_2": logs.text(EVENTS[:-1]),
            "application_3": logs.text(EVENTS[:2]) + b"<script>alert(1)</script>\n",
        }
    )

    html = contributor.get(previewed(contributor, "logs.zip", data)).get_data(as_text=True)

    assert "1 record in logs.zip" in html
    assert "has no end in this log" in html
    assert re.search(r'data-label="Line" class="numeric">3<.*application_3: line 3: this is', html)
    assert "Mend it" not in html


def test_a_log_without_an_end_leads_nowhere_but_to_its_reason(contributor: FlaskClient):
    data = logs.text(EVENTS[:-1])

    html = contributor.get(previewed(contributor, "application_2", data)).get_data(as_text=True)

    assert "No row is a record" in html
    assert "--killed" in html
    assert "/columns" not in html


def test_a_map_names_the_job_and_its_parameters(contributor: FlaskClient):
    toml = '[event_logs.fields]\n"job.name" = { constant = "mapped" }\n'
    toml += '"job.parameters.memory" = "spark.executor.memory"\n'

    preview = previewed(
        contributor,
        "application_1",
        logs.text(EVENTS),
        mapping=forms.file(toml.encode(), "map.toml"),
    )

    html = contributor.get(preview).get_data(as_text=True)
    assert "mapped" in html
    assert "memory = 4g" in html


def test_a_name_made_to_do_harm_stays_text(contributor: FlaskClient):
    events = logs.run(name="<script>alert(1)</script>\u202egnp")

    html = contributor.get(previewed(contributor, "a", logs.text(events))).get_data(as_text=True)

    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("kind", ["", "?kind=spark"])
def test_the_api_reads_logs_as_they_are(contributor: FlaskClient, kind: str):
    answer = contributor.post(
        f"/api/v1/preview{kind}",
        data=logs.lz4(logs.text(EVENTS)),
        content_type="application/octet-stream",
    )

    assert answer.status_code == 200
    (read,) = answer.json["records"]
    assert read["record"]["origin"]["kind"] == "event-log"
    assert read["record"]["stages"][0]["runtime_seconds"] == 3.0


def test_the_api_says_what_is_wrong_with_a_log(contributor: FlaskClient):
    answer = contributor.post(
        "/api/v1/preview", data=logs.text(EVENTS[:-1]), content_type="application/octet-stream"
    )

    assert answer.status_code == 422
    assert "has no end" in str(answer.json["errors"])
