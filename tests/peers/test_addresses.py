"""A node cannot be made to connect to what its operator did not allow."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import SettingsError
from ledger.peers import addresses
from ledger.peers.addresses import AddressPolicy
from ledger.peers.addresses import ForbiddenAddressError
from ledger.peers.addresses import host_and_port
from ledger.peers.addresses import is_origin
from ledger.peers.addresses import networks
from ledger.peers.http import PeerUnavailableError
from ledger.peers.http import Web
from tests.peers.servers import Answer
from tests.peers.servers import Request
from tests.peers.servers import http_server
from tests.peers.servers import raw_server

INNER = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
    "4000::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@contextmanager
def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Iterator[list[str]]:
    """A name service that gives one answer after another; yields the names it was asked for."""
    left = list(answers)
    asked: list[str] = []

    def look_up(host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in each else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (each, port),
            )
            for each in found
        ]

    with monkeypatch.context() as patched:
        patched.setattr(addresses.socket, "getaddrinfo", look_up)
        yield asked


def places(policy: AddressPolicy, host: str, port: int = 80) -> list[str]:
    return [info[4][0] for info in policy.resolve(host, port)]


@pytest.mark.parametrize("address", INNER)
def test_addresses_of_the_own_network_are_refused(address: str):
    with pytest.raises(ForbiddenAddressError, match="may not connect to") as caught:
        places(AddressPolicy(), address)

    assert "PERFLEDGER_PEER_NETWORKS" in caught.value.hint


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str):
    assert places(AddressPolicy(), address) == [address]


@pytest.mark.parametrize(
    "written", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0", "localhost"]
)
def test_other_ways_to_write_an_address_lead_to_the_same(written: str):
    with pytest.raises(ForbiddenAddressError, match=written):
        places(AddressPolicy(), written)


@given(number=st.integers(0, 2**32 - 1))
def test_an_ipv4_address_inside_another_reaches_what_it_reaches(number: int):
    inner = ipaddress.IPv4Address(number)
    shells = [
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("::ffff:0:0")) + number),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number),
        ipaddress.IPv6Address((0x2002 << 112) + (number << 80) + 1),
    ]
    policy = AddressPolicy()

    allowed = {policy._permits(str(address)) for address in (inner, *shells)}

    assert len(allowed) == 1


def test_a_name_that_leads_to_both_is_connected_to_where_it_may_be(monkeypatch: pytest.MonkeyPatch):
    with resolving(monkeypatch, ["10.0.0.1", "8.8.8.8", "::1"]):
        assert places(AddressPolicy(), "both.example") == ["8.8.8.8"]


def test_a_scope_does_not_hide_an_address(monkeypatch: pytest.MonkeyPatch):
    with resolving(monkeypatch, ["fe80::1%eth0"]), pytest.raises(ForbiddenAddressError):
        places(AddressPolicy(), "scoped.example")


def test_what_the_operator_named_is_allowed_with_its_port_alone():
    policy = AddressPolicy(["http://127.0.0.1:4802", "https://LOCALHOST"])

    assert places(policy, "127.0.0.1", 4802) == ["127.0.0.1"]
    assert places(policy, "localhost", 443)
    for host, port in [("127.0.0.1", 80), ("127.0.0.1", 48), ("127.1", 4802), ("localhost", 80)]:
        with pytest.raises(ForbiddenAddressError):
            places(policy, host, port)


def test_networks_are_allowed_besides():
    policy = AddressPolicy([], networks("10.0.0.0/8, fd00::/8"))

    assert places(policy, "10.9.8.7") == ["10.9.8.7"]
    assert places(policy, "fd00::1") == ["fd00::1"]
    assert places(policy, "::ffff:10.9.8.7") == ["::ffff:10.9.8.7"]
    with pytest.raises(ForbiddenAddressError):
        places(policy, "192.168.0.1")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "intranet", "10.0.0.0/8;::/0"])
def test_what_is_no_network_is_refused(text: str):
    with pytest.raises(SettingsError, match="peer_networks"):
        networks(text)


@pytest.mark.parametrize(
    "url",
    ["ftp://host", "//host", "host:80", "http://", "http://[::1", "http://h:99999", "http://h:0"],
)
def test_what_is_no_http_url_is_refused(url: str):
    with pytest.raises(SettingsError, match="is no") as caught:
        host_and_port(url)

    assert "http://host:port" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "https://a.example:8443",
        "http://10.0.0.7:4802",
        "http://[2001:db8::1]:80",
    ],
)
def test_scheme_host_and_port_are_the_address_of_a_node(url: str):
    assert is_origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://user@host",
        "http://a.example@b.example",
        "http://a.example\\@b.example",
        "http://a.example#@b.example",
        "http://a.example?x",
        "http://a.example/",
        "http://a.example/path",
        "http://a.example:80/../x",
        "http://exa\nmple.org",
        "http://a.example\r\nHost: b",
        "http://a.example ",
        " http://a.example",
        "http://A.example",
        "HTTP://a.example",
        "http://bücher.example",
        "http://ⓛocalhost",
        "http://a..example",
        "http://a.example.",
        "http://a.example:",
        "http://a.example:0",
        "http://a.example:65536",
        "http://a.example:080",
        "http://[::1%25eth0]",
        "ftp://a.example",
        "http://" + "a" * 300,
        "",
    ],
)
def test_anything_more_is_no_address_of_a_node(url: str):
    assert not is_origin(url)


@given(url=st.text() | st.text().map("http://".__add__))
def test_whatever_is_taken_for_an_address_leads_where_it_says(url: str):
    if is_origin(url):
        host, port = host_and_port(url)
        assert host in url
        assert 0 < port < 2**16


# What is refused is not even connected to


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(AddressPolicy())
    yield opened
    opened.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_refused_address_sees_no_connection(web: Web, host: str):
    with raw_server(host=host) as server, pytest.raises(ForbiddenAddressError):
        web.json("GET", f"{server.url}/peers/v1/node")

    assert server.accepted == 0


@pytest.mark.parametrize(
    "trick",
    [
        "http://8.8.8.8@127.0.0.1:{port}/",
        "http://user:password@localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://127.0.0.1:{port}\\@8.8.8.8/",
        "http://ⓛocalhost:{port}/",
        "http://\uff11\uff12\uff17.0.0.1:{port}/",
        "http://127\u30020\u30020\u30021:{port}/",
        "http://0:{port}/",
        "http://localhost.:{port}/",
        "http://127.0.0.1:{port}#@8.8.8.8/",
    ],
)
def test_tricks_with_urls_lead_to_no_connection(web: Web, trick: str):
    with raw_server() as server:
        url = trick.format(port=server.url.rpartition(":")[2])
        with pytest.raises((ForbiddenAddressError, PeerUnavailableError)):
            web.json("GET", url, seconds=1)

    assert server.accepted == 0


@pytest.mark.parametrize("host", ["a..example", "a" * 70 + ".example", "-", "*", "xn--", "a b"])
def test_a_host_that_dns_cannot_name_is_not_available(web: Web, host: str):
    with pytest.raises(PeerUnavailableError, match="does not answer"):
        web.json("GET", f"http://{host}:1/", seconds=1)


def test_a_name_is_looked_up_once_and_the_connection_goes_there(monkeypatch: pytest.MonkeyPatch):
    """DNS rebinding: the second answer leads inside, and nobody asks for it."""
    policy = AddressPolicy([], networks("127.0.0.2/32"))
    web = Web(policy)
    with (
        raw_server(host="127.0.0.1") as inside,
        http_server(lambda _: (200, b"1"), host="127.0.0.2") as outside,
        resolving(monkeypatch, ["127.0.0.2"], ["127.0.0.1"]) as asked,
    ):
        port = outside.url.rpartition(":")[2]
        assert web.json("GET", f"http://moving.example:{port}/") == 1
    web.close()

    assert asked == ["moving.example"]
    assert inside.accepted == 0


def test_redirects_are_not_followed():
    with raw_server() as inside:

        def redirect(_: Request) -> Answer:
            return 302, b""

        with http_server(redirect, Location=inside.url) as server:
            web = Web(AddressPolicy([server.url]))
            with pytest.raises(PeerUnavailableError, match="HTTP 302"):
                web.json("GET", server.url)
            web.close()

    assert inside.accepted == 0
    assert len(server.asked) == 1


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
):
    netrc = tmp_path_factory.mktemp("secrets") / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with raw_server() as proxy, http_server(lambda _: (200, b"1")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        web = Web(AddressPolicy([server.url]))
        assert web.json("GET", server.url) == 1
        web.close()

    assert proxy.accepted == 0
    assert "Authorization" not in server.asked[0].headers


def test_no_cookie_is_kept():
    with http_server(lambda _: (200, b"1"), Set_Cookie="tracked=yes; Path=/") as server:
        web = Web(AddressPolicy([server.url]))
        for _ in range(2):
            web.json("GET", server.url)
        web.close()

    assert all("Cookie" not in request.headers for request in server.asked)
