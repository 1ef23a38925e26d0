"""Records whose every text tries something; all are well-formed: anybody may anchor them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger import settings
from ledger.node import Node
from ledger.record import codec
from ledger.record.schema import Record

TEXTS = (
    "<script>window.hacked = 1</script>",
    '"><img src=x onerror=window.hacked=1>',
    "'-window.hacked=1-'",
    "</script><svg onload=window.hacked=1>",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "javascript:window.hacked=1",
    "\u202egnp.exe\u2066\u2069",
    "a\u200bb\u0085c\u2028d",
    '=HYPERLINK("http://127.0.0.1:1/?"&A1)',
    "@SUM(1+1)|cmd",
    "../../etc/passwd",
    "%2e%2e%2f?job=x&of=#fragment",
    "x" * 256,
    "\u0e49" * 200,
    "\u05e9\u05dc\u05d5\u05dd",
)
"""Each within what a name may be; the pages show all of them."""

TAMPERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\u0085")
"""Characters that reorder or hide the text around them: none of them may reach a page."""


def record(number: int, text: str) -> Record:
    return codec.from_python(
        {
            "job": {
                "name": text,
                "framework": {"name": text, "version": text},
                "algorithm": text,
                "parameters": {text: text},
            },
            "input": {"size_bytes": 1_000 + number, "characteristics": {text: "y" * 4_000}},
            "cluster": {"nodes": 4, "machine_type": text, "provider": text, "region": text},
            "configuration": {f"{text[:200]}{place}": text for place in range(20)},
            "runtime_seconds": 10.0 + number,
            "origin": {"kind": "form", "note": text},
        }
    )


@contextmanager
def node(home: Path) -> Iterator[Node]:
    """A node on whose ledger they are, judged by its validators."""
    with Node(settings.load(home, app_port=0, chain_port=0)) as found:
        found.submit(found.accept([record(*each) for each in enumerate(TEXTS)]).new)
        found.cycle()
        for validator in found.validators():
            validator.step()
        found.sync.step()
        yield found
