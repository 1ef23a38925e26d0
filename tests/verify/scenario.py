"""A small ledger on a development chain: contributors, a batch, validators and their reports."""

from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from web3 import Web3

from contracts.deploy import deploy
from ledger.anchor import batch as batches
from ledger.anchor import submission as submissions
from ledger.anchor.batch import Batch
from ledger.chain.contracts import LedgerContracts
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.chain import DevChain
from ledger.chain.signers import LocalSigner
from ledger.record import codec
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store.sqlite import SQLiteBlockStore
from ledger.validate.attest import make_report
from ledger.validate.reasons import Reason
from ledger.validate.report import Report
from ledger.validate.report import Verdict
from ledger.verify import Policy
from ledger.verify import Proof
from ledger.verify import Web3Reader
from ledger.verify import build_proof

GOVERNOR = dev_account(0)
VALIDATORS = tuple(dev_account(index) for index in (1, 2, 3, 4))
CONTRIBUTORS = tuple(dev_account(index) for index in (5, 6))
PUBLISHER = dev_account(7)
PARTIES = (GOVERNOR, *VALIDATORS, *CONTRIBUTORS, PUBLISHER)
QUORUM = 2
BOND = 10**18


def record_block(number: int) -> bytes:
    return codec.encode(
        codec.from_python(
            {
                "job": {"name": "sort", "framework": {"name": "spark", "version": "3.5.1"}},
                "input": {"size_bytes": 10_000_000_000},
                "cluster": {"nodes": 4, "machine_type": "m4.2xlarge", "cores_per_node": 8},
                "runtime_seconds": 100 + number,
                "origin": {"kind": "file", "sha256": "ab" * 32, "row": number + 1},
            }
        )
    )


