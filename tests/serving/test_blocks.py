"""Single blocks: bytes, headers, conditions, ranges."""

import pytest
from flask.testing import FlaskClient

from ledger.ipld.cid import CID
from ledger.node import Node
from tests.serving.dags import Dags
from tests.serving.dags import identity
from webapp import create_app

RAW = {"Accept": "application/vnd.ipld.raw"}


@pytest.fixture
def block(node: Node, dags: Dags) -> CID:
    cid = dags.cbor({"job": "sort", "runtime_seconds": 41.5})
    node.blocks.put_many(dags.blocks())
    return cid


def test_a_block_is_served_as_its_bytes_for_good(client: FlaskClient, block: CID, dags: Dags):
    answer = client.get(f"/ipfs/{block}?format=raw")

    assert answer.status_code == 200
    assert answer.data == dags[block]
    assert dict(answer.headers) | {
        "Content-Type": "application/vnd.ipld.raw",
        "Content-Length": str(len(dags[block])),
        "Cache-Control": "public, max-age=29030400, immutable",
        "ETag": f'"{block}.raw"',
        "X-Content-Type-Options": "nosniff",
        "X-Ipfs-Path": f"/ipfs/{block}",
        "X-Ipfs-Roots": str(block),
        "Access-Control-Allow-Origin": "*",
        "Accept-Ranges": "bytes",
    } == dict(answer.headers)
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{block}.bin"')
    assert "Content-Location" not in answer.headers


def test_a_block_asked_for_by_header_has_its_own_place_in_caches(client: FlaskClient, block: CID):
    answer = client.get(f"/ipfs/{block}", headers=RAW)

    assert answer.headers["Content-Location"] == f"/ipfs/{block}?format=raw"
    assert "Accept" in answer.headers["Vary"]


def test_a_block_is_known_by_every_cid_with_its_hash(client: FlaskClient, block: CID, dags: Dags):
    as_raw = CID.of(block.sha256, codec=0x55)

    assert client.get(f"/ipfs/{as_raw}?format=raw").data == dags[block]


def test_the_app_with_pages_serves_blocks_too(node: Node, block: CID, dags: Dags):
    answer = create_app(node).test_client().get(f"/ipfs/{block}?format=raw")

    assert answer.data == dags[block]


def test_a_block_that_is_not_here_is_not_found(client: FlaskClient, dags: Dags):
    answer = client.get(f"/ipfs/{dags.raw(b'elsewhere')}?format=raw")

    assert answer.status_code == 404
    assert answer.mimetype == "text/plain"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "is not held by this node" in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_only_a_cache_should_answer_is_412_if_it_is_not_here(
    client: FlaskClient, block: CID, dags: Dags, method: str
):
    only = {"Cache-Control": "only-if-cached"}

    here = client.open(f"/ipfs/{block}?format=raw", method=method, headers=only)
    missing = client.open(f"/ipfs/{dags.raw(b'x')}?format=car", method=method, headers=only)

    assert (here.status_code, missing.status_code) == (200, 412)


def test_head_has_the_headers_and_no_body(client: FlaskClient, block: CID, dags: Dags):
    got, head = (
        client.open(f"/ipfs/{block}?format=raw", method=method) for method in ("GET", "HEAD")
    )

    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(dags[block]))
    without_date = {name: value for name, value in got.headers.items() if name != "Date"}
    assert without_date.items() <= dict(head.headers).items()


@pytest.mark.parametrize("etags", ['"{}.raw"', 'W/"{}.raw"', '"other", "{}.raw"', "*"])
def test_a_block_that_the_client_has_is_not_sent_again(client: FlaskClient, block: CID, etags: str):
    answer = client.get(f"/ipfs/{block}?format=raw", headers={"If-None-Match": etags.format(block)})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == f'"{block}.raw"'
    assert "immutable" in answer.headers["Cache-Control"]


def test_another_etag_does_not_match(client: FlaskClient, block: CID):
    answer = client.get(f"/ipfs/{block}?format=raw", headers={"If-None-Match": f'"{block}.car"'})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-0", 0, 0), ("1-3", 1, 3), ("5-", 5, 34), ("-4", 31, 34), ("5-99", 5, 34)],
)
def test_a_range_of_a_block_is_served(
    client: FlaskClient, block: CID, dags: Dags, *, asked: str, first: int, last: int
):
    assert len(dags[block]) == 35

    answer = client.get(f"/ipfs/{block}", headers=RAW | {"Range": f"bytes={asked}"})

    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/35"
    assert answer.data == dags[block][first : last + 1]


