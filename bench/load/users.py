"""What the people do: locust runs this file.

Readers look at pages as people do, some seconds apart. Contributors send small files to the API
and note every CID that was acknowledged, so that the ledger can be searched for each afterwards.
"""

import json
import os
import random
import re
import uuid
from itertools import count
from typing import Any

from locust import HttpUser
from locust import between
from locust import task

ACKNOWLEDGED = os.environ["PERFLEDGER_BENCH_ACKNOWLEDGED"]
"""A file: a line of JSON for each answer to a contributor."""

RECORDS_AT_ONCE = 5

_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_ROW = re.compile(r'class="row-link" href="([^"]+)"')
_CHOICE = re.compile(r'<a href="([^"]+)" class="choice"')
_SORTS = ("runtime_seconds", "input_bytes", "machine_type", "started_at", "nodes")


class Reader(HttpUser):
    """Somebody who looks around: what a page offers is where they go next."""

    weight = 5
    wait_time = between(1, 5)

    def on_start(self) -> None:
        """Begin at the list."""
        self.page = ""
        self.browse()

    @task(6)
    def choose(self) -> None:
        """Choose another value of a filter."""
        self._follow(_CHOICE, "/records [a filter]")

    @task(3)
    def next_page(self) -> None:
        """Turn the page."""
        self._follow(_NEXT, "/records [next page]")

    @task(3)
    def look(self) -> None:
        """Open a record."""
        rows = _ROW.findall(self.page)
        if rows:
            self.client.get(random.choice(rows), name="/records/{cid}")

    @task(2)
    def sort(self) -> None:
        """Sort the list by something else."""
        self._list(f"/records?sort={random.choice(_SORTS)}&order=asc", "/records [sorted]")

    @task(2)
    def browse(self) -> None:
        """Begin again."""
        self._list("/records", "/records")

    @task(2)
    def search(self) -> None:
        """Search for a word."""
        self._list(f"/records?q=k%3D{random.randrange(10_000)}", "/records [a word]")

    @task(2)
    def overview(self) -> None:
        """Look at the first page."""
        self.client.get("/")

    @task(1)
    def others(self) -> None:
        """Look at lists of batches and people."""
        self.client.get(random.choice(("/batches", "/contributors", "/validators")))

    @task(1)
    def api(self) -> None:
        """Ask the API."""
        self.client.get("/api/v1/facets?job=sort", name="/api/v1/facets")

    def _follow(self, links: "re.Pattern[str]", name: str) -> None:
        found = links.findall(self.page)
        if found:
            self._list(random.choice(found).replace("&amp;", "&"), name)
        else:
            self.browse()

    def _list(self, address: str, name: str) -> None:
        answer = self.client.get(address, name=name)
        if answer.ok:
            self.page = answer.text


class Contributor(HttpUser):
    """A program that sends a few runs now and then."""

    weight = 2
    wait_time = between(2, 6)

    def on_start(self) -> None:
        """Be somebody of one's own."""
        self.name = uuid.uuid4().hex
        self.numbers = count(1)

    @task
    def contribute(self) -> None:
        """Send runs that nobody else has."""
        rows = [self._row() for _ in range(RECORDS_AT_ONCE)]
        body = "".join(json.dumps(row) + "\n" for row in rows)
        answer = self.client.post(
            "/api/v1/contributions",
            data=body.encode(),
            headers={"Content-Type": "application/jsonl"},
            name="POST /api/v1/contributions",
        )
        if answer.ok:
            told = answer.json()
            with open(ACKNOWLEDGED, "a", encoding="utf-8") as file:  # noqa: PTH123 - one write, appended
                file.write(json.dumps(told["contribution"]["cids"]) + "\n")

    def _row(self) -> dict[str, Any]:
        number = next(self.numbers)
        return {
            "job": {
                "name": "sort",
                "framework": {"name": "spark", "version": "3.5.1"},
                "parameters": {"run": f"{self.name}-{number}"},
            },
            "input": {"size_bytes": number * 10**9},
            "cluster": {"nodes": 4, "machine_type": "m4.2xlarge", "provider": "aws"},
            "runtime_seconds": 100 + number,
        }
