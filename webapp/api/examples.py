"""What answers look like: made of the models, so that they cannot be of another shape."""

from collections.abc import Mapping
from datetime import UTC
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from ledger.accounts.tokens import Scope
from ledger.anchor.contributions import Contribution
from ledger.client.answers import Attestations
from ledger.client.answers import BatchCopies
from ledger.client.answers import Batches
from ledger.client.answers import Checked
from ledger.client.answers import CheckedStep
from ledger.client.answers import Citation
from ledger.client.answers import Contributed
from ledger.client.answers import Contributions
from ledger.client.answers import Contributors
from ledger.client.answers import Draft
from ledger.client.answers import DraftRead
from ledger.client.answers import Drafts
from ledger.client.answers import EncryptedRecords
from ledger.client.answers import Facets
from ledger.client.answers import Fault
from ledger.client.answers import Found
from ledger.client.answers import Health
from ledger.client.answers import HookDelivery
from ledger.client.answers import Previewed
from ledger.client.answers import Problem
from ledger.client.answers import Readable
from ledger.client.answers import Replication
from ledger.client.answers import StatementToSign
from ledger.client.answers import Timeline
from ledger.client.answers import TokenInfo
from ledger.client.answers import ValidatorDetail
from ledger.client.answers import Validators
from ledger.index.views import AttestationRow
from ledger.index.views import BatchDetail
from ledger.index.views import BatchRow
from ledger.index.views import Bin
from ledger.index.views import ContributorRow
from ledger.index.views import EnvelopeDetail
from ledger.index.views import EnvelopeRow
from ledger.index.views import FacetValue
from ledger.index.views import LedgerStatus
from ledger.index.views import Overview
from ledger.index.views import Page
from ledger.index.views import RecordDetail
from ledger.index.views import RecordRow
from ledger.index.views import SubmissionRow
from ledger.index.views import TimelinePoint
from ledger.index.views import ValidatorRow
from ledger.index.views import VerdictRow
from ledger.revoking.views import Revocation
from ledger.revoking.views import RevocationCall
from webapp.api.advice_examples import EXAMPLES as ADVICE
from webapp.api.insight_examples import EXAMPLES as INSIGHTS

CID = "bafyreif4bqe7ylellpdjqg7vsg5h7m5qdpw2xgbx3cqd6ivh3f2pfdnuxu"
REPORT = "bafyreibvxq3ql4yw3m6f7ik4j3ec2vdkc7x5vlfq2gj7cqhqzz5yq3n2wy"
BATCH = "0x" + "5b" * 32
ROOT = "0x" + "c4" * 32
TRANSACTION = "0x" + "1e" * 32
CONTRIBUTOR = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
VALIDATOR = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
CONTRIBUTION = "2f1c7f0e-53c1-4f5a-9d5b-0d2f8f5b9f55"
_WHEN = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)

RUN = {
    "version": 1,
    "job": {"name": "sort", "framework": {"name": "spark", "version": "3.5.1"}},
    "input": {"size_bytes": 10_000_000_000},
    "cluster": {"nodes": 4, "machine_type": "m4.2xlarge", "provider": "aws"},
    "status": "succeeded",
    "started_at": "2024-03-01T12:00:00Z",
    "runtime_seconds": 120.5,
}

