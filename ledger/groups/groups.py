"""The groups that a home knows, each in a file that only its owner may read.

A group is no more than the agreement of its members on whom they seal for, and nothing of it is on
the ledger. The file is its card, which is given from member to member (`perfledger group card`).
"""

import secrets
from pathlib import Path

from filelock import FileLock
from pydantic import ValidationError

from ledger.errors import NotFoundError
from ledger.groups.card import MAX_RECIPIENTS
from ledger.groups.card import NAME
from ledger.groups.card import Group
from ledger.groups.card import GroupError
from ledger.groups.card import Member
from ledger.groups.card import parse_card
from ledger.groups.identities import recipient_of
from ledger.store.files import write_durably

_MODE = 0o600


class Groups:
    """The groups of a home; safe for several processes.

    Args:
        folder: where they are kept, made when there is one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Group]:
        """Every group, by name.

        Raises:
            GroupError: the file of one is damaged.
        """
        return [self.get(name) for name in self.names()]

    def names(self) -> list[str]:
        """What they are called."""
        return [path.stem for path in sorted(self._folder.glob("*.json"))]

    def get(self, name: str) -> Group:
        """The group of a name.

        Raises:
            NotFoundError: there is none.
            GroupError: its file is damaged.
        """
        path = self._path(name)
        if not path.exists():
            known = ", ".join(self.names())
            raise NotFoundError(
                f"this home knows no group {name!r}",
                hint=f"It knows {known}." if known else "Make one: `perfledger group create`.",
            )
        return parse_card(path.read_bytes(), str(path))

    def create(self, name: str, recipient: str) -> Group:
        """A new group of which this home is the first member.

        Raises:
            GroupError: the name cannot be one, or another group has it.
        """
        group_id = f"0x{secrets.token_hex(32)}"
        with self._turn():
            self._require_free(name)
            return self._keep(Group(name=name, id=group_id, members=(Member(recipient=recipient),)))

    def join(self, card: bytes, *, name: str | None = None) -> Group:
        """Take in the card of a group; that of one that is known brings its members up to date.

        Args:
            card: as a member gave it.
            name: what it is to be called here; None: as it is called there.

        Raises:
            GroupError: it is no card, or another group here has the name.
        """
        given = parse_card(card, "the card")
        with self._turn():
            known = next((each for each in self.all() if each.id == given.id), None)
            if known is None:
                self._require_free(name or given.name)
            called = name or (given.name if known is None else known.name)
            if known is not None and called != known.name:
                raise GroupError(
                    f"this group is known here as {known.name!r}",
                    hint="Take its card in without --name.",
                )
            return self._keep(given.model_copy(update={"name": called}))

    def add(self, name: str, recipient: str, *, label: str = "") -> Group:
        """Seal for one more from now on; what is sealed already does not change.

        Raises:
            NotFoundError: there is no such group.
            WrongRecipientError: that is no recipient.
            GroupError: it has as many members as it can have, or a label is too long.
        """
        added = recipient_of(recipient)
        with self._turn():
            group = self.get(name)
            others = tuple(each for each in group.members if each.recipient != added)
            try:
                members = (*others, Member(recipient=added, label=label))
                changed = Group(name=group.name, id=group.id, members=members)
            except ValidationError as error:
                raise GroupError(
                    "a label has at most 80 characters, and a group "
                    f"at most {MAX_RECIPIENTS} members"
                ) from error
            return self._keep(changed)

    def remove(self, name: str, recipient: str) -> Group:
        """Seal for one less from now on; they can still open what was sealed for them.

        Raises:
            NotFoundError: there is no such group, or they are no member.
            GroupError: they are the last member.
        """
        with self._turn():
            group = self.get(name)
            left = tuple(each for each in group.members if each.recipient != recipient.strip())
            if len(left) == len(group.members):
                raise NotFoundError(
                    f"{recipient[:80]} is no member of {name}",
                    hint="`perfledger group list` names the members.",
                )
            if not left:
                raise GroupError(
                    f"{recipient[:80]} is the last member of {name}",
                    hint="Nobody could read what is encrypted then. Add another member first: "
                    "`perfledger group add`.",
                )
            return self._keep(group.model_copy(update={"members": left}))

    def _require_free(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise GroupError(
                f"{name[:80]!r} cannot name a group",
                hint="Use up to 40 of a-z, 0-9, - and _; the first is a letter or a digit.",
            )
        if self._path(name).exists():
            raise GroupError(f"there is a group {name!r}", hint="Choose another name.")

    def _keep(self, group: Group) -> Group:
        write_durably(self._path(group.name), group.card().encode(), mode=_MODE)
        return group

    def _turn(self) -> FileLock:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(self._folder / "groups.lock")

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            return self._folder / "none"
        return self._folder / f"{name}.json"
