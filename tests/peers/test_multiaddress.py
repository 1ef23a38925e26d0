"""URLs and multiaddresses of HTTP servers stand for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.peers.multiaddress import UnknownAddressError
from ledger.peers.multiaddress import multiaddress_of
from ledger.peers.multiaddress import protocols_of
from ledger.peers.multiaddress import url_of


@pytest.mark.parametrize(
    ("url", "multiaddress"),
    [
        ("http://127.0.0.1:8787", "/ip4/127.0.0.1/tcp/8787/http"),
        ("http://[::1]:8787", "/ip6/::1/tcp/8787/http"),
        ("https://node.example", "/dns/node.example/tcp/443/tls/http"),
        ("https://node.example:8443", "/dns/node.example/tcp/8443/tls/http"),
        ("http://10.1.2.3", "/ip4/10.1.2.3/tcp/80/http"),
    ],
)
def test_a_url_has_a_multiaddress_and_back(url: str, multiaddress: str):
    assert multiaddress_of(url) == multiaddress
    assert multiaddress_of(url + "/") == multiaddress
    assert url_of(multiaddress) == url


@pytest.mark.parametrize(
    ("multiaddress", "url"),
    [
        ("/dns4/node.example/tcp/443/tls/http", "https://node.example"),
        ("/dns4/node.example/tcp/443/https", "https://node.example"),
        ("/dns6/node.example/tcp/8443/tls/sni/node.example/http", "https://node.example:8443"),
        ("/dns/node.example/https", "https://node.example"),
        (
            "/ip4/127.0.0.1/tcp/80/http/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
            "http://127.0.0.1",
        ),
    ],
)
def test_what_others_write_is_understood(multiaddress: str, url: str):
    assert url_of(multiaddress) == url


@pytest.mark.parametrize(
    "text",
    ["", "/", "node.example", "/ip4/127.0.0.1/tcp/80", "/ip4/300.0.0.1/tcp/80/http",
     "/ip4/127.0.0.1/udp/80/quic-v1", "/ip4/127.0.0.1/udp/443/http", "/tcp/80/http",
     "/ip4/127.0.0.1/tcp/99999/http", "/unix/tmp/http", "/dns4/a/tcp/80/http" + "/http" * 500],
)  # fmt: skip
def test_what_is_no_http_server_is_refused(text: str):
    with pytest.raises(UnknownAddressError):
        url_of(text)


@pytest.mark.parametrize(
    "url",
    ["", "node.example", "ftp://node.example", "http://", "https://node.example/ipfs",
     "https://user@node.example", "https://node.example?x", "http://a:99999", "http://[::1"],
)  # fmt: skip
def test_urls_that_say_less_or_more_are_refused(url: str):
    with pytest.raises(UnknownAddressError):
        multiaddress_of(url)


def test_an_address_names_its_protocols():
    assert protocols_of("/dns4/a.example/tcp/443/tls/http") == {"dns4", "tcp", "tls", "http"}
    assert protocols_of("nonsense") == frozenset()


@given(st.text(max_size=60) | st.text("/ip4dns.tcphls0123456789:[]", max_size=60))
def test_any_text_is_read_or_refused(text: str):
    for read in (url_of, multiaddress_of):
        try:
            assert read(text)
        except UnknownAddressError:
            continue
