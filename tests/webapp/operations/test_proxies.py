"""Whom a request is said to come from, with and without proxies that are trusted."""

from ipaddress import ip_network

import pytest

from webapp.operations.proxies import TrustedProxies

PROXIES = [ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def seen(direct: str, **headers: str) -> tuple[str, str, str]:
    """The client's address, the scheme and the host that the application is given."""
    environ = {
        "REMOTE_ADDR": direct,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "inside:8787",
        **{f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()},
    }

    def application(environ, start_response):
        return []

    TrustedProxies(application, PROXIES)(environ, lambda *_: None)
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]


def test_a_trusted_proxy_is_believed():
    found = seen("127.0.0.1", **{"for": "203.0.113.9"}, proto="https", host="ledger.example")

    assert found == ("203.0.113.9", "https", "ledger.example")


def test_a_stranger_is_not_believed():
    found = seen("203.0.113.9", **{"for": "127.0.0.1"}, proto="https", host="ledger.example")

    assert found == ("203.0.113.9", "http", "inside:8787")


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.9, 10.0.0.7", "10.0.0.9"),
        ("nonsense", "127.0.0.1"),
        ("203.0.113.9, nonsense, 10.0.0.7", "10.0.0.7"),
        (" , 2001:db8::7 ,, fd00::1", "2001:db8::7"),
        ("::ffff:10.0.0.7", "::ffff:10.0.0.7"),
        ("203.0.113.9, ::ffff:10.0.0.7", "203.0.113.9"),
        ("", "127.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(chain: str, client: str):
    assert seen("127.0.0.1", **{"for": chain})[0] == client


@pytest.mark.parametrize("scheme", ["javascript", "HTTPS", "https, ftp"])
def test_a_scheme_that_is_none_is_passed_over(scheme: str):
    assert seen("127.0.0.1", proto=scheme)[1] == "http"


def test_of_several_schemes_and_hosts_the_nearest_proxy_has_the_word():
    assert seen("127.0.0.1", proto="http, https", host="forged, ledger.example")[1:] == (
        "https",
        "ledger.example",
    )
