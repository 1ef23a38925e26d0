"""What a wallet was shown of an upload for a group, against what the upload gives now."""

from collections.abc import Iterator
from collections.abc import Sequence

from ledger.errors import PerfledgerError
from ledger.node import Node
from ledger.record.cid import from_text
from webapp.contribute.for_group import group_of
from webapp.contribute.reading import Preview
from webapp.contribute.reading import Read
from webapp.contribute.reading import new_ones
from webapp.contribute.reading import reading
from webapp.contribute.upload import Upload


class ListChangedError(PerfledgerError):
    """What was signed is not what would be contributed now."""

    def __init__(self) -> None:
        super().__init__(
            "the list of records has changed since it was shown to the wallet",
            hint="Nothing was contributed. Have it listed again, and sign that.",
        )


def require_given(node: Node, upload: Upload, cids: Sequence[str]) -> tuple[Preview, int]:
    """Check that an upload for a group still gives all that was listed, or gave it before.

    Columns are chosen and rows are mended after the list was made, too. The upload is read for it
    once more than to keep its records: a part of them, once kept, would be left to the operator to
    sign, and together they do not fit into memory.

    Returns:
        What was read, and how many records of it are to be signed and were not listed.

    Raises:
        ListChangedError: a record is neither in the upload nor encrypted for its group already.
    """
    found = Preview()
    missing = {from_text(cid) for cid in cids}
    missing.difference_update(digest for digest, _ in new_ones(_counted(node, upload, found)))
    if missing - node.sealed_among(group_of(upload), list(missing)):
        raise ListChangedError
    return found, found.new - (len(cids) - len(missing))


def _counted(node: Node, upload: Upload, found: Preview) -> Iterator[Read]:
    for read in reading(node, upload):
        found.add(read)
        yield read