RECORD = RecordRow(
    cid=CID,
    job="sort",
    framework="spark",
    algorithm=None,
    machine_type="m4.2xlarge",
    provider="aws",
    nodes=4,
    input_bytes=10_000_000_000,
    runtime_seconds=120.5,
    outcome="succeeded",
    status=LedgerStatus.ACCEPTED,
    contributor=CONTRIBUTOR,
    started_at=datetime(2024, 3, 1, 12, 0, tzinfo=UTC),
    batch_id=BATCH,
    accepted=3,
    rejected=0,
    validators=3,
    quorum=2,
)
_BATCH = BatchRow(
    batch_id=BATCH,
    root=ROOT,
    manifest_cid=REPORT,
    publisher=CONTRIBUTOR,
    count=24,
    submissions=1,
    block_number=12,
    block_hash="0x" + "a0" * 32,
    transaction_hash=TRANSACTION,
    anchored_at=_WHEN,
    final=True,
    state="complete",
    problem="",
    quorum=2,
    validators=3,
    gas_used=46_120,
    superseded_by=None,
)
_ATTESTATION = AttestationRow(
    batch_id=BATCH,
    validator=VALIDATOR,
    sequence=0,
    verdict_root=ROOT,
    accepted=24,
    rejected=0,
    report_cid=REPORT,
    state="complete",
    problem="",
    block_number=13,
    transaction_hash=TRANSACTION,
    attested_at=_WHEN,
)
_ENVELOPE = EnvelopeRow(
    cid=CID,
    size_bytes=5_146,
    status=LedgerStatus.ACCEPTED,
    contributor=CONTRIBUTOR,
    batch_id=BATCH,
    block_number=12,
    anchored_at=_WHEN,
    accepted=2,
    rejected=0,
    validators=3,
    quorum=2,
)
_CONTRIBUTOR = ContributorRow(
    address=CONTRIBUTOR,
    records=24,
    accepted=24,
    rejected=0,
    disputed=0,
    submissions=1,
    jobs=["sort"],
    first_at=_WHEN,
    last_at=_WHEN,
)
_VALIDATOR = ValidatorRow(
    address=VALIDATOR,
    active=True,
    bond_wei=10**18,
    attestations=2,
    accepted=47,
    rejected=1,
    agreed=48,
    decided=48,
    last_at=_WHEN,
)
_CONTRIBUTION = Contribution(
    id=CONTRIBUTION,
    contributor=CONTRIBUTOR,
    count=1,
    cids=(CID,),
    state="pending",
    batch_id=None,
    transaction_hash=None,
    block_number=None,
    problem="",
    created_at=_WHEN,
)
_FAULT = Fault(row=2, line=3, column="nodes", reason="'two' is not a whole number")
_SORT = FacetValue(value="sort", count=17)

_DRAFT = Draft(
    id="0f" * 16,
    url="https://ledger.example/contribute/preview/" + "0f" * 16,
    title="nightly.csv",
    uploaded_at=_WHEN,
)