class Ledger:
    """Contracts on a chain, and the block store beside it.

    Args:
        folder: for the blocks and, where no chain is given, for a development chain.
        w3: a chain on which `PARTIES` have ether.
    """

    def __init__(self, folder: Path, w3: Web3 | None = None) -> None:
        self._opened = ExitStack()
        self.store = SQLiteBlockStore(folder / "blocks.sqlite")
        self._opened.callback(self.store.close)
        self.w3 = w3 or Web3(
            self._opened.enter_context(DevChain(folder / "chain.sqlite")).provider()
        )
        self.bindings = self.deploy()
        self.contracts = self.bindings.deployment.contracts
        for validator in VALIDATORS:
            self.admit(validator)

    def close(self) -> None:
        self._opened.close()

    def deploy(self) -> LedgerContracts:
        deployed = deploy(
            self.w3,
            GOVERNOR,
            governor=GOVERNOR.address,
            quorum=QUORUM,
            bond_wei=BOND,
            exit_delay_seconds=86_400,
        )
        return LedgerContracts(
            self.w3,
            Deployment(
                network="dev",
                chain_id=self.w3.eth.chain_id,
                genesis_hash=genesis_hash(self.w3),
                from_block=0,
                registry=deployed["ContributionRegistry"].address,
                validator_set=deployed["ValidatorSet"].address,
                attestations=deployed["Attestations"].address,
            ),
        )

    def send(self, account: Any, call: Any, value: int = 0) -> int:
        """Sign and mine a call; returns its block's number."""
        return self.require_success(self._hand_over(account, call, value))

    def _hand_over(self, account: Any, call: Any, value: int = 0) -> Any:
        transaction = call.build_transaction(
            {
                "from": account.address,
                "nonce": self.w3.eth.get_transaction_count(account.address),
                "chainId": self.w3.eth.chain_id,
                "value": value,
                # An estimate is made as of the head, and setQuorum costs more one block later.
                "gas": 1_000_000,
            }
        )
        signed = account.sign_transaction(transaction)
        return self.w3.eth.send_raw_transaction(signed.raw_transaction)

    def require_success(self, transaction_hash: Any) -> int:
        receipt = self.w3.eth.wait_for_transaction_receipt(transaction_hash, poll_latency=0.01)
        assert receipt["status"] == 1
        return int(receipt["blockNumber"])

    def admit(self, validator: Any) -> None:
        functions = self.bindings.validator_set.functions
        self.send(GOVERNOR, functions.admit(validator.address))
        self.send(validator, functions.join(), BOND)

    def gather(self, counts: Sequence[int] = (5, 3), first: int = 0) -> Batch:
        """A batch with one submission per contributor, its blocks in the store."""
        domain = self.contracts.submission_domain
        parts = []
        for contributor, count in zip(CONTRIBUTORS, counts, strict=False):
            blocks = [record_block(first + number) for number in range(count)]
            first += count
            self.store.put_many([(digest_of(block), block) for block in blocks])
            digests = [digest_of(block) for block in blocks]
            parts.append(submissions.sign(digests, domain, LocalSigner(contributor)))
        batch = batches.gather(domain, parts)
        self.store.put_many(batches.blocks(batch))
        return batch

    def anchor(self, batch: Batch) -> bytes:
        manifest = list(batches.blocks(batch))[-1][0]
        call = self.bindings.registry.functions.anchor(batch.root, batch.count, manifest)
        self.send(PUBLISHER, call)
        return batches.batch_id(PUBLISHER.address, batch.root)

    def report(
        self,
        batch: Batch,
        validator: Any,
        *,
        rejects: Mapping[Digest, Reason] | None = None,
        sequence: int = 1,
    ) -> tuple[Report, Digest]:
        """A signed report, and its digest; not attested yet."""
        found = rejects or {}
        verdicts = [Verdict(found.get(digest, Reason.ACCEPTED)) for digest in batch.records()]
        report, blocks = make_report(
            batch,
            verdicts,
            batch_id=batches.batch_id(PUBLISHER.address, batch.root),
            sequence=sequence,
            domain=self.contracts.verdict_domain,
            signer=LocalSigner(validator),
        )
        self.store.put_many(blocks)
        return report, blocks[-1][0]

    def attest(self, batch: Batch, validator: Any, **said: Any) -> Report:
        report, digest = self.report(batch, validator, **said)
        self.send(validator, self._attestation(report, digest))
        return report

    def attest_together(
        self, batch: Batch, validators: Sequence[Any]
    ) -> tuple[list[Report], list[Any]]:
        """Send attestations without waiting; gives the reports and the transactions' hashes."""
        reports = [self.report(batch, validator) for validator in validators]
        sent = [
            self._hand_over(validator, self._attestation(*report))
            for validator, report in zip(validators, reports, strict=True)
        ]
        return [report for report, _ in reports], sent

    def _attestation(self, report: Report, digest: Digest) -> Any:
        return self.bindings.attestations.functions.attest(
            report.batch_id,
            report.sequence,
            report.root,
            report.accepted,
            report.rejected,
            digest,
        )

    def slash(self, batch: Batch, validator: Any, digest: Digest) -> None:
        """Prove that a validator signed two reports under sequence 1."""
        (one, _), (other, _) = (
            self.report(batch, validator),
            self.report(batch, validator, rejects={digest: Reason.DUPLICATE}),
        )
        self.send(
            GOVERNOR,
            self.bindings.attestations.functions.proveEquivocation(
                validator.address,
                one.batch_id,
                1,
                (one.root, one.accepted, one.rejected),
                one.signature,
                (other.root, other.accepted, other.rejected),
                other.signature,
            ),
        )

    def prove(
        self, batch: Batch, reports: Sequence[Report], digest: Digest | None = None, **options: Any
    ) -> Proof:
        return build_proof(
            to_text(digest or batch.records()[0]),
            batch=batch,
            publisher=PUBLISHER.address,
            store=self.store,
            reports=reports,
            chain=options.pop("reader", Web3Reader(self.w3)),
            contracts=options.pop("contracts", self.contracts),
            **options,
        )

    def policy(self, proof: Proof, **more: Any) -> Policy:
        """Trust in these contracts and in the proof's last block."""
        head = bytes(Web3.keccak(proof.headers[-1])) if proof.headers else bytes(32)
        return Policy(self.contracts, trusted_blocks=frozenset({head}), **more)
