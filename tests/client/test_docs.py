"""The examples of docs/client.md run as they stand, against another address."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from tests.webapp.conftest import Served
from webapp import create_app

TEXT = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
ADDRESS = "http://127.0.0.1:8787"


def run(example: str, url: str) -> str:
    assert ADDRESS in example
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(example.replace(ADDRESS, url), "docs/client.md", "exec"), {})
    return out.getvalue()


@pytest.mark.parametrize("example", [each for each in EXAMPLES if "contribute" not in each])
def test_an_example_prints_what_it_asked_for(example: str, server: str):
    assert run(example, server).strip()


def test_the_example_that_contributes_follows_its_records(own_node):
    (example,) = [each for each in EXAMPLES if "contribute" in each]

    with Served(create_app(own_node)) as served:
        assert run(example, served.url) == "pending\n"
