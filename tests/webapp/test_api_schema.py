"""Whatever the API's description allows or forbids is what the app does: schemathesis asks it."""

import base64
import json
import string
from collections.abc import Iterator
from datetime import UTC
from functools import reduce

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import Phase
from hypothesis import strategies as st

from ledger import settings
from ledger.node import Node
from ledger.record.eip712 import address_of
from tests.conftest import execution
from tests.conftest import impossible_execution
from tests.webapp.conftest import Served
from webapp import create_app
from webapp.api.description import ordered
from webapp.api.openapi import document
from webapp.api.operations import Link
from webapp.api.operations import Operation
from webapp.api.routes import OPERATIONS
from webapp.api.routes import ROOT

EXAMPLES = 6
"""Per operation, beside those of every boundary."""

STORIES, STEPS = 8, 4
"""Chains of operations, each of which takes what one before has answered."""

cells = st.text(string.ascii_lowercase, min_size=1, max_size=12)
rows = st.fixed_dictionaries(
    {
        "job": cells,
        "framework": st.sampled_from(["spark", "flink"]),
        "nodes": st.integers(1, 64),
        "runtime_s": st.integers(1, 10_000),
    }
)
records = st.lists(
    st.builds(
        lambda nodes, runtime: {
            "job": {"name": "sort", "framework": {"name": "spark"}},
            "cluster": {"nodes": nodes},
            "runtime_seconds": runtime,
        },
        st.integers(1, 64),
        st.integers(1, 10_000),
    ),
    min_size=1,
    max_size=3,
)
tables = st.lists(rows, min_size=1, max_size=3)


def delimited(separator: str) -> st.SearchStrategy[str]:
    def write(found: list[dict[str, object]]) -> str:
        lines = [found[0].keys(), *(row.values() for row in found)]
        return "".join(separator.join(map(str, line)) + "\n" for line in lines)

    return tables.map(write)


def cursor(key: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([None, key]).encode()).decode().rstrip("=")


FORMATS = {
    "eip55-address": st.binary(min_size=20, max_size=20).map(
        lambda raw: address_of(f"0x{raw.hex()}")
    ),
    "record-cursor": st.integers(0, 2**40).map(cursor),
    "comparison-side": st.integers(1, 64).map(lambda nodes: f"job=sort&nodes={nodes}"),
    "date": st.dates().map(str),
    "date-time": st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.isoformat().replace("+00:00", "Z")
    ),
    "table": delimited(","),
    "tab-separated-table": delimited("\t"),
    "json-lines": records.map(lambda found: "".join(json.dumps(row) + "\n" for row in found)),
    "upload": delimited(","),
    "group-name": st.sampled_from(["team", "taem"]),
    "mapping": st.just(""),
}
for name, strategy in FORMATS.items():
    schemathesis.openapi.format(name, strategy)

HOOK = """
[fields]
"job.name" = "job"
"job.framework.name" = "framework"
"cluster.nodes" = "workers"
"runtime_seconds" = "seconds"
"""
"""Reads the example of the description."""

CONFIG = schemathesis.Config.from_dict(
    {
        "seed": 1,
        "operations": [
            {
                # What is read of an upload is told by line and not by a schema.
                "include-operation-id": [
                    "contribute",
                    "preview",
                    "statement",
                    "submit",
                    "upload_draft",
                ],
                "checks": {
                    "positive_data_acceptance": {
                        "expected-statuses": ["2xx", "401", "403", "404", "409", "422"]
                    }
                },
            },
            {
                # Its map says what an event needs, and nobody but the operator has that.
                "include-operation-id": ["deliver_event"],
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "404", "422"]}
                },
            },
        ],
    }
)
api = schemathesis.openapi.from_dict(document(ordered(), ["http://127.0.0.1"], ROOT), config=CONFIG)


@schemathesis.serializer("text/csv", "text/tab-separated-values", "application/jsonl")
def as_text(context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of its own with records in every state, as anybody may add to it."""
    home = tmp_path_factory.mktemp("asked") / "home"
    (home / "hooks").mkdir(parents=True)
    (home / "hooks" / "airflow.toml").write_text(HOOK)
    plenty = {"api_reads_per_minute": 10**6, "api_writes_per_minute": 10**6}
    with Node(settings.load(home, app_port=0, chain_port=0, **plenty)) as found:
        found.groups.create("team", found.recipient())
        runs = [execution("sort", "m4.2xlarge", nodes, 10, 0) for nodes in (2, 4, 8)]
        found.submit(found.accept([*runs, impossible_execution()]).new)
        found.cycle()
        for validator in found.validators():
            validator.step()
        found.sync.step()
        found.submit(found.accept([execution("grep", "m4.2xlarge", 2, 10, 3)]).new)
        yield found


@pytest.fixture(scope="module")
def url(node: Node) -> Iterator[str]:
    with Served(create_app(node)) as server:
        yield server.url + ROOT


@api.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, url: str) -> None:
    case.call_and_validate(base_url=url)


def test_contributions_for_a_group_are_answered_as_described(url: str):
    """Signers that are made up are none of the node's, so what is made up gets no further."""
    rows = b"job,framework,nodes,runtime_s\nwc,spark,2,31\n"
    operation = api["/contributions"]["POST"]

    def answered(group: str) -> int:
        case = operation.Case(query={"group": group}, body=rows, media_type="text/csv")
        return int(case.call_and_validate(base_url=url).status_code)

    assert [answered(group) for group in ("team", "team", "taem")] == [201, 200, 404]


def test_stories_that_follow_links_hold_together(url: str) -> None:
    class Stories(api.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, str]:
            return {"base_url": url}

    Stories.run(
        settings=hypothesis.settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )


LINKS = [
    (operation, link)
    for operation in ordered()
    for link in operation.links
    if operation.method == "GET" and not operation.path_parameters and link.name != "next"
]


@pytest.mark.parametrize(("source", "link"), LINKS, ids=lambda each: each.name)
def test_what_an_answer_leads_to_is_there(source: Operation, link: Link, url: str) -> None:
    """A record's proof, a batch's holders, a validator's attestations: values of one answer."""
    query = {"status": "accepted"} if source.name == "records" else None
    found = api[source.path]["GET"].Case(query=query).call_and_validate(base_url=url).json()
    value = reduce(
        lambda part, step: part[int(step)] if isinstance(part, list) else part[step],
        link.value.partition("#/")[2].split("/"),
        found,
    )
    target = OPERATIONS[link.operation]

    answer = (
        api[target.path][target.method]
        .Case(path_parameters={link.parameter: value})
        .call_and_validate(base_url=url)
    )

    assert answer.status_code == 200
