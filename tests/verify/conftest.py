from collections.abc import Iterator

import pytest

from tests.verify.outcomes import Outcome
from tests.verify.outcomes import all_outcomes
from tests.verify.scenario import Ledger


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger(tmp_path_factory.mktemp("ledger"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def outcomes(ledger: Ledger) -> dict[str, Outcome]:
    return all_outcomes(ledger)
