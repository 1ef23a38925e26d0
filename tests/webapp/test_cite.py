"""Citations that programs for references read, whatever a stranger called his job."""

import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from ledger.index.filters import Filter
from ledger.node import Node
from webapp.cite.work import Work
from webapp.cite.work import latex
from webapp.cite.work import safe_url

TODAY = date(2026, 1, 2)
FIELDS = ["author", "title", "year", "howpublished", "url", "urldate", "note"]


def work(title: str = "A run", url: str = "https://a.example/x") -> Work:
    return Work("perfledger-a1", title, ("0xAb",), date(2025, 3, 4), TODAY, url, None, "CID bafy")


def fields_of(entry: str) -> dict[str, str]:
    """The fields of a BibTeX entry, read as BibTeX reads it: by counting braces."""
    head, _, rest = entry.partition(",\n")
    assert re.fullmatch(r"@misc\{[a-z0-9-]+", head)
    found: dict[str, str] = {}
    while match := re.match(r"\s*([a-z]+) = \{", rest):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        found[match[1]] = rest[match.end() : end - 1]
        assert rest[end] == ","
        rest = rest[end + 1 :]
    assert rest.strip() == "}"
    return found


def read(text: str) -> str:
    """What LaTeX prints for an escaped text."""
    names = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
             "textasciicircum": "^", "textasciitilde": "~"}  # fmt: skip
    return re.sub(
        r"\\([a-z]+)\{\}|\\([$&#%_])", lambda found: names.get(found[1]) or found[2], text
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@example("}}, note = {x}")
@example("\\input{/etc/passwd}")
@example("%\n@misc{b,")
def test_no_title_leaves_its_field(title: str):
    found = fields_of(work(title).bibtex())

    assert list(found) == FIELDS
    assert "\n" not in found["title"]
    assert re.fullmatch(r"(?:[^\\{}$&#%_^~]|\\[a-z]+\{\}|\\[$&#%_])*", found["title"][1:-1])


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
def test_what_is_printed_is_what_was_written(text: str):
    assert read(latex(text)) == " ".join(text.split())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example(")](javascript:alert(1))")
@example("}\\x{")
def test_a_url_ends_neither_a_value_nor_a_link(text: str):
    safe = safe_url(f"https://a.example/{text}")

    assert safe.isascii()
    assert not set(safe) & set("(){}\\<>\"' `|^\n")


def test_a_record_is_cited_by_what_lasts(client: FlaskClient, ledger_node: Node):
    cid = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid
    detail = ledger_node.queries.record(cid)
    assert detail.batch is not None

    found = client.get(f"/api/v1/records/{cid}/citation").get_json()
    fields = fields_of(found["bibtex"])

    for lasting in (cid, detail.batch.root, f"block {detail.batch.block_number}"):
        assert lasting in fields["note"]
        assert lasting in found["text"]
    assert "of m4.2xlarge, 10 GB of input" in found["text"] or "20 GB of input" in found["text"]
    assert fields["year"] == str(detail.batch.anchored_at.year)
    assert fields["url"] == f"http://localhost/records/{cid}"
    assert fields["author"] == f"{{{detail.row.contributor}}}"
    assert found["csl"]["type"] == "dataset"
    assert found["csl"]["issued"]["date-parts"][0][0] == detail.batch.anchored_at.year
    assert client.get(found["proof_url"]).status_code == 200


def test_a_batch_and_a_question_are_cited_too(client: FlaskClient, ledger_node: Node):
    batch = ledger_node.queries.batches(1)[0]

    whole = client.get(f"/api/v1/batches/{batch.batch_id}/citation").get_json()
    question = client.get("/api/v1/citation?job=sort&status=accepted").get_json()

    assert batch.root in fields_of(whole["bibtex"])["note"]
    assert client.get(whole["proof_url"]).status_code == 200
    total = ledger_node.queries.count(Filter(job=("sort",), status=("accepted",)))
    assert question["title"].startswith(f"{total} execution records")
    assert "as of block" in fields_of(question["bibtex"])["note"]
    assert client.get(question["url"]).status_code == 200


@pytest.mark.parametrize("path", ["/records/{cid}", "/batches/{batch}", "/records?job=sort"])
def test_pages_lead_to_their_citation(client: FlaskClient, ledger_node: Node, path: str):
    row = ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    html = client.get(path.format(cid=row.cid, batch=row.batch_id)).get_data(as_text=True)
    (link,) = re.findall(r'href="([^"]+)">Cite or embed<', html)

    page = client.get(unescape(link)).get_data(as_text=True)
    badge = re.search(r'<img class="badge-image" src="([^"]+)" alt="([^"]+)"', page)

    assert "@misc{perfledger-" in page
    assert badge is not None
    assert f"<title>perfledger: {badge[2]}</title>" in client.get(unescape(badge[1])).text
    assert f"[![perfledger](http://localhost{badge[1]})](http://localhost" in page


def test_a_question_with_hostile_words_is_cited_as_text(client: FlaskClient):
    page = client.get(
        "/cite", query_string={"job": "<script>x</script>", "q": ")](javascript:alert(1))"}
    )

    html = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "<script>x" not in html
    assert "](javascript" not in html
