"""Why a delivery is not taken."""

from ledger.errors import InvalidInputError
from ledger.errors import PerfledgerError
from ledger.errors import SettingsError


class HookFileError(SettingsError):
    """The file of a hook cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"the hook {name} cannot be used: {reason}",
            hint="docs/recording.md has an example of the file; nothing was kept.",
        )


class WrongSenderError(PerfledgerError):
    """A delivery lacks the hook's signature, or it is another one."""


class NoRecordError(InvalidInputError):
    """An event makes no record.

    Attributes:
        field: of the event or of the record, where one is at fault.
    """

    def __init__(self, reason: str, field: str) -> None:
        where = f"{field}: " if field else ""
        super().__init__(
            f"no record comes of this event: {where}{reason}",
            hint="Nothing was kept. The hook's map says what it reads; `only` in its file passes "
            "over events that are none of its business.",
        )
        self.field = field
        self.reason = reason


class KeyReusedError(InvalidInputError):
    """An idempotency key came with another event before."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the delivery {key!r} came before, with another body",
            hint="Nothing was kept. Give each event a key of its own, and a repeat the same bytes.",
        )
