"""The specification's demands, put to our node and to a real Kubo with the same blocks.

What both answer alike is what the rest of the IPFS world relies on. Where they rightly differ, the
case says why.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from ledger import settings
from ledger.ipld.car import CARBlock
from ledger.ipld.car import CARReader
from ledger.ipld.car import MalformedCARError
from ledger.ipld.car import write_car
from ledger.ipld.cid import CID
from ledger.node import Node
from tests.serving.conformance import blocks
from tests.serving.conformance import cars
from tests.serving.conformance.case import Case
from tests.serving.conformance.fixtures import Fixtures
from tests.serving.serving import Served
from tests.store.kubo.daemons import kubo
from webapp.peer import create_peer_app

CASES = [*blocks.CASES, *cars.CASES]
SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What a server answered, as much of it as came."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    body: bytes
    whole: bool


@pytest.fixture(scope="module")
def fixtures() -> Fixtures:
    return Fixtures()


@pytest.fixture(scope="module")
def ours(fixtures: Fixtures, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a node that holds the fixtures."""
    with Node(settings.load(tmp_path_factory.mktemp("ours"))) as node:
        node.blocks.put_many(fixtures.held().blocks())
        with Served(create_peer_app(node)) as server:
            yield server.url


@pytest.fixture(scope="module")
def theirs(fixtures: Fixtures, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the gateway of a Kubo daemon that holds the same, trusts nobody, and is alone."""
    with kubo(tmp_path_factory.mktemp("theirs"), start=False) as daemon:
        daemon.configure(
            {
                "Addresses": {"Gateway": "/ip4/127.0.0.1/tcp/0"},
                "Gateway": {"DeserializedResponses": False, "NoFetch": True},
            }
        )
        held = [CARBlock(*block) for block in fixtures.held().items()]
        car = b"".join(write_car([fixtures.names["root"]], held))
        daemon.ipfs("dag", "import", "--pin-roots=false", stdin=car)
        daemon.start()
        yield (daemon.repository / "gateway").read_text().strip()


def ask(server: str, case: Case, fixtures: Fixtures) -> Answer:
    body = b""
    whole = True
    with requests.request(
        case.method,
        server + filled(case.path, fixtures),
        headers={"Accept": None} | {k: filled(v, fixtures) for k, v in case.request.items()},
        timeout=SECONDS,
        stream=True,
    ) as response:
        try:
            for part in response.iter_content(65536):
                body += part
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            whole = False
    return Answer(response.status_code, response.headers, body, whole)


def filled(text: str, fixtures: Fixtures, quote=str) -> str:
    return re.sub(r"\{([\w/-]+)\}", lambda found: quote(fixtures.names[found[1]]), text)


def blocks_of(answer: Answer) -> tuple[list[CID], bool]:
    """What is in a CAR, and whether it ended as it should."""
    found: list[CID] = []
    try:
        found.extend(block.cid for block in CARReader(io.BytesIO(answer.body)))
    except MalformedCARError:
        return blocks_before_the_end(answer.body), False
    return found, answer.whole


def blocks_before_the_end(body: bytes) -> list[CID]:
    reader = iter(CARReader(io.BytesIO(body)))
    found: list[CID] = []
    while True:
        try:
            found.append(next(reader).cid)
        except (StopIteration, MalformedCARError):
            return found


def check(case: Case, answer: Answer, fixtures: Fixtures) -> None:
    assert answer.status == case.status
    for name, pattern in case.response.items():
        if pattern is None:
            assert name not in answer.headers
        else:
            expected = filled(pattern, fixtures, lambda cid: re.escape(str(cid)))
            assert re.fullmatch(expected, answer.headers[name]), answer.headers[name]
    if case.method == "HEAD" or case.status == 304:
        assert answer.body == b""
    if case.body is not None:
        assert answer.body == bytes_of(case.body, fixtures)
    if case.blocks is not None and case.method == "GET":
        found, whole = blocks_of(answer)
        assert named(found, fixtures) == expanded(case.blocks, found, fixtures)
        assert whole is not case.cut


def bytes_of(name: str, fixtures: Fixtures) -> bytes:
    if not name:
        return b""
    cid = fixtures.names[name]
    return fixtures.dags.get(cid, cid.digest)


def named(found: list[CID], fixtures: Fixtures) -> list[str]:
    return [fixtures.name_of(cid) for cid in found]


def expanded(names, found: list[CID], fixtures: Fixtures) -> list[str]:
    """The names, with what stands for blocks that have none put in their place.

    ``*``: shards on the way to an entry, ``shards``: all shards, ``deep:N``: nodes inside a file.
    """
    every = shards_of(fixtures)
    inner = [cid for cid in found if str(cid) == fixtures.name_of(cid)]
    on_the_way = [cid for cid in inner if cid in every]
    nodes = iter(str(cid) for cid in inner if cid not in every)
    full: list[str] = []
    for name in names:
        if name == "*":
            full += map(str, on_the_way)
        elif name == "shards":
            assert set(on_the_way) == every
            full += map(str, on_the_way)
        else:
            full.append(next(nodes, name) if ":" in name else name)
    return full


def shards_of(fixtures: Fixtures) -> set[CID]:
    """The shards below the root of the sharded directory, which were made before it."""
    made = list(fixtures.dags)
    until = made.index(fixtures.names["sharded"])
    after = made.index(fixtures.names["twins"])
    return {cid for cid in made[after + 1 : until] if cid.codec == 0x70}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_our_node_answers_as_the_specification_says(case: Case, ours: str, fixtures: Fixtures):
    check(case, ask(ours, case, fixtures), fixtures)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_kubo_answers_so_too(case: Case, theirs: str, fixtures: Fixtures):
    check(case.of_kubo(), ask(theirs, case, fixtures), fixtures)


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.kubo and case.blocks is not None],
    ids=lambda case: case.name,
)  # fmt: skip
def test_both_send_the_same_blocks_in_the_same_order(
    case: Case, ours: str, theirs: str, fixtures: Fixtures
):
    first, second = (ask(server, case, fixtures) for server in (ours, theirs))

    assert blocks_of(first) == blocks_of(second)
    assert CARReader(io.BytesIO(first.body)).roots == CARReader(io.BytesIO(second.body)).roots


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_difference_is_one_and_is_explained(case: Case):
    assert bool(case.why) == bool(case.kubo)
    assert all(getattr(case, name) != value for name, value in case.kubo.items())


def test_no_two_cases_have_one_name():
    assert len({case.name for case in CASES}) == len(CASES)
