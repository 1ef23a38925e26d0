"""Where a node's public surface is searched for what only the members of a group may see."""

from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from ledger.node import Node
from webapp import create_app


def found_in(home: Path, word: str) -> list[Path]:
    """Files of a home that hold a word."""
    return [
        path for path in home.rglob("*") if path.is_file() and word.encode() in path.read_bytes()
    ]


def said_by(node: Node, hidden: Sequence[str], *, plain: Iterable[str] = ()) -> list[str]:
    """Addresses of the app and of the gateway under which anything hidden can be read.

    Args:
        node: whose app is asked, for all that it knows.
        hidden: words that nobody but members may see.
        plain: CIDs of the records, which are asked for as well.
    """
    client = create_app(node).test_client()
    envelopes = [row.cid for row in node.queries.envelopes().envelopes]
    batches = {row.batch_id for row in node.queries.envelopes().envelopes}
    pages = ["/", "/records", "/batches", "/jobs", "/contributors", "/validators", "/encrypted"]
    pages += ["/metrics", "/records/export.jsonl", "/contribute/", "/compare", "/costs", "/predict"]
    pages += [f"/records?q={word}" for word in hidden]
    pages += [f"/contributors/{word}" for word in hidden if word.startswith("0x")]
    pages += [f"/api/v1/{name}" for name in ("overview", "records", "batches", "envelopes")]
    pages += ["/api/v1/records/export?format=jsonl", "/api/v1/contributions", "/api/v1/search?q=a"]
    for batch in batches:
        pages += [f"/batches/{batch}", f"/api/v1/batches/{batch}"]
    for each in node.latest_contributions(100):
        pages += [f"/contribute/{each.id}", f"/api/v1/contributions/{each.id}"]
    for cid in (*envelopes, *plain):
        pages += [f"/records/{cid}", f"/records/{cid}/block", f"/records/{cid}/proof"]
        pages += [f"/api/v1/records/{cid}", f"/api/v1/envelopes/{cid}", f"/ipfs/{cid}"]
    answers = {page: client.get(page, follow_redirects=True).get_data() for page in pages}
    return [
        page
        for page, content in answers.items()
        if any(word.lower().encode() in content.lower() for word in hidden)
        and not any(word in page for word in hidden)
    ]