EXAMPLES = (
    *INSIGHTS,
    *ADVICE,
    Overview(
        records=49,
        by_status={"accepted": 48, "rejected": 1},
        batches=2,
        contributors=2,
        validators=3,
        quorum=2,
        jobs=[_SORT],
        frameworks=[FacetValue(value="spark", count=49)],
        timeline=[TimelinePoint(day="2024-03-01", batches=2, records=49)],
        recent_batches=[_BATCH],
        head_block=15,
        indexed_block=15,
        chain_id=1337,
    ),
    Timeline(days=[TimelinePoint(day="2024-03-01", batches=2, records=49)]),
    Page(rows=[RECORD], total=17, next_after="WzEyMC41LDQyXQ", previous_before=None),
    RecordDetail(
        row=RECORD,
        record=RUN,
        block_bytes=412,
        verdicts=[
            VerdictRow(
                validator=VALIDATOR,
                accepted=True,
                code=0,
                reason="accepted",
                meaning="Nothing speaks against it.",
                detail="",
                sequence=0,
                report_cid=REPORT,
                block_number=13,
                transaction_hash=TRANSACTION,
            )
        ],
        submission_root=ROOT,
        batch=_BATCH,
    ),
    Facets(
        facets={"job": [_SORT]},
        ranges={"input_bytes": [Bin(least="10000000000", most="99999999999", count=17)]},
    ),
    Batches(batches=[_BATCH], next_after=None),
    BatchDetail(
        batch=_BATCH,
        submissions=[
            SubmissionRow(
                contributor=CONTRIBUTOR,
                root=ROOT,
                count=24,
                signature="0x" + "7d" * 65,
                signature_valid=True,
            )
        ],
        attestations=[_ATTESTATION],
    ),
    EncryptedRecords(envelopes=[_ENVELOPE], total=1, next_after=None),
    EnvelopeDetail(
        row=_ENVELOPE,
        verdicts=[
            VerdictRow(
                validator=VALIDATOR,
                accepted=False,
                abstained=True,
                code=16,
                reason="encrypted",
                meaning="No opinion: it is encrypted for a group that the validator is not in.",
                detail="",
                sequence=1,
                report_cid=REPORT,
                block_number=13,
                transaction_hash=TRANSACTION,
            )
        ],
        submission_root=ROOT,
        batch=_BATCH,
    ),
    _CONTRIBUTOR,
    Contributors(contributors=[_CONTRIBUTOR], next_after=None),
    Validators(validators=[_VALIDATOR], next_after=None),
    ValidatorDetail(validator=_VALIDATOR, attestations=[_ATTESTATION]),
    Attestations(attestations=[_ATTESTATION], next_after=BATCH),
    Contributions(contributions=[_CONTRIBUTION], next_after=None),
    _CONTRIBUTION,
    Contributed(
        contribution=_CONTRIBUTION,
        contributions=[_CONTRIBUTION],
        new=1,
        known=0,
        bad=1,
        faults=[_FAULT],
    ),
    Previewed(
        good=1,
        bad=1,
        records=[Readable(row=1, line=2, cid=CID, record=RUN)],
        faults=[_FAULT],
    ),
    Checked(
        result="valid",
        meaning="Every step holds.",
        exit_code=0,
        cid=CID,
        steps=[
            CheckedStep(
                name="record",
                ok=True,
                proved="the bytes hash to the CID",
                rests_on="SHA-256",
                values={"cid": CID},
            )
        ],
    ),
    Replication(
        batches=[
            BatchCopies(
                batch_id=BATCH,
                manifest=REPORT,
                records=24,
                held=True,
                copies=2,
                anchored_at=1_709_296_200,
            )
        ],
        total=1,
        next_after=None,
    ),
    Citation(
        key="perfledger-pfdnuxu",
        title="Execution of sort (spark) on 4 nodes of m4.2xlarge, 10 GB of input",
        url=f"https://ledger.example/records/{CID}",
        proof_url=f"https://ledger.example/records/{CID}/proof",
        accessed=_WHEN.date(),
        text=f"{CONTRIBUTOR} (2024). Execution of sort (spark). CID {CID}.",
        bibtex="@misc{perfledger-pfdnuxu,\n  year = {2024},\n}",
        csl={"id": "perfledger-pfdnuxu", "type": "dataset"},
    ),
    StatementToSign(
        root="0x" + "5e" * 32,
        count=1,
        cids=[CID],
        typed_data={
            "primaryType": "Submission",
            "message": {"root": "0x" + "5e" * 32, "count": 1},
        },
    ),
    RevocationCall(
        cid=CID,
        contributor=CONTRIBUTOR,
        batch_id=BATCH,
        chain_id=1337,
        to=VALIDATOR,
        data="0x" + "c7" * 4,
        gas=70_000,
        fee_wei="70000000000000",
    ),
    Revocation(
        cid=CID,
        contributor=CONTRIBUTOR,
        state="sent",
        status=LedgerStatus.ACCEPTED,
        transaction_hash=TRANSACTION,
        block_number=None,
    ),
    _DRAFT,
    Drafts(drafts=[_DRAFT]),
    DraftRead(draft=_DRAFT, new=2, known=0, bad=0, faults=[]),
    HookDelivery(hook="airflow", state="taken", cid=CID),
    TokenInfo(
        id="9f1c2a7b",
        account=CONTRIBUTOR,
        name="nightly runs",
        scopes=[Scope.DRAFTS],
        expires_at=_WHEN,
    ),
    Found(kind="records", url="/api/v1/records?q=sort", page="/records?q=sort", records=17),
    Health(status="ok", records=49),
    Problem(
        type="/api/problems#not-found",
        title="Nothing of that name is known here",
        status=404,
        detail="no record bafyreiabcd is known here",
        hint="If it was anchored lately, the index may not have come to it.",
    ),
)
"""One of each model that has values worth showing."""

BY_MODEL: Mapping[type[BaseModel], Any] = {
    type(each): each.model_dump(mode="json") for each in EXAMPLES
}
