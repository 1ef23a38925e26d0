"""The card of a group: what its members have to know of it, and nobody else.

It opens nothing, but names whom the group's records are sealed for. Its id is 32 random bytes that
only members know: a record that is sealed with it comes from somebody who was told.
"""

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError

from ledger.errors import InvalidInputError
from ledger.groups.identities import recipient_of

MAX_RECIPIENTS = 128
"""The header of an envelope then has 13 kB."""

MAX_CARD_BYTES = 64 * 1024

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class GroupError(InvalidInputError):
    """A group, or the card of one, is not what it should be."""


Recipient = Annotated[str, AfterValidator(recipient_of)]


class Member(BaseModel):
    """Somebody for whom the group's records are sealed.

    Attributes:
        recipient: of age, ``age1…``.
        label: who that is, in words; known to members only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient: Recipient
    label: Annotated[str, Field(max_length=80)] = ""


class Group(BaseModel):
    """A group as this home knows it.

    Attributes:
        name: what it is called.
        id: 0x-prefixed; 32 random bytes.
        members: in the order in which they were added; at least one, as nobody ever reads what is
            sealed for nobody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    id: Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=MAX_RECIPIENTS)]

    @property
    def recipients(self) -> tuple[str, ...]:
        """For whom its records are sealed."""
        return tuple(member.recipient for member in self.members)

    def card(self) -> str:
        """What another member needs to know of it, as JSON."""
        return self.model_dump_json(indent=2) + "\n"


def parse_card(content: bytes, where: str) -> Group:
    """The group of a card.

    Raises:
        GroupError: it is none.
    """
    if len(content) > MAX_CARD_BYTES:
        raise GroupError(f"{where} is larger than the card of any group")
    try:
        return Group.model_validate_json(content)
    except (ValidationError, InvalidInputError) as error:
        raise GroupError(
            f"{where} is no group",
            hint="`perfledger group card NAME` prints the card of one.",
        ) from error
