"""Where `predict` and `recommend` learn from: everybody's records, or those of a group."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.cli.session import Session
from ledger.index.queries import Queries
from ledger.insight.advising import Advisor
from ledger.model.learned import Kept
from ledger.model.shelf import Shelf


@contextmanager
def advice(session: Session, group: str | None) -> Iterator[tuple[Advisor, Queries]]:
    """What answers, and the records that it learns from.

    Models say much of what they were learned from: a group's are kept where its records are.

    Raises:
        NotFoundError: there is no such group.
    """
    settings = session.settings
    if group is None:
        with session.offline_node() as node:
            yield Advisor(Kept(Shelf(settings.models_path))), node.queries
        return
    with session.node() as online, online.group_answers(group) as answers:
        yield Advisor(Kept(Shelf(settings.groups_path / "models"))), answers
