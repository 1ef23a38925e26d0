"""What a node keeps: everything, or what its operator chose.

A policy is read from the setting ``keep``: ``all``, or rules that must all hold, written as
``job=sort,grep framework=spark max_age=90d``. What the chain says of a batch (publisher, number of
records, age) decides before anything is fetched. What only its records say (job, framework,
contributor, status) decides once they are indexed: their blocks go, what the index says of them
stays. Records that no quorum has decided on yet may still get the wanted status.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field

from ledger.errors import SettingsError
from ledger.index.views import LedgerStatus
from ledger.peers.anchored import AnchoredDAG
from ledger.peers.anchored import Contents
from ledger.record.eip712 import InvalidAddressError
from ledger.record.eip712 import address_of

EVERYTHING = "all"

_SECONDS = {"h": 3_600, "d": 86_400, "y": 31_557_600}
_LISTS = ("job", "framework", "contributor", "publisher", "status")
_UNDECIDED = frozenset({LedgerStatus.PENDING.value, LedgerStatus.ANCHORED.value})
_HINT = (
    "Write `all`, or rules like `job=sort,grep framework=spark publisher=0x… contributor=0x… "
    "status=accepted max_records=100000 max_age=90d` (h, d or y)."
)


@dataclass(frozen=True, slots=True)
class KeepPolicy:
    """Which batches a node keeps; an empty set or None asks nothing.

    Attributes:
        publishers: lower-case addresses, any of which anchored the batch.
        max_records: most records in a batch.
        max_age: seconds since its anchor.
        wanted: by field of `Contents`, values of which the batch has to hold one.
    """

    publishers: frozenset[str] = frozenset()
    max_records: int | None = None
    max_age: int | None = None
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "KeepPolicy":
        """The policy in a setting.

        Raises:
            SettingsError: it is none; says what is wrong.
        """
        if text.strip() == EVERYTHING:
            return cls()
        rules: dict[str, str] = {}
        for rule in text.split():
            name, separator, value = rule.partition("=")
            if not separator or not value or name in rules:
                raise SettingsError(f"keep: {rule!r} is no rule, or given twice", hint=_HINT)
            rules[name] = value
        unknown = rules.keys() - {*_LISTS, "max_records", "max_age"}
        if unknown:
            raise SettingsError(f"keep: there is no rule {', '.join(sorted(unknown))}", hint=_HINT)
        if not rules:
            raise SettingsError("keep: it says nothing", hint=_HINT)
        lists = {name: _listed(name, rules[name]) for name in _LISTS if name in rules}
        return cls(
            publishers=lists.pop("publisher", frozenset()),
            max_records=_number(rules, "max_records"),
            max_age=_age(rules),
            wanted=lists,
        )

    def fetches(self, dag: AnchoredDAG, now: float) -> bool:
        """Whether a DAG should be fetched, by what the chain says of its batch."""
        if self.publishers and dag.publisher.casefold() not in self.publishers:
            return False
        if self.max_records is not None and dag.records > self.max_records:
            return False
        return self.max_age is None or now - dag.anchored_at <= self.max_age

    @property
    def reads_contents(self) -> bool:
        """Whether it depends on what is in a batch."""
        return bool(self.wanted)

    def keeps(self, contents: Contents) -> bool:
        """Whether a batch should be kept, by what is in it."""
        held: Mapping[str, frozenset[str]] = {
            "job": contents.jobs,
            "framework": contents.frameworks,
            "contributor": contents.contributors,
            "status": contents.statuses,
        }
        return all(
            not values.isdisjoint(each.casefold() for each in held[name])
            or (name == "status" and not _UNDECIDED.isdisjoint(held[name]))
            for name, values in self.wanted.items()
        )


def _listed(name: str, text: str) -> frozenset[str]:
    """The values of a rule; one that nothing can have would have everything dropped."""
    values = text.split(",")
    for value in values:
        if not value or (name == "status" and value not in set(LedgerStatus)):
            raise SettingsError(f"keep: {value!r} is no {name}", hint=_HINT)
        if name in {"contributor", "publisher"}:
            try:
                address_of(value)
            except InvalidAddressError as error:
                raise SettingsError(f"keep: {name}: {error.message}", hint=_HINT) from error
    return frozenset(value.casefold() for value in values)


def _number(rules: Mapping[str, str], name: str) -> int | None:
    if name not in rules:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", rules[name]):
        raise SettingsError(f"keep: {name}={rules[name]} is no number", hint=_HINT)
    return int(rules[name])


def _age(rules: Mapping[str, str]) -> int | None:
    if "max_age" not in rules:
        return None
    found = re.fullmatch(r"([0-9]{1,6})([hdy])", rules["max_age"])
    if found is None:
        raise SettingsError(f"keep: max_age={rules['max_age']} is no age", hint=_HINT)
    return int(found[1]) * _SECONDS[found[2]]
