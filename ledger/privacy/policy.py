"""What a policy says: for each field whether it leaves this machine, and as what.

``docs/privacy.md`` explains the format, and ``docs/example-policy.toml`` is a commented example.
"""

import tomllib
from pathlib import Path
from typing import Annotated
from typing import Literal

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from pydantic import field_validator
from pydantic import model_validator

from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.privacy.paths import can_cover
from ledger.privacy.paths import covers

MAX_POLICY_BYTES = 256 * 1024

Period = Literal["year", "month", "day", "hour", "minute"]


class PolicyError(InvalidInputError):
    """A policy does not follow its format, or cannot be applied to a record."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(
            message, hint=hint or "docs/example-policy.toml shows every entry of a policy."
        )


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("fields")
    @classmethod
    def _exist(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in fields:
            if not can_cover(pattern):
                msg = f"no record has a field {pattern!r}; docs/record.md lists them"
                raise ValueError(msg)
        return fields

    def is_for(self, path: str) -> bool:
        """Whether it is about the value at a path."""
        return any(covers(pattern, path) for pattern in self.fields)


class Keep(_Entry):
    """It leaves as it is: for exceptions from a later rule."""

    action: Literal["keep"]


class Drop(_Entry):
    """It does not leave."""

    action: Literal["drop"]


class Hash(_Entry):
    """Its HMAC-SHA256 under this home's secret leaves: equal values stay equal."""

    action: Literal["hash"]


class Commit(_Entry):
    """A commitment to it leaves: it can be disclosed later, and not be changed until then."""

    action: Literal["commit"]


class Bucket(_Entry):
    """It leaves coarser; exactly one of the three.

    Attributes:
        significant: significant digits of a number that are kept, rounded half to even.
        step: a number is rounded down to a multiple of it.
        period: a time is cut to the beginning of its year, month, day, hour or minute (UTC).
    """

    action: Literal["bucket"]
    significant: Annotated[int, Field(ge=1, le=15)] | None = None
    step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    period: Period | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Bucket":
        if sum(each is not None for each in (self.significant, self.step, self.period)) != 1:
            msg = "say either significant, step or period"
            raise ValueError(msg)
        return self


Rule = Annotated[Keep | Drop | Hash | Commit | Bucket, Field(discriminator="action")]


class Policy(BaseModel):
    """Rules in their order; the first that is about a value decides, and none: it is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: tuple[Rule, ...] = ()

    def rule_for(self, path: str) -> Rule | None:
        """The rule for the value at a path."""
        return next((rule for rule in self.rule if rule.is_for(path)), None)


def policy_from_toml(text: str, *, name: str = "") -> Policy:
    """The policy of a TOML text.

    Raises:
        PolicyError: not TOML, or naming the entries that are wrong.
    """
    try:
        return Policy.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(f"the policy {name} is not TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_context=False)
        )
        raise PolicyError(f"the policy {name} cannot be used: {faults}") from error


def load_policy(path: Path) -> Policy:
    """The policy in a TOML file.

    Raises:
        NotFoundError: there is no such file. Nothing is taken in without it.
        PolicyError: not readable, not TOML, or naming the entries that are wrong.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_POLICY_BYTES + 1).decode("utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no privacy policy {str(path)!r}",
            hint="PERFLEDGER_PRIVACY_POLICY names it; unset it to share records as they are.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"the policy {path} cannot be read: {error}") from error
    if len(text) > MAX_POLICY_BYTES:
        raise PolicyError(f"the policy {path} has more than {MAX_POLICY_BYTES:,} bytes")
    return policy_from_toml(text, name=str(path))
