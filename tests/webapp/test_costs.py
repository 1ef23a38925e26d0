"""The page of costs: at the reader's prices, which the address and the browser keep."""

import html
from typing import Any

import pytest
from flask.testing import FlaskClient

QUERY = {"job": "kmeans", "usd.m4.2xlarge": "0.40", "usd.c4.2xlarge": "0,30"}


def test_clusters_are_priced_by_their_node_hours(client: FlaskClient) -> None:
    address = "/api/v1/cost/kmeans?price=m4.2xlarge:0.40&price=c4.2xlarge:0.30"

    rows = client.get(address).get_json()["rows"]

    prices = {"m4.2xlarge": 0.4, "c4.2xlarge": 0.3}
    for each in rows:
        cluster, runtime = each["repeats"]["configuration"], each["repeats"]["runtime"]
        hours = cluster["nodes"] * runtime["median"] / 3600
        assert each["cost_usd"] == pytest.approx(hours * prices[cluster["machine_type"]])
    assert [each["cost_usd"] for each in rows] == sorted(each["cost_usd"] for each in rows)


def test_the_page_names_the_cheapest_and_keeps_what_was_written(client: FlaskClient) -> None:
    page = html.unescape(client.get("/cost", query_string=QUERY).get_data(as_text=True))

    assert "Cheapest: " in page
    assert 'name="usd.c4.2xlarge" value="0,30"' in page
    assert 'id="figure-cost"' in page


def test_no_price_is_assumed(client: FlaskClient) -> None:
    page = client.get("/cost?job=sort").get_data(as_text=True)

    assert "Fill in the price" in page
    assert 'id="figure-cost"' not in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("job=sort&usd.m4.2xlarge=cheap", 400),
        ("job=sort&" + "&".join(f"usd.m{at}=1" for at in range(101)), 400),
        ("job=unknown", 404),
        ("job=sort&work=99999999", 200),
    ],
)
def test_wrong_parameters_are_named(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/cost?{query}").status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("sort?price=m4.2xlarge:cheap", 400),
        ("sort?prices=m4.2xlarge:1", 400),
        ("unknown", 404),
        ("sort?work=999999", 200),
    ],
)
def test_the_api_names_wrong_parameters(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(f"/api/v1/cost/{path}").status_code == status


@pytest.mark.browser
def test_the_browser_remembers_prices(page: Any, served: str) -> None:
    page.goto(served + "/cost?job=sort")
    page.get_by_label("m4.2xlarge").fill("0.4")
    page.get_by_role("button", name="Show").click()
    page.wait_for_selector(".plot[data-drawn]")

    page.goto(served + "/cost?job=grep")

    page.wait_for_url("**usd.m4.2xlarge=0.4**")
    page.wait_for_selector(".plot[data-drawn]")
