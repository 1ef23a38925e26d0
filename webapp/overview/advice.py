"""What to do next, from how the ledger stands."""

from dataclasses import dataclass

from ledger.index.views import LedgerStatus
from ledger.index.views import Overview
from webapp.format import number
from webapp.format import plural


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do.

    Attributes:
        title: what.
        reason: why now.
        endpoint: the page to do it on.
        arguments: of that page's address.
    """

    title: str
    reason: str
    endpoint: str
    arguments: dict[str, str]


def advise(overview: Overview) -> list[Advice]:
    """The things to do, the most urgent first; at most four."""
    found = [*_troubles(overview), *_offers(overview)]
    return found[:4]


def _troubles(overview: Overview) -> list[Advice]:
    counts = overview.by_status
    found = []
    if overview.validators < overview.quorum:
        found.append(
            Advice(
                "Admit validators",
                f"{plural(overview.validators, 'validator')} cannot reach the quorum of "
                f"{overview.quorum}: nothing gets accepted until more join.",
                "validators.listing",
                {},
            )
        )
    if disputed := counts.get(LedgerStatus.DISPUTED, 0):
        found.append(
            Advice(
                f"Look at {plural(disputed, 'disputed record')}",
                "Validators disagree on them, so no estimate should rest on them.",
                "records.listing",
                {"status": LedgerStatus.DISPUTED.value},
            )
        )
    if rejected := counts.get(LedgerStatus.REJECTED, 0):
        found.append(
            Advice(
                f"See why {plural(rejected, 'record was', 'records were')} rejected",
                "Each has the validators' reasons on its page.",
                "records.listing",
                {"status": LedgerStatus.REJECTED.value},
            )
        )
    return found


def _offers(overview: Overview) -> list[Advice]:
    waiting = sum(overview.by_status.get(each, 0) for each in ("pending", "anchored"))
    found = [
        Advice(
            "Contribute your runs",
            "Paste or upload CSV, TSV, JSON or JSONL; bad rows are named, good ones go in.",
            "contribute.form",
            {},
        ),
        Advice(
            "Verify a record",
            "From its bytes to the block on chain, step by step.",
            "verify.form",
            {},
        ),
        Advice(
            "Script it",
            "Everything on these pages is in the JSON API.",
            "api_pages.reference",
            {},
        ),
    ]
    if waiting:
        found.insert(
            1,
            Advice(
                f"Follow {plural(waiting, 'record')} on the way",
                f"{number(waiting)} wait for a block or for the validators' verdicts.",
                "records.listing",
                {"status": LedgerStatus.PENDING.value},
            ),
        )
    return found
