"""What a client is told is what the node knows, in the same types."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.accounts.tokens import Scope
from ledger.client import Client
from ledger.client.asking import parameters
from ledger.client.errors import RefusedInputError
from ledger.client.errors import UnknownThereError
from ledger.index import filters
from ledger.index.filters import Filter
from ledger.node import Node
from ledger.record import codec
from tests.conftest import execution
from webapp.api.routes import OPERATIONS


@pytest.fixture
def cid(ledger_node: Node) -> str:
    return ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid


@pytest.mark.parametrize(
    "ask",
    [
        lambda asked: asked.overview(),
        lambda asked: asked.records(Filter(job=("sort",)), sort="nodes", limit=7),
        lambda asked: asked.record(asked.records(limit=1).rows[0].cid[:30]),
        lambda asked: list(asked.export(Filter(job=("kmeans",), nodes=(4,)))),
        lambda asked: list(asked.batches()),
        lambda asked: asked.batch(next(iter(asked.batches())).batch_id),
        lambda asked: list(asked.contributors()),
        lambda asked: asked.contributor(next(iter(asked.contributors())).address),
        lambda asked: list(asked.validators()),
    ],
)
def test_a_server_and_the_node_behind_it_give_the_same_answers(
    client: Client, ledger_node: Node, ask: Callable[[Any], object]
):
    assert ask(client) == ask(ledger_node.queries)


def test_facets_and_ranges_come_together(client: Client, ledger_node: Node):
    found = client.facets(Filter(job=("sort",)))

    assert found.facets == ledger_node.queries.facets(Filter(job=("sort",)))
    assert found.ranges == ledger_node.queries.bins(Filter(job=("sort",)))


def test_stories_and_comparisons_are_told(client: Client, ledger_node: Node):
    contributor = ledger_node.queries.contributors()[0].address
    validator = ledger_node.queries.validators()[0].address

    for each in client.jobs().rows:
        assert client.job(each.name).records == each.records
    for each in client.machines().rows:
        assert client.machine(each.name).records == each.records
    assert client.contributor_story(contributor).address == contributor
    assert client.validator_story(validator).address == validator
    assert len(client.compare(["job=sort&nodes=2", "job=sort&nodes=4"]).sides) == 2


def test_lists_are_walked_to_their_end(
    client: Client, ledger_node: Node, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.client.records.PAGE_ROWS", 7)
    monkeypatch.setattr("ledger.client.asker.PAGE_ROWS", 1)

    everything = ledger_node.queries.records(limit=1_000).rows
    assert list(client.every_record()) == everything
    assert [row.batch_id for row in client.batches()] == [
        row.batch_id for row in ledger_node.queries.batches()
    ]
    validator = ledger_node.queries.validators()[0].address
    assert list(client.attestations(validator)) == ledger_node.queries.attestations(validator)
    assert [each.id for each in client.contributions()] == [
        each.id for each in ledger_node.latest_contributions()
    ]


@pytest.mark.parametrize(
    "chosen",
    [
        {"job": ["sort", "a&b=c"], "q": "m4 50%"},
        {"input_bytes_min": 10**10, "input_bytes_max": 9 * 10**15},
        {"runtime_min": 1e-7, "runtime_max": 123.456789012345},
        {"started_from": "2024-03-01T12:00:00.5+02:00", "started_to": "2024-03-02T00:00:00Z"},
        {"nodes": [2, 4], "outcome": ["succeeded"], "status": ["accepted", "pending"]},
    ],
)
def test_every_filter_arrives_as_it_was_meant(client: Client, ledger_node: Node, chosen: Any):
    meant = filters.of(chosen)

    assert client.records(meant, limit=100) == ledger_node.queries.records(meant, limit=100)
    assert set(parameters(meant)) == set(chosen)


def test_a_block_is_hashed_when_it_comes(client: Client, ledger_node: Node, cid: str):
    assert client.block(cid) == ledger_node.queries.block(cid)
    assert codec.cid_of(codec.decode(client.block(cid))) == cid


def test_a_proof_is_verified_by_the_node_and_by_name(client: Client, cid: str):
    by_file = client.verify(client.proof(cid))

    assert (by_file.result, by_file.cid) == ("valid", cid)
    assert client.verify_record(cid).result == "valid"


def test_the_node_and_its_network_are_told(client: Client, ledger_node: Node):
    assert client.status().records == ledger_node.status().records
    assert client.network().peer_id == ledger_node.peering_status().peer_id
    assert client.health().status == "ok"
    batch = ledger_node.queries.batches(1)[0]
    assert client.holders(batch.batch_id) == ledger_node.holders(batch.batch_id)
    assert next(each.batch_id for each in client.replication()) == batch.batch_id
    assert sum(day.records for day in client.timeline()) == 49
    assert client.search(batch.batch_id).kind == "batch"
    assert client.schema()["title"]
    assert client.citation(cid=None, chosen=Filter(job=("sort",))).bibtex.startswith("@misc")


def test_records_are_contributed_and_followed(contributor: Client):
    rows = b"job,framework,nodes,runtime_s\ncl,spark,2,31\ncl,spark,two,31\n"

    assert contributor.preview(rows).good == 1
    done = contributor.contribute(rows)
    again = contributor.contribute(rows)

    assert (done.new, done.bad, again.known) == (1, 1, 1)
    assert done.contribution is not None
    assert contributor.contribution(done.contribution.id) == done.contribution
    assert contributor.records(Filter(job=("cl",))).total == 1


def test_a_refusal_is_an_error_that_says_what_to_do(client: Client, contributor: Client):
    with pytest.raises(UnknownThereError) as unknown:
        client.record("bafyreiabcdefghijk")
    with pytest.raises(RefusedInputError) as wrong:
        client.records(after="x y")
    with pytest.raises(RefusedInputError) as unread:
        contributor.contribute(b"job,framework,nodes,runtime_s\ncl,spark,two,31\n")

    assert (unknown.value.status, unknown.value.exit_code) == (404, 66)
    assert (wrong.value.status, wrong.value.exit_code) == (400, 65)
    assert [each.parameter for each in wrong.value.errors] == ["after"]
    assert [each.parameter for each in unread.value.errors] == ["line 2, nodes"]
    assert unknown.value.hint


def test_every_operation_has_a_method():
    methods = {"contribute": "contribute", "verify": "verify", "replication": "replication",
               "healthz": "health", "record_block": "block", "record_proof": "proof",
               "export_jsonl": "export", "record_citation": "citation",
               "batch_citation": "citation"}  # fmt: skip
    files = {"export_csv", "export_parquet", "openapi"}  # forms for other programs

    for name in OPERATIONS.keys() - files:
        assert callable(getattr(Client, methods.get(name, name)))


def test_records_are_contributed_with_a_signature_of_ones_own(contributor: Client):
    account = Account.create()
    record = execution("grep", "m4.2xlarge", 6, 10, 2).model_dump(mode="json")

    asked = contributor.statement([record])
    signed = account.sign_message(encode_typed_data(full_message=asked.typed_data))
    kept = contributor.submit([record], account.address, "0x" + signed.signature.hex())

    assert kept.contributor == account.address
    assert list(kept.cids) == asked.cids
    assert (
        contributor.submit([record], account.address, "0x" + signed.signature.hex()).id == kept.id
    )


def test_a_token_shows_and_deletes_drafts(with_token: Client):
    told = with_token.upload_draft(b"job,framework,nodes,runtime_s\nsort,spark,4,100\n")

    assert set(with_token.token().scopes) == {Scope.READ, Scope.DRAFTS}
    assert [each.id for each in with_token.drafts()] == [told.draft.id]
    with_token.delete_draft(told.draft.id)
    assert with_token.drafts() == []


def test_what_a_job_costs_is_told(client: Client):
    found = client.cost("sort", {"m4.2xlarge": "0.40"})

    assert found.job == "sort"
    assert found.rows


def test_a_run_is_foretold_and_a_cluster_recommended(client: Client):
    told = client.predict("sort", nodes=4, machine_type="m4.2xlarge", input_bytes=10**10)
    found = client.recommend(
        "sort", input_bytes=10**10, prices={"m4.2xlarge": "0.40"}, machine_types=["m4.2xlarge"]
    )

    assert told.runtime_seconds > 0
    assert told.cids
    assert {each.machine_type for each in found.options} == {"m4.2xlarge"}


def test_what_revokes_a_record_is_told_and_followed(client: Client, cid: str):
    call = client.revocation_call(cid)

    assert call.cid == cid
    assert call.data.startswith("0x")
    assert client.revocation(cid).state == "none"
    assert client.revocation(cid, "0x" + "5e" * 32).state == "unknown"
