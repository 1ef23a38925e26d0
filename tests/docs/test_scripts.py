"""The scripts of docs/scripts, run as their readers would, beside a node that follows the chain."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from ledger.anchor import batch as batches
from ledger.anchor import submission as submissions
from ledger.anchor.batch import Batch
from ledger.chain.signers import LocalSigner
from ledger.node import Node
from ledger.record import cid as cids
from ledger.validate.attest import make_report
from ledger.validate.reasons import Reason
from ledger.validate.report import Report
from ledger.validate.report import Verdict
from tests.chain.nodes.homes import key_of
from tests.chain.nodes.life import Life
from tests.chain.nodes.life import statuses
from tests.chain.nodes.servers import KINDS
from tests.conftest import executions

FOLDER = Path(__file__).parents[2] / "docs" / "scripts"
SCRIPTS = sorted(FOLDER.glob("*.py"))
SECONDS = 120

pytestmark = pytest.mark.slow


@dataclass
class Outcome:
    """How a script ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Story:
    """A ledger whose records were signed, anchored and attested by the scripts alone."""

    life: Life
    folder: Path
    batch: Batch
    reports: list[Report]
    signed: dict[str, Any]
    anchored: dict[str, Any]
    attested: list[dict[str, Any]]

    def run(self, script: str, *arguments: str | Path, key: LocalAccount | None = None) -> Outcome:
        return run(self.life, self.folder, script, *arguments, key=key)

    def prove(self, record: int) -> dict[str, Any]:
        with self.life.open() as node:
            proof = node.proof(cids.to_text(self.batch.records()[record]))
        return dict(json.loads(proof.to_json()))

    def verify(self, proof: Any) -> Outcome:
        path = self.folder / "proof.json"
        path.write_text(json.dumps(proof))
        return self.run("verify", path)


