"""The pages of the app, and what is done on them before a picture is taken."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

from ledger.index.filters import Filter
from ledger.node import Node

Act = Callable[[Any], None]

RUNS_WITH_A_FAULT = """job,framework,machine_type,nodes,size_mb,runtime_s
sort,spark,m4.2xlarge,4,10000,231.5
sort,spark,m4.2xlarge,6,10000,eight
grep,spark,m4.2xlarge,4,10000,88
"""

STRANGE_COLUMNS = """what,boxes,took,gib
sort,4,3.9,10
grep,6,1.2,10
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to take a picture of.

    Attributes:
        name: of its picture's file.
        path: where it is, with its query.
        act: what a visitor does there first; it gets playwright's page.
        status: what it answers with.
    """

    name: str
    path: str
    act: Act | None = None
    status: int = 200


def pages(node: Node) -> list[Page]:
    """Every page of the app over a node with records, in the order of its menu."""
    queries = node.queries
    record = queries.records(Filter(status=("accepted",)), limit=1).rows[0]
    contribution = node.contributions.latest(1)
    machine = quote(record.machine_type or "", safe="")
    jobs = [each.value for each in queries.facets(Filter())["job"]][:2]
    compared = urlencode([("of", f"job={job}") for job in jobs])
    found = [
        Page("overview", "/"),
        Page("records", "/records?status=accepted"),
        Page("records-none", "/records?q=nothing+has+this"),
        Page("record", f"/records/{record.cid}"),
        Page("record-cite", f"/records/{record.cid}/cite"),
        Page("record-revoke", f"/records/{record.cid}/revoke"),
        Page("record-revocation", f"/records/{record.cid}/revocation"),
        Page("records-chart", "/records/chart"),
        Page("cite", f"/cite?{urlencode({'job': record.job, 'status': 'accepted'})}"),
        Page("jobs", "/jobs"),
        Page("job", f"/jobs/{quote(record.job, safe='')}"),
        Page("machines", "/machines"),
        Page("machine", f"/machines/{machine}"),
        Page("compare-start", "/compare"),
        Page("compare", f"/compare?{compared}"),
        Page("compare-split", f"/compare/split?{urlencode({'by': 'job'})}"),
        Page("predict-start", "/predict"),
        Page("predict", f"/predict?{urlencode({'job': record.job})}"),
        Page("cost", "/cost"),
        Page(
            "cost-priced",
            f"/cost?{urlencode({'job': record.job, f'usd.{record.machine_type}': '0.40'})}",
        ),
        Page("batches", "/batches"),
        Page("batch", f"/batches/{record.batch_id}"),
        Page("batch-cite", f"/batches/{record.batch_id}/cite"),
        Page("encrypted", "/encrypted"),
        Page("contributors", "/contributors"),
        Page("contributor", f"/contributors/{record.contributor}"),
        Page("validators", "/validators"),
        Page("validator", f"/validators/{queries.validators()[0].address}"),
        Page("network", "/network"),
        Page("contribute", "/contribute"),
        Page("contribute-columns", "/contribute", _upload(STRANGE_COLUMNS)),
        Page("contribute-preview", "/contribute", _upload(RUNS_WITH_A_FAULT)),
        Page("verify-start", "/verify"),
        Page("verify", f"/verify?cid={record.cid}", _until_verified),
        Page("verify-server", f"/verify/server?cid={record.cid}"),
        Page("api", "/api"),
        Page("api-problems", "/api/problems"),
        Page("account", "/account"),
        Page("not-found", "/nothing/here", status=404),
    ]
    if len(queries.facets(Filter(job=(record.job,)))["machine_type"]) > 1:
        found.append(Page("compare-machines", f"/compare/machines/{record.cid}"))
    if contribution:
        found.append(Page("contribution", f"/contribute/{contribution[0].id}"))
    return found


def _until_verified(page: Any) -> None:
    page.wait_for_selector("#result-title[data-result]")


def _upload(rows: str) -> Act:
    def act(page: Any) -> None:
        table = {"name": "runs.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        page.locator("#file").set_input_files(table)
        page.get_by_role("button", name="Preview").click()
        page.wait_for_url(re.compile("/contribute/."))

    return act
