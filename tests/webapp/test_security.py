"""Headers, hosts and cookies that keep other sites out."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import hosts
from webapp.assets import PLOTLY
from webapp.assets import plotly_style_ids
from webapp.secret import secret_key


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/overview", "/api/v1/nothing"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("host", ["localhost:8787", "127.0.0.1", "[::1]:80"])
def test_loopback_names_are_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil"])
def test_other_names_are_refused(client: FlaskClient, host: str) -> None:
    response = client.get("/api/v1/overview", headers={"Host": host})

    assert response.status_code == 400
    assert "localhost" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("app_host", "expected"),
    [("0.0.0.0", None), ("ledger.example", None), ("127.0.0.2", True), ("::1", True)],
)
def test_hosts_are_limited_only_where_the_app_listens_on_loopback(
    app_host: str, expected: bool | None
) -> None:
    assert (hosts.allowed(app_host) is not None) is (expected is True)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/contribute").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_session_cookie_is_secure_over_tls(app: Flask) -> None:
    response = app.test_client().get("/contribute", base_url="https://localhost")

    assert "Secure" in response.headers["Set-Cookie"]


def test_the_secret_outlives_the_process_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secret_key(tmp_path)

    assert secret_key(tmp_path) == first
    assert (tmp_path / "web-secret").stat().st_mode & 0o077 == 0


def test_plotly_is_kept_by_browsers_and_packed_for_the_way(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    address = page.partition('<script src="/plotly')[2].partition('"')[0]

    packed = client.get(f"/plotly{address}", headers={"Accept-Encoding": "gzip"})
    plain = client.get(f"/plotly{address}")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
    assert plain.data == PLOTLY.read_bytes()
    assert len(packed.data) < len(plain.data) / 2


def test_inline_style_sheets_of_plotly_are_found() -> None:
    assert plotly_style_ids()


@pytest.mark.parametrize(
    ("referrer", "target"),
    [
        ("http://localhost/records?job=sort", "/records?job=sort"),
        ("http://localhost//evil.example", "/evil.example"),
        ("http://evil.example/x", "/"),
    ],
)
def test_the_theme_is_remembered_and_the_way_back_stays_here(
    app: Flask, referrer: str, target: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        client = app.test_client()
        response = client.post("/theme", headers={"Referer": referrer})
    finally:
        app.config["WTF_CSRF_ENABLED"] = True

    assert response.headers["Location"] == target
    assert 'data-theme="dark"' in client.get("/").get_data(as_text=True)


def test_only_files_with_a_version_in_their_address_are_kept_unasked(client: FlaskClient) -> None:
    """A script that another imports has none: after an upgrade browsers have to ask for it."""
    kept = [
        client.get(address, buffered=True).headers["Cache-Control"]
        for address in ("/static/js/copy.js?v=1", "/static/js/copy.js")
    ]

    assert ["max-age=31536000" in each for each in kept] == [True, False]
