"""`contribute -`: what a program writes is signed while it writes."""

import sys
from collections.abc import Sequence

from ledger.cli.contribute import follow_all
from ledger.cli.contribute import has_arrived
from ledger.cli.lines import REFUSED_LINES
from ledger.cli.lines import LineTaker
from ledger.cli.lines import standard_input
from ledger.cli.session import Session
from ledger.errors import PerfledgerError
from ledger.faults import understood
from ledger.node import Node

SIGN_SECONDS = 10.0
"""Between two signatures; one is for all records that came meanwhile."""


def contribute_lines(
    session: Session, group: str | None, address: str | None, timeout_seconds: float | None
) -> None:
    """Take lines until there are no more, and bring their records on their way.

    Where nothing can be signed or sent for a while, that is told, lines are taken and kept all the
    same, and it is tried again; at the end it has to succeed.

    Args:
        session: the invocation.
        group: that alone can read the records; None: everybody can.
        address: who signs; None: the account that is set.
        timeout_seconds: how long to wait for the anchors at the end; None: not at all.

    Raises:
        NotFoundError: there is no such group; nothing was taken.
        PerfledgerError: what is kept cannot be signed, or is not anchored in time.
    """
    with session.node() as node:
        node.open()
        signing = _Signing(session, node, group, address)
        taker = LineTaker(node, None, group=group)
        taker.take(standard_input(), between=signing.attempt, every_seconds=SIGN_SECONDS)
        signing.sign()
        coming = [each.id for each in node.on_their_way() if not has_arrived(each)]
        if coming and timeout_seconds is not None:
            follow_all(node, coming, timeout_seconds=timeout_seconds)
    if taker.refused:
        sys.exit(REFUSED_LINES)


class _Signing:
    def __init__(
        self, session: Session, node: Node, group: str | None, address: str | None
    ) -> None:
        self._session = session
        self._node = node
        self._group = group
        self._address = address
        self._told = ""

    def sign(self) -> None:
        """Sign what waits."""
        if identifiers := self._signed():
            count = sum(self._node.contribution(each).count for each in identifiers)
            self._session.remark(f"{count:,} records signed, contribution {', '.join(identifiers)}")

    def _signed(self) -> Sequence[str]:
        if self._group is not None:
            return self._node.contribute_sealed(self._group, self._address)
        waiting = self._node.unsigned()
        return self._node.contribute(waiting, self._address) if waiting else ()

    def attempt(self) -> None:
        """The same, and bring it on; what does not succeed now does later."""
        try:
            with understood():
                self.sign()
                if self._node.on_their_way():
                    self._node.cycle()
        except PerfledgerError as error:
            if error.message != self._told:
                self._session.remark(f"kept, and not contributed yet: {error.diagnostics()}")
            self._told = error.message
        else:
            self._told = ""
