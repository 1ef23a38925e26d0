"""How to call an operation: its address, a command and a program, with values of this ledger."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from urllib.parse import urlencode

from ledger.index.filters import ALL
from ledger.index.filters import Filter
from ledger.index.queries import Queries
from webapp.api.openapi import PATH_PARAMETERS
from webapp.api.operations import Content
from webapp.api.operations import Operation

_QUERIES: Mapping[str, Mapping[str, str | list[str]]] = {
    "records": {"status": "accepted", "sort": "runtime_seconds", "order": "asc", "limit": "5"},
    "facets": {"status": "accepted"},
    "export_csv": {"status": "accepted"},
    "export_jsonl": {"runtime_min": "1 min"},
    "cost": {"price": ["m4.2xlarge:0.40"]},
    "predict": {"nodes": "4", "input_bytes": "10 GB"},
    "recommend": {"input_bytes": "10 GB", "deadline": "5 min", "price": ["m4.2xlarge:0.40"]},
    "compare": {"of": ["status=accepted", "status=rejected"]},
    "batches": {"limit": "10"},
    "replication": {"at_risk": "1"},
    "search": {"q": "sort"},
    "contributions": {"limit": "10"},
}
_FILES = {
    "text/csv": "runs.csv",
    "text/tab-separated-values": "runs.tsv",
    "application/jsonl": "runs.jsonl",
}


_SESSION = (
    "import requests\n\n"
    "asking = requests.Session()\n"
    'asking.headers["Authorization"] = "Bearer TOKEN"\n'
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A call.

    Attributes:
        url: its whole address.
        curl: a command.
        python: a program.
        can_be_tried: whether the address answers in a browser.
    """

    url: str
    curl: str
    python: str
    can_be_tried: bool


def values_of(queries: Queries) -> dict[str, str]:
    """Names of things that there are, by parameter; those that there are not are left out."""
    batches = queries.batches(limit=1)
    people = queries.contributors()
    anchored = Filter(batch=(batches[0].batch_id,)) if batches else ALL
    rows = queries.records(anchored, limit=1).rows
    found = {
        "cid": rows[0].cid if rows else None,
        "batch_id": batches[0].batch_id if batches else None,
        "address": people[0].address if people else None,
        "job_name": rows[0].job if rows else None,
        "machine_type": rows[0].machine_type if rows else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def validator_of(queries: Queries) -> dict[str, str]:
    """The same for paths whose address is a validator's."""
    people = queries.validators()
    return {"address": people[0].address} if people else {}


def envelope_of(queries: Queries) -> dict[str, str]:
    """The same for paths whose CID is an encrypted record's."""
    envelopes = queries.envelopes(limit=1).envelopes
    return {"cid": envelopes[0].cid} if envelopes else {}


def sample(operation: Operation, root: str, values: Mapping[str, str]) -> Sample:
    """A call of an operation.

    Args:
        operation: what is called.
        root: URL of the API.
        values: of the parameters in its path, as far as they are known.
    """
    path = operation.path
    for name in operation.path_parameters:
        path = path.replace(f"{{{name}}}", values.get(name, PATH_PARAMETERS[name][2]))
    address = root + path
    query = _QUERIES.get(operation.name, {})
    whole = f"{address}?{urlencode(query, doseq=True)}" if query else address
    known = set(operation.path_parameters) <= set(values)
    if operation.body:
        return _bearing(_sending(operation.body[0], whole), operation)
    reading = operation.method == "GET"
    call = f"curl '{whole}'" if reading else f"curl -X {operation.method} '{whole}'"
    asking = _asking(address, query, operation.method)
    return _bearing(Sample(whole, call, asking, known and reading), operation)


def _bearing(sample: Sample, operation: Operation) -> Sample:
    """With a token, where the operation needs one; a browser sends none."""
    if operation.scope is None:
        return sample
    header = "-H 'Authorization: Bearer TOKEN'"
    return replace(
        sample,
        curl=sample.curl.replace("curl ", f"curl {header} ", 1),
        python=sample.python.replace("import requests\n", _SESSION, 1).replace(
            "= requests.", "= asking.", 1
        ),
        can_be_tried=False,
    )


def _asking(address: str, query: Mapping[str, str | list[str]], method: str) -> str:
    given = f", params={json.dumps(dict(query))}" if query else ""
    return (
        "import requests\n\n"
        f'answer = requests.{method.lower()}("{address}"{given}, timeout=30)\n'
        "answer.raise_for_status()\n"
        "print(answer.text)"
    )


def _sending(content: Content, address: str) -> Sample:
    if content.media == "application/json":
        body = json.dumps(content.example)
        curl = f"curl -H 'Content-Type: {content.media}' -d '{body}' '{address}'"
        sent = f"json={body}"
        opened = ""
    else:
        file = _FILES[content.media]
        curl = f"curl -H 'Content-Type: {content.media}' --data-binary @{file} '{address}'"
        opened = f'rows = open("{file}", "rb").read()\n'
        sent = f'data=rows, headers={{"Content-Type": "{content.media}"}}'
    python = (
        f"import requests\n\n{opened}"
        f'answer = requests.post(\n    "{address}",\n    {sent},\n    timeout=30,\n)\n'
        "print(answer.json())"
    )
    return Sample(address, curl, python, can_be_tried=False)
