"""What of an event log goes into which field of a record, declared in TOML.

A record of an event log is complete without a map. A map renames, adds parameters, and says what no
log tells, such as the machine type: it is the part ``event_logs`` of a map as
`ledger.capture.mapping` reads it. ``docs/spark.md`` explains it.
"""

from fnmatch import fnmatchcase

from pydantic import Field
from pydantic import field_validator

from ledger.capture.field_sources import Entry
from ledger.capture.field_sources import Fields
from ledger.capture.field_sources import Source
from ledger.capture.field_sources import require_known


class Application(Entry):
    """Applications of certain names.

    Attributes:
        names: patterns of application names it is for (``kmeans-*``).
        fields: record field → where its value comes from.
    """

    names: tuple[str, ...] = Field(min_length=1)
    fields: Fields = Field(default_factory=dict)

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, Source]) -> dict[str, Source]:
        return require_known(fields)

    def is_for(self, name: str) -> bool:
        """Whether one of its patterns fits."""
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.names)


class EventLogMap(Entry):
    """What all applications have in common, and what those of certain names have.

    Attributes:
        fields: record field → where its value comes from.
        application: the first whose names fit adds its fields, or replaces common ones.
    """

    fields: Fields = Field(default_factory=dict)
    application: tuple[Application, ...] = ()

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, Source]) -> dict[str, Source]:
        return require_known(fields)

    def fields_for(self, name: str) -> dict[str, Source]:
        """The fields of an application of this name."""
        own = next((each.fields for each in self.application if each.is_for(name)), {})
        return {**self.fields, **own}
