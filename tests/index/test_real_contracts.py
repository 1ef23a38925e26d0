"""The index on the real contracts, on the development chain."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from contracts.deploy import deploy
from ledger.anchor.batch import Batch
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.devchain.chain import DevChain
from ledger.index.database import Index
from ledger.index.database import open_index
from ledger.index.queries import Queries
from ledger.index.sync import Sync
from ledger.record import eip712
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate import report as reports
from ledger.validate.report import Verdict
from tests.index import ledgers
from tests.index.dumps import dump

BOND = 10**18
PUBLISHER, CONTRIBUTOR = 0, 1
VALIDATORS = (7, 8, 9)


class Ledger:
    """The contracts on a development chain, and who uses them."""

    def __init__(self, w3: Web3, store: SQLiteBlockStore) -> None:
        governor = ledgers.signer(0)
        found = deploy(
            w3,
            governor._account,
            governor=governor.address,
            quorum=2,
            bond_wei=BOND,
            exit_delay_seconds=60,
        )
        self.w3 = w3
        self.store = store
        self.deployment = Deployment(
            network="dev",
            chain_id=w3.eth.chain_id,
            genesis_hash=genesis_hash(w3),
            from_block=min(each.block_number for each in found.values()),
            registry=found["ContributionRegistry"].address,
            validator_set=found["ValidatorSet"].address,
            attestations=found["Attestations"].address,
        )
        self.contracts = LedgerContracts(w3, self.deployment)
        for validator in VALIDATORS:
            self.send(0, self.contracts.validator_set.functions.admit, _address(validator))
            self.send(validator, self.contracts.validator_set.functions.join, value=BOND)

    def send(self, by: int, function: Callable[..., Any], *values: Any, value: int = 0) -> None:
        account = ledgers.signer(by)._account
        unsigned = function(*values).build_transaction(
            {
                "from": account.address,
                "nonce": self.w3.eth.get_transaction_count(account.address),
                "value": value,
                "gas": 1_000_000,
                "chainId": self.deployment.chain_id,
            }
        )
        sent = self.w3.eth.send_raw_transaction(
            account.sign_transaction(dict(unsigned)).raw_transaction
        )
        assert self.w3.eth.wait_for_transaction_receipt(sent)["status"] == 1

    def anchor(self, *rows: int) -> Batch:
        digests = ledgers.keep(self.store, [ledgers.record(row) for row in rows])
        domain = self.deployment.submission_domain
        batch = ledgers.gather(ledgers.submit(digests, CONTRIBUTOR, domain), domain=domain)
        manifest = ledgers.publish(self.store, batch)
        anchor = self.contracts.registry.functions.anchor
        self.send(PUBLISHER, anchor, batch.root, batch.count, manifest)
        return batch

    def report(self, batch: Batch, validator: int, codes: list[int]) -> reports.Report:
        return reports.sign(
            domain=self.deployment.verdict_domain,
            batch_id=ledgers.batch_id(batch, PUBLISHER),
            sequence=1,
            records=batch.records(),
            verdicts=[Verdict(code) for code in codes],
            signer=ledgers.signer(validator),
        )

    def attest(self, batch: Batch, validator: int, codes: list[int]) -> reports.Report:
        said = self.report(batch, validator, codes)
        digest = ledgers.deliver(self.store, said)
        self.send(
            validator,
            self.contracts.attestations.functions.attest,
            said.batch_id,
            said.sequence,
            said.root,
            said.accepted,
            said.rejected,
            digest,
        )
        return said


def _address(index: int) -> str:
    return ledgers.signer(index).address


@pytest.fixture
def ledger(tmp_path: Path, store: SQLiteBlockStore) -> Iterator[Ledger]:
    with DevChain(tmp_path / "chain.sqlite") as chain:
        yield Ledger(Web3(chain.provider()), store)


def test_a_whole_life_is_indexed_and_rebuilt(
    tmp_path: Path, ledger: Ledger, index: Index, queries: Queries
):
    sync = Sync(index, ledger.store, ledger.w3, ledger.deployment)
    first = ledger.anchor(1, 2, 3)
    sync.step()
    ledger.attest(first, 7, [0, 5, 0])
    said = ledger.attest(first, 8, [0, 5, 0])
    sync.step()
    second = ledger.anchor(4)
    third = ledger.anchor(5)
    registry = ledger.contracts.registry.functions
    ledger.send(PUBLISHER, registry.supersede, second.root, third.root)
    part, record_path, part_path = first.path(first.records()[2])
    ledger.send(
        CONTRIBUTOR,
        registry.revoke,
        _address(PUBLISHER),
        first.root,
        first.records()[2],
        part.root,
        part.count,
        record_path,
        part_path,
    )
    sync.step()

    status = {row.cid: row.status.value for row in queries.records().rows}
    assert [status[to_text(digest)] for digest in first.records()] == [
        "accepted",
        "rejected",
        "revoked",
    ]
    assert status[to_text(second.records()[0])] == "superseded"
    assert status[to_text(third.records()[0])] == "anchored"
    newest = queries.batches(limit=1)[0]
    number = newest.block_number
    validators = ledger.contracts.validator_set.functions
    assert newest.quorum == validators.quorumAt(number).call()
    assert newest.validators == validators.activeCountAt(number).call()
    assert newest.gas_used is not None
    assert newest.gas_used <= 50_000

    other = ledger.report(first, 8, [0, 0, 0])
    ledger.send(
        3,
        ledger.contracts.attestations.functions.proveEquivocation,
        _address(8),
        said.batch_id,
        1,
        (said.root, said.accepted, said.rejected),
        said.signature,
        (other.root, other.accepted, other.rejected),
        other.signature,
    )
    ledger.send(9, validators.requestExit)
    ledger.send(0, validators.setQuorum, 1)
    sync.step()

    assert {row.address: (row.active, row.bond_wei) for row in queries.validators()} == {
        _address(7): (True, BOND),
        _address(8): (False, 0),
        _address(9): (False, BOND),
    }
    assert queries.record(to_text(first.records()[0])).row.status == "anchored"
    fourth = ledger.anchor(6)
    sync.step()
    shown = queries.batch("0x" + ledgers.batch_id(fourth, PUBLISHER).hex()).batch
    assert (shown.quorum, shown.validators) == (1, 1)

    fresh = open_index(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    Sync(fresh, ledger.store, ledger.w3, ledger.deployment).step()
    before = dump(index)
    assert dump(fresh) == before
    fresh.close()

    index.clear()
    sync.step()
    assert dump(index) == before


def test_the_signature_of_a_submission_is_of_this_deployment(ledger: Ledger, index: Index):
    sync = Sync(index, ledger.store, ledger.w3, ledger.deployment)
    batch = ledger.anchor(1)
    sync.step()

    (part,) = batch.submissions
    statement = eip712.submission(ledger.deployment.submission_domain, part.root, part.count)
    assert eip712.recover(statement, part.signature) == _address(CONTRIBUTOR)
    assert ledger.contracts.registry.functions.verifySubmissionSignature(
        _address(CONTRIBUTOR), part.root, part.count, part.signature
    ).call()
