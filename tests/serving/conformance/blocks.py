"""Cases of single blocks.

Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/ and what it takes from
https://specs.ipfs.tech/http-gateways/path-gateway/; what `trustless_gateway_raw_test.go` of
ipfs/gateway-conformance asks for is among them.
"""

from tests.serving.conformance.case import IMMUTABLE
from tests.serving.conformance.case import RAW
from tests.serving.conformance.case import Case

ONLY_CACHED = {"Cache-Control": "only-if-cached"}

CASES = [
    Case("format=raw gives a block", "/ipfs/{subdir}?format=raw", body="subdir"),
    Case("Accept gives a block", "/ipfs/{subdir}", body="subdir", request=RAW),
    Case("a block of DAG-CBOR is given as it is", "/ipfs/{document}?format=raw", body="document"),
    Case("an empty block is given", "/ipfs/{empty}?format=raw", body="empty"),
    Case(
        "a block has the headers of a block",
        "/ipfs/{ascii}",
        body="ascii",
        request=RAW,
        response={
            "Content-Type": "application/vnd.ipld.raw",
            "Content-Length": "31",
            "Content-Disposition": r'attachment;\s*filename="{ascii}\.bin".*',
            "X-Content-Type-Options": "nosniff",
            "Etag": '"{ascii}.raw"',
            "Cache-Control": IMMUTABLE,
            "X-Ipfs-Path": "/ipfs/{ascii}",
            "X-Ipfs-Roots": "{ascii}",
            "Accept-Ranges": "bytes",
        },
    ),
    Case(
        "a format asked for by header has a location of its own",
        "/ipfs/{ascii}",
        body="ascii",
        request=RAW,
        response={"Content-Location": r"/ipfs/{ascii}\?format=raw"},
    ),
    Case(
        "a format asked for by query has none",
        "/ipfs/{ascii}?format=raw",
        body="ascii",
        response={"Content-Location": None},
    ),
    Case(
        "a file name is passed on",
        "/ipfs/{ascii}?format=raw&filename=foobar.bin",
        response={"Content-Disposition": r'attachment;\s*filename="foobar\.bin".*'},
    ),
    Case(
        "a file name that is not ASCII is passed on twice",
        "/ipfs/{ascii}?format=raw&filename=test%D1%82.bin",
        response={
            "Content-Disposition": r"attachment; filename=\"test_\.bin\"; "
            r"filename\*=UTF-8''test%D1%82\.bin"
        },
    ),
    Case(
        "the query goes before the header",
        "/ipfs/{ascii}?format=raw",
        body="ascii",
        request={"Accept": "application/vnd.ipld.car"},
        response={"Content-Type": "application/vnd.ipld.raw"},
    ),
    Case(
        "HEAD has the headers alone",
        "/ipfs/{ascii}?format=raw",
        method="HEAD",
        response={"Content-Length": "31", "Etag": '"{ascii}.raw"', "Cache-Control": IMMUTABLE},
    ),
    Case("a block that is not here", "/ipfs/{absent}?format=raw", 404),
    Case("HEAD of a block that is not here", "/ipfs/{absent}?format=raw", 404, method="HEAD"),
    Case(
        "a block that the client has",
        "/ipfs/{ascii}?format=raw",
        304,
        request={"If-None-Match": '"{ascii}.raw"'},
        response={"Etag": '"{ascii}.raw"', "Cache-Control": IMMUTABLE},
    ),
    Case(
        "a block that the client has, by a weak tag among others",
        "/ipfs/{ascii}?format=raw",
        304,
        request={"If-None-Match": '"other", W/"{ascii}.raw"'},
    ),
    Case(
        "any version at all",
        "/ipfs/{ascii}?format=raw",
        304,
        request={"If-None-Match": "*"},
    ),
    Case(
        "another version than the client has",
        "/ipfs/{ascii}?format=raw",
        body="ascii",
        request={"If-None-Match": '"{hello}.raw"'},
    ),
    Case(
        "nothing is new where nothing is",
        "/ipfs/{absent}?format=raw",
        404,
        request={"If-None-Match": '"{absent}.raw"'},
        kubo={"status": 304},
        why="The specification: 404 for a root that is not here. Kubo compares before it looks.",
    ),
    Case("only if cached, and it is", "/ipfs/{ascii}?format=raw", body="ascii",
         request=ONLY_CACHED),
    Case("only if cached, and it is not", "/ipfs/{absent}?format=raw", 412, request=ONLY_CACHED),
    Case(
        "HEAD only if cached, and it is",
        "/ipfs/{ascii}?format=raw",
        method="HEAD",
        request=ONLY_CACHED,
    ),
    Case(
        "HEAD only if cached, and it is not",
        "/ipfs/{absent}?format=raw",
        412,
        method="HEAD",
        request=ONLY_CACHED,
    ),
    Case(
        "a range",
        "/ipfs/{ascii}?format=raw",
        206,
        request={"Range": "bytes=6-16"},
        response={"Content-Range": "bytes 6-16/31", "Content-Length": "11"},
    ),
    Case(
        "a range from the end",
        "/ipfs/{ascii}?format=raw",
        206,
        request={"Range": "bytes=-4"},
        response={"Content-Range": "bytes 27-30/31"},
    ),
    Case(
        "a range to the end",
        "/ipfs/{ascii}?format=raw",
        206,
        request={"Range": "bytes=30-"},
        response={"Content-Range": "bytes 30-30/31"},
    ),
    Case(
        "a range beyond the end",
        "/ipfs/{ascii}?format=raw",
        416,
        request={"Range": "bytes=31-"},
        response={"Content-Range": r"bytes \*/31"},
    ),
    Case(
        "a range of the version that the client has",
        "/ipfs/{ascii}?format=raw",
        206,
        request={"Range": "bytes=0-1", "If-Range": '"{ascii}.raw"'},
    ),
    Case(
        "a range of another version",
        "/ipfs/{ascii}?format=raw",
        body="ascii",
        request={"Range": "bytes=0-1", "If-Range": '"{hello}.raw"'},
    ),
    Case(
        "several ranges may be ignored",
        "/ipfs/{ascii}?format=raw",
        body="ascii",
        request={"Range": "bytes=0-1,4-5"},
        kubo={"status": 206, "body": None},
        why="RFC 9110, 14.2: a server may ignore Range; the specification demands one range only.",
    ),
    Case("the probe of gateways, for a block", "/ipfs/bafkqaaa?format=raw", body=""),
    Case("the probe of gateways by HEAD", "/ipfs/bafkqaaa?format=raw", method="HEAD"),
    Case("a block inside its CID", "/ipfs/{virtual}?format=raw", body="virtual"),
    Case("no CID", "/ipfs/nonsense?format=raw", 400),
    Case("no format at all", "/ipfs/{ascii}", 400, kubo={"status": 406},
         why="The specification: 400 where Accept is missing. Kubo has one answer for all."),
    Case("a format that has to be trusted", "/ipfs/{ascii}", 406, request={"Accept": "text/html"}),
    Case("the formats of browsers", "/ipfs/{ascii}", 406, request={"Accept": "*/*"}),
    Case("a format to be decoded", "/ipfs/{document}?format=dag-json", 406),
    Case("an archive", "/ipfs/{root}?format=tar", 406),
    Case("a path to a block", "/ipfs/{root}/subdir?format=raw", 406),
    Case(
        "a service worker for a whole CID",
        "/ipfs/{ascii}?format=raw",
        400,
        request={"Service-Worker": "script"},
    ),
    Case(
        "an IPNS record",
        "/ipns/k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r?format=ipns-record",
        501,
        kubo={"status": 500},
        why="A gateway without IPNS says so; Kubo has IPNS, and no peers to ask.",
    ),
    Case("a method that changes something", "/ipfs/{ascii}?format=raw", 405, method="POST"),
    Case(
        "pages of every site may ask",
        "/ipfs/{ascii}?format=raw",
        request={"Origin": "https://example.org"},
        response={"Access-Control-Allow-Origin": r"\*"},
    ),
]  # fmt: skip
