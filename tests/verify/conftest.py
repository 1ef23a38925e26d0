from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings

from tests.verify.outcomes import Outcome
from tests.verify.outcomes import all_outcomes
from tests.verify.scenario import Ledger

# How long an example takes says something about the machine, not about the code.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger(tmp_path_factory.mktemp("ledger"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def outcomes(ledger: Ledger) -> dict[str, Outcome]:
    return all_outcomes(ledger)