def test_a_range_beyond_the_block_cannot_be_satisfied(client: FlaskClient, block: CID):
    answer = client.get(f"/ipfs/{block}", headers=RAW | {"Range": "bytes=35-"})

    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */35"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=x-", "bytes=9-2", "bytes=-36", "garbage"]
)
def test_ranges_that_need_not_be_understood_are_ignored(
    client: FlaskClient, block: CID, dags: Dags, asked: str
):
    answer = client.get(f"/ipfs/{block}", headers=RAW | {"Range": asked})

    assert (answer.status_code, answer.data) == (200, dags[block])


def test_a_range_of_a_version_that_is_gone_is_the_whole(
    client: FlaskClient, block: CID, dags: Dags
):
    ranged = RAW | {"Range": "bytes=0-1", "If-Range": '"another"'}

    assert client.get(f"/ipfs/{block}", headers=ranged).data == dags[block]


@pytest.mark.parametrize("data", [b"", b"hello", bytes(100)])
def test_a_cid_that_holds_its_block_is_served_out_of_itself(client: FlaskClient, data: bytes):
    answer = client.get(f"/ipfs/{identity(data)}?format=raw")

    assert (answer.status_code, answer.data) == (200, data)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_probe_that_finds_gateways_is_answered(client: FlaskClient, method: str):
    answer = client.open("/ipfs/bafkqaaa?format=raw", method=method)

    assert (answer.status_code, answer.data) == (200, b"")


def test_a_file_name_is_passed_on(client: FlaskClient, block: CID):
    answer = client.get(f"/ipfs/{block}?format=raw&filename=тест 1.bin")

    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"____%201.bin\"; filename*=UTF-8''%D1%82%D0%B5%D1%81%D1%82%201.bin"
    )


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/ipfs/{}", None, 400),
        ("/ipfs/{}", "*/*", 406),
        ("/ipfs/{}", "text/html,*/*;q=0.8", 406),
        ("/ipfs/{}?format=dag-json", None, 406),
        ("/ipfs/{}?format=tar", "application/vnd.ipld.raw", 406),
        ("/ipfs/{}/job?format=raw", None, 406),
        ("/ipfs/nonsense?format=raw", None, 400),
        ("/ipfs/Qm?format=raw", None, 400),
        ("/ipfs/bafkreiaaaa?format=raw", None, 400),
        ("/ipfs/{}/../x?format=car", None, 400),
        ("/ipns/k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r", None, 501),
        ("/ipns/example.org/a?format=car", None, 501),
    ],
)
def test_what_cannot_be_verified_or_read_is_refused(
    client: FlaskClient, block: CID, path: str, accept: str | None, status: int
):
    answer = client.get(path.format(block), headers={"Accept": accept} if accept else {})

    assert answer.status_code == status
    assert answer.mimetype == "text/plain"


def test_the_query_goes_before_the_header(client: FlaskClient, block: CID, dags: Dags):
    answer = client.get(f"/ipfs/{block}?format=raw", headers={"Accept": "application/vnd.ipld.car"})

    assert answer.data == dags[block]


def test_the_preferred_format_is_chosen(client: FlaskClient, block: CID):
    accept = "application/vnd.ipld.car;q=0.5, text/html;q=0.9, application/vnd.ipld.raw;q=0.8"

    answer = client.get(f"/ipfs/{block}", headers={"Accept": accept})

    assert answer.mimetype == "application/vnd.ipld.raw"


def test_a_page_of_any_site_may_ask(client: FlaskClient, block: CID):
    answer = client.options(f"/ipfs/{block}", headers={"Origin": "https://example.org"})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Range" in answer.headers["Access-Control-Allow-Headers"]


def test_no_script_may_answer_for_a_whole_cid(client: FlaskClient, block: CID):
    answer = client.get(f"/ipfs/{block}?format=raw", headers={"Service-Worker": "script"})

    assert answer.status_code == 400


def test_a_damaged_copy_is_not_served(client: FlaskClient, node: Node, dags: Dags):
    cid = dags.raw(b"right")
    node.blocks.put_many([(cid.sha256, b"wrong")])

    answer = client.get(f"/ipfs/{cid}?format=raw")

    assert answer.status_code == 404
