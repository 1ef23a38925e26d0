"""Pages of contributors and validators: reputation with its formula, reasons, activity."""

import html

from flask.testing import FlaskClient

from ledger.index.filters import Filter
from ledger.node import Node


def text_of(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.get_data(as_text=True)).replace("\u202f", " ")


def who_was_rejected(node: Node) -> str:
    found = node.queries.records(Filter(status=("rejected",)), limit=1).rows[0].contributor
    assert found is not None
    return found


def test_a_contributors_reputation_is_what_quorums_accepted_of_what_they_decided(
    client: FlaskClient, ledger_node: Node
) -> None:
    who = who_was_rejected(ledger_node)
    row = ledger_node.queries.contributor(who)

    found = client.get(f"/api/v1/contributors/{who}/story").get_json()["reputation"]

    assert (found["agreed"], found["decided"]) == (row.accepted, row.accepted + 1)
    assert found["low"] < found["share"] < found["high"]
    page = text_of(client, f"/contributors/{who}")
    assert f"{row.accepted} records that were accepted, out of {row.accepted + 1}" in page


def test_a_contributor_reads_why_records_were_rejected(
    client: FlaskClient, ledger_node: Node
) -> None:
    who = who_was_rejected(ledger_node)

    page = text_of(client, f"/contributors/{who}")

    assert "impossible-cpu" in page
    assert f"/records?status=rejected&contributor={who}" in page


def test_a_contributor_without_rejections_is_told_of_none(
    client: FlaskClient, ledger_node: Node
) -> None:
    other = next(
        row for row in ledger_node.queries.contributors() if row.accepted and not row.rejected
    )

    found = client.get(f"/api/v1/contributors/{other.address}/story").get_json()

    assert found["activity"]["objections"] == []
    assert found["reputation"]["share"] == 1


def test_contributions_are_summed_by_day(client: FlaskClient, ledger_node: Node) -> None:
    row = ledger_node.queries.contributors()[0]

    days = client.get(f"/api/v1/contributors/{row.address}/story").get_json()["activity"]["days"]

    anchored = sum(
        each.count
        for batch in ledger_node.queries.batches()
        for each in ledger_node.queries.batch(batch.batch_id).submissions
        if each.contributor == row.address
    )
    assert sum(day["records"] for day in days) == anchored


def test_a_validators_reputation_is_the_sum_of_its_attestations(
    client: FlaskClient, ledger_node: Node
) -> None:
    row = ledger_node.queries.validators()[0]

    found = client.get(f"/api/v1/validators/{row.address}/story").get_json()

    agreements = found["activity"]["agreements"]
    assert sum(each["agreed"] for each in agreements) == found["reputation"]["agreed"]
    assert sum(each["decided"] for each in agreements) == row.decided
    assert sum(day["rejected"] for day in found["activity"]["days"]) == row.rejected
    assert f"out of {row.decided} verdicts" in text_of(client, f"/validators/{row.address}")


def test_all_verdicts_are_drawn_over_time(client: FlaskClient) -> None:
    assert 'id="figure-verdicts"' in text_of(client, "/validators")