def run(
    life: Life,
    folder: Path,
    script: str,
    *arguments: str | Path,
    key: LocalAccount | None = None,
) -> Outcome:
    own = {"PRIVATE_KEY": key_of(key)} if key is not None else {}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    deployment = life.home / "deployments" / f"{life.node.chain_id}.json"
    done = subprocess.run(
        [
            sys.executable,
            FOLDER / f"{script}.py",
            *("--rpc", life.node.url, "--deployment", deployment),
            *arguments,
        ],
        cwd=folder,
        env=inherited | own,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module", params=["dev", "anvil"])
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp(request.param)
    with KINDS[request.param](folder) as node:
        life = Life(node, folder / "home", node.funded(), [node.funded() for _ in range(2)])
        life.found()
        with life.open() as opened:
            yield tell(life, folder, opened)


def tell(life: Life, folder: Path, node: Node) -> Story:
    """Everything that goes on chain does so by the scripts; our node only holds the blocks."""
    contributor = life.node.funded(1)
    listed = list(node.accept(executions()[:3]).new)
    (folder / "records.txt").write_text("\n".join(listed))
    signed = succeeded(run(life, folder, "sign", "records.txt", key=contributor))
    (folder / "submission.json").write_text(json.dumps(signed))

    domain = node.deployment.submission_domain
    digests = [cids.from_text(text) for text in listed]
    batch = batches.gather(domain, [submissions.sign(digests, domain, LocalSigner(contributor))])
    blocks = list(batches.blocks(batch))
    node.blocks.put_many(blocks)
    manifest = cids.to_text(blocks[-1][0])
    arguments = ("--manifest", manifest, "submission.json")
    anchored = succeeded(run(life, folder, "anchor", *arguments, key=life.operator))
    node.sync.step()

    reports, attested = [], []
    for validator in life.validators:
        report, report_cid = report_of(node, batch, anchored["batch_id"], validator)
        (folder / "verdicts.txt").write_text(
            "\n".join(
                f"{cid} {said.code}" for cid, said in zip(listed, report.verdicts, strict=True)
            )
        )
        arguments = ("--report", report_cid, anchored["batch_id"], "verdicts.txt")
        attested.append(succeeded(run(life, folder, "attest", *arguments, key=validator)))
        reports.append(report)
    node.sync.step()
    return Story(life, folder, batch, reports, signed, anchored, attested)


def report_of(
    node: Node, batch: Batch, batch_id: str, validator: LocalAccount
) -> tuple[Report, str]:
    """A report that rejects the last record, its blocks kept."""
    report, blocks = make_report(
        batch,
        [Verdict(Reason.ACCEPTED), Verdict(Reason.ACCEPTED), Verdict(Reason.DUPLICATE)],
        batch_id=bytes.fromhex(batch_id[2:]),
        sequence=1,
        domain=node.deployment.verdict_domain,
        signer=LocalSigner(validator),
    )
    node.blocks.put_many(blocks)
    return report, cids.to_text(blocks[-1][0])


def succeeded(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == 0, outcome.err
    (line,) = outcome.lines
    return dict(line)


def test_the_scripts_compute_what_the_ledger_does(story: Story):
    (submission,) = story.batch.submissions
    assert story.signed["root"] == "0x" + submission.root.hex()
    assert story.signed["signature"] == "0x" + submission.signature.hex()
    assert story.anchored["root"] == "0x" + story.batch.root.hex()
    assert story.anchored["gas_used"] <= 50_000
    roots = [report.root for report in story.reports]
    assert [each["root"] for each in story.attested] == ["0x" + root.hex() for root in roots]


def test_a_node_takes_what_the_scripts_anchored_and_attested(story: Story):
    with story.life.open() as node:
        assert statuses(node) == {"accepted": 2, "rejected": 1}


def test_events_are_printed_in_the_order_of_the_chain(story: Story):
    everything = story.run("events", "--unfinal").lines

    assert [each["event"] for each in everything if each["event"] in {"Anchored", "Attested"}] == [
        "Anchored",
        "Attested",
        "Attested",
    ]
    places = [(each["block"], each["log"]) for each in everything]
    assert places == sorted(places)
    (anchored,) = story.run("events", "--unfinal", "--only", "Anchored").lines
    assert anchored["batchId"] == story.anchored["batch_id"]
    assert anchored["block"] == story.anchored["block"]
    later = str(story.anchored["block"] + 1)
    assert story.run("events", "--unfinal", "--only", "Anchored", "--from-block", later).out == ""


def test_only_final_events_are_printed_unless_asked(story: Story):
    final = story.life.node.w3.eth.get_block("finalized")["number"]

    assert all(each["block"] <= final for each in story.run("events").lines)


def test_an_accepted_record_verifies_step_by_step(story: Story):
    outcome = story.verify(story.prove(0))

    assert outcome.code == 0, outcome.out + outcome.err
    assert "FAILS" not in outcome.out
    for claim in ("bytes", "submission", "in the batch", "both paths", "2 accept it, and 2"):
        assert claim in outcome.out


def test_a_rejected_record_is_told(story: Story):
    outcome = story.verify(story.prove(2))

    assert outcome.code == 1
    assert "FAILS: 0 accept it, and 2 have to" in outcome.out


@pytest.mark.parametrize(
    ("fails", "part", "field"),
    [
        ("the bytes are those of the CID", "record", "bytes"),
        ("the record is in the submission", "submission", "path"),
        ("signed the submission", "submission", "contributor"),
        ("the submission is in the batch", "batch", "root"),
        ("the batch is anchored", "batch", "publisher"),
    ],
)
def test_what_was_tampered_with_fails_at_its_step(story: Story, fails: str, part: str, field: str):
    proof, other = story.prove(0), story.prove(1)
    wrong = {
        "path": other["submission"]["path"],
        "contributor": story.life.operator.address,
        "publisher": story.signed["contributor"],
    }
    proof[part][field] = wrong.get(field, other["record"]["bytes"][:66])

    outcome = story.verify(proof)

    assert outcome.code == 1
    assert fails in outcome.out.splitlines()[-1]


def test_a_verdict_that_was_not_given_fails(story: Story):
    proof = story.prove(2)
    proof["verdicts"][0]["code"] = 0

    outcome = story.verify(proof)

    assert outcome.code == 1
    assert "attested code 0" in outcome.out.splitlines()[-1]


def test_what_cannot_count_is_not_sent(story: Story):
    stranger = story.life.node.funded(1)
    forged = {**story.signed, "contributor": stranger.address}
    (story.folder / "forged.json").write_text(json.dumps(forged))
    manifest = cids.to_text(cids.digest_of(b"manifest"))

    refused = story.run("anchor", "--manifest", manifest, "forged.json", key=stranger)
    assert (refused.code, "did not sign" in refused.err) == (1, True)

    arguments = ("--report", manifest, story.anchored["batch_id"], "verdicts.txt")
    refused = story.run("attest", *arguments, key=stranger)
    assert (refused.code, "not an active validator" in refused.err) == (1, True)

    refused = story.run("sign", "records.txt")
    assert (refused.code, "set PRIVATE_KEY" in refused.err) == (1, True)
    assert story.life.node.w3.eth.get_transaction_count(stranger.address) == 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_use_nothing_of_ours(script: Path):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(script.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    siblings = {"trees", "network"}
    installed_with_web3 = {"web3", "eth_account", "eth_abi"}

    assert imported <= set(sys.stdlib_module_names) | siblings | installed_with_web3


def test_the_readme_names_every_script():
    text = (FOLDER / "README.md").read_text()

    assert [path.name for path in SCRIPTS if f"[{path.name}]({path.name})" not in text] == []


def test_the_readme_has_every_code_of_a_verdict():
    lines = (FOLDER / "README.md").read_text().splitlines()

    assert [each for each in Reason if f"| {int(each)} | {each.meaning} |" not in lines] == []
