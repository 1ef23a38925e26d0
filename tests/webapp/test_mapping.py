"""Columns are chosen and bad rows are mended in the page, without scripts too."""

import gzip
import json
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ledger.node import Node
from tests.conftest import execution
from tests.webapp import forms

STRANGE = "what,boxes,took,volume\nsort,4,2.5,10\ngrep,8,1.5,20\n"
PLAIN = "job,framework,nodes,runtime_s\n"


def uploaded(client: FlaskClient, *files: tuple[bytes, str]) -> str:
    """Where an upload leads to."""
    parts = [forms.file(*each) for each in files]
    response = forms.post(client, "/contribute", "/contribute", file=parts)
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def text(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, (response.status_code, path)
    return unescape(response.get_data(as_text=True)).replace("\u202f", " ")


def choice(client: FlaskClient, page: str) -> dict[str, str]:
    """The form as it stands."""
    html = client.get(page).get_data(as_text=True)
    found = dict(re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        selected = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = selected[1] if selected else ""
    return {name: unescape(value) for name, value in found.items() if name != "csrf_token"}


def choose(client: FlaskClient, page: str, **changes: str) -> TestResponse:
    return forms.post(client, page, page, **{**choice(client, page), **changes})


MAPPED = {
    "target-0": "job.name",
    "target-1": "cluster.nodes",
    "target-2": "runtime_seconds",
    "unit-2": "min",
    "target-3": "input.size_bytes",
    "unit-3": "GB",
    "constant-job.framework.name": "flink",
}


def test_a_table_whose_columns_nobody_can_guess_is_mapped_in_the_page(
    contributor: FlaskClient, empty_node: Node
):
    page = uploaded(contributor, (STRANGE.encode(), "runs.csv"))
    assert "/columns" in page
    assert "4 · 8" in text(contributor, page)

    saved = choose(contributor, page, **MAPPED)
    preview = saved.headers["Location"]

    assert "2 records in runs.csv" in text(contributor, preview)
    signed = forms.post(contributor, preview, preview, signer=empty_node.signers()[0].address)
    cids = empty_node.contribution(signed.headers["Location"].rpartition("/")[2]).cids
    found = [empty_node.queries.record(cid).record for cid in cids]
    assert [each["runtime_seconds"] for each in found] == [150, 90]
    assert found[0]["input"]["size_bytes"] == 10 * 10**9
    assert found[0]["job"] == {"name": "sort", "framework": {"name": "flink"}}


def test_what_was_chosen_is_what_the_page_shows_next_time(contributor: FlaskClient):
    page = uploaded(contributor, (STRANGE.encode(), "runs.csv"))
    choose(contributor, page, **MAPPED)

    kept = choice(contributor, page)

    assert {name: kept[name] for name in MAPPED} == MAPPED


def test_a_right_guess_needs_no_choice(contributor: FlaskClient):
    preview = uploaded(contributor, ((PLAIN + "a,spark,2,5\n").encode(), "a.csv"))

    guessed = choice(contributor, preview + "/columns")

    assert guessed["target-0"] == "job.name"
    assert (guessed["target-3"], guessed["unit-3"]) == ("runtime_seconds", "s")


def test_trying_shows_what_would_come_of_it_and_keeps_nothing(contributor: FlaskClient):
    page = uploaded(contributor, (STRANGE.encode(), "runs.csv"))
    form = {**choice(contributor, page), **MAPPED}

    fragment = forms.post(contributor, page.replace("/columns", "/columns/try"), page, **form)
    whole = choose(contributor, page, **MAPPED, **{"try": "1"})

    for shown in (fragment, whole):
        assert "150" in shown.get_data(as_text=True)
    assert "<html" not in fragment.get_data(as_text=True)
    assert choice(contributor, page)["target-1"] == "input.characteristics"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target-1": "job.name"}, "Two columns are chosen for Job name: what and boxes"),
        ({"target-1": ""}, "Nothing is chosen for Nodes"),
        ({"constant-job.framework.name": ""}, "Nothing is chosen for Framework"),
        ({"unit-1": "GB"}, "Nodes (scale-out) has no unit"),
        ({"unit-2": "GB"}, "runtime_seconds is not measured in GB"),
        ({"target-1": "", "constant-cluster.nodes": "many"}, "'many' is no number of nodes"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_and_kept_on_the_page(
    contributor: FlaskClient, changes: dict[str, str], said: str
):
    page = uploaded(contributor, (STRANGE.encode(), "runs.csv"))

    response = choose(contributor, page, **{**MAPPED, **changes})

    html = unescape(response.get_data(as_text=True))
    assert response.status_code == 400
    assert said in html
    assert re.search(r'name="target-3".*?value="input.size_bytes" selected', html, re.DOTALL)


@pytest.mark.parametrize(
    "changes",
    [{"target-0": "origin"}, {"unit-0": "parsec"}, {"column-0": "other"}, {"target-0": "../x"}],
)
def test_a_form_that_the_page_never_made_is_refused(
    contributor: FlaskClient, changes: dict[str, str]
):
    page = uploaded(contributor, (STRANGE.encode(), "runs.csv"))

    assert choose(contributor, page, **{**MAPPED, **changes}).status_code == 400


def test_each_of_several_files_has_its_own_columns(contributor: FlaskClient):
    page = uploaded(
        contributor,
        ((PLAIN + "a,spark,2,5\n").encode(), "plain.csv"),
        (STRANGE.encode(), "strange.csv"),
    )
    assert page.endswith("file=1")
    assert "strange.csv" in text(contributor, page)

    preview = choose(contributor, page, **MAPPED).headers["Location"]

    shown = text(contributor, preview)
    assert "3 records in 2 files" in shown
    assert "Columns of plain.csv" in shown


def test_objects_with_other_keys_are_mapped_too(contributor: FlaskClient):
    lines = b'{"what": "sort", "where": {"boxes": 4}, "took": 5}\n{"what": "grep", "took": 6}\n'
    preview = uploaded(contributor, (lines, "runs.jsonl"))
    assert "No row is a record" in text(contributor, preview)
    chosen = {
        "target-0": "job.name",
        "target-1": "cluster.nodes",
        "target-2": "runtime_seconds",
        "constant-job.framework.name": "x",
    }

    saved = choose(contributor, preview + "/columns", **chosen)

    assert "1 record in runs.jsonl" in text(contributor, saved.headers["Location"])


def mend(client: FlaskClient, preview: str, line: int, **changes: Any) -> TestResponse:
    html = client.get(preview).get_data(as_text=True)
    form = next(
        each for each in re.findall(r"<form.*?</form>", html, re.DOTALL)
        if f'name="line" value="{line}"' in each
    )  # fmt: skip
    found = dict(re.findall(r'<input [^>]*name="([^"]+)" value="([^"]*)"', form))
    return forms.post(client, preview + "/rows", "/contribute", **{**found, **changes})


def test_a_bad_row_is_mended_in_place_and_goes_in(contributor: FlaskClient):
    rows = PLAIN + "a,spark,two,31\nb,spark,2,32\n"
    preview = uploaded(contributor, (rows.encode(), "runs.csv"))
    assert "1 record in runs.csv" in text(contributor, preview)

    mend(contributor, preview, 2, cell=["a", "spark", "2", "31"])

    shown = text(contributor, preview)
    assert "2 records in runs.csv" in shown
    assert "Every row was understood" in shown
    with contributor.get(preview + "/files/0") as kept:
        assert kept.get_data(as_text=True) == rows.replace("two", "2")


def test_a_correction_that_is_wrong_too_is_shown_again(contributor: FlaskClient):
    rows = PLAIN + "a,spark,two,41\nb,spark,2,42\n"
    preview = uploaded(contributor, (rows.encode(), "runs.csv"))

    mend(contributor, preview, 2, cell=["a", "spark", "zwei", "41"])

    assert "not a number: 'zwei'" in text(contributor, preview)


def test_cells_that_are_missing_can_be_added(contributor: FlaskClient):
    preview = uploaded(contributor, ((PLAIN + "a,spark\n").encode(), "runs.csv"))

    mend(contributor, preview, 2, cell=["a", "spark", "2", "51"])

    assert "1 record in runs.csv" in text(contributor, preview)


def test_a_line_of_jsonl_is_mended_as_it_is_written(contributor: FlaskClient):
    good = execution("sort", "m4.2xlarge", 2, 9001, 0).model_dump_json()
    preview = uploaded(contributor, (f"{good}\n{good[:-1]}\n".encode(), "runs.jsonl"))

    mend(contributor, preview, 2, text=json.dumps({**json.loads(good), "runtime_seconds": 5}))

    assert "2 records in runs.jsonl" in text(contributor, preview)


def test_a_compressed_file_is_mended_too(contributor: FlaskClient):
    rows = gzip.compress((PLAIN + "a,spark,x,61\n").encode())
    preview = uploaded(contributor, (rows, "runs.csv.gz"))

    mend(contributor, preview, 2, cell=["a", "spark", "2", "61"])

    assert "1 record in runs.csv.gz" in text(contributor, preview)


def test_a_row_mended_in_another_tab_is_not_overwritten(contributor: FlaskClient):
    preview = uploaded(contributor, ((PLAIN + "a,spark,x,71\n").encode(), "runs.csv"))
    mark = re.search(
        r'name="mark" value="([^"]+)"', contributor.get(preview).get_data(as_text=True)
    )
    assert mark is not None
    mend(contributor, preview, 2, cell=["a", "spark", "2", "71"])

    again = forms.post(
        contributor, preview + "/rows", "/contribute",
        file="0", line="2", mark=mark[1], cell=["a", "spark", "99", "71"],
    )  # fmt: skip

    assert again.status_code == 409
    assert "1 record in runs.csv" in text(contributor, preview)


@pytest.mark.parametrize(
    "form",
    [
        {}, {"line": "2"}, {"file": "9", "line": "2"}, {"file": "../1", "line": "2"},
        {"file": "0", "line": "-1"}, {"file": "0", "line": "9" * 500, "cell": "x"},
        {"file": "0", "line": "2", "mark": "0"},
    ],
)  # fmt: skip
def test_a_correction_of_nothing_is_refused(contributor: FlaskClient, form: dict[str, str]):
    preview = uploaded(contributor, ((PLAIN + "a,spark,x,81\n").encode(), "runs.csv"))

    assert forms.post(contributor, preview + "/rows", "/contribute", **form).status_code in {
        400, 404, 409,
    }  # fmt: skip


def test_known_records_are_named_with_the_reason(contributor: FlaskClient, empty_node: Node):
    new, sent = (
        execution("sort", "m4.2xlarge", 2, size, 0).model_dump_json() for size in (7001, 7002)
    )
    contributor.post("/api/v1/contributions", data=sent, content_type="application/jsonl")

    preview = uploaded(contributor, (f"{new}\n{sent}\n{new}".encode(), "runs.jsonl"))

    shown = text(contributor, preview)
    assert "2 records need no signature" in shown
    assert "On its way" in shown
    assert "Twice in this upload" in shown
    assert "Sign and contribute 1 record" in shown


def test_markup_in_columns_and_cells_stays_text(contributor: FlaskClient):
    rows = '<b>a</b>,"""><script>x</script>"\n<i>1</i>,<i>2</i>\n'
    page = uploaded(contributor, (rows.encode(), "<u>.csv"))

    html = contributor.get(page).get_data(as_text=True)

    for tag in ("<b>a", "<script>x", "<i>1", "<u>.csv"):
        assert tag not in html
