"""`doctor` says how batches stand at the pinning service, as it was last told."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC
from datetime import datetime
from pathlib import Path

import pytest

from ledger import doctor
from ledger import settings
from ledger.doctor import Finding
from ledger.record.cid import digest_of
from ledger.store.pin_requests import PinRequest
from ledger.store.pin_requests import PinRequests
from ledger.store.pinning import PinState

SERVICE = "http://127.0.0.1:1/psa"


def looked_at(home: Path, url: str | None = SERVICE) -> Finding:
    home.mkdir(exist_ok=True)
    found = doctor.examine(settings.load(home, pinning_url=url, app_port=0))
    return next(finding for finding in found if finding.part == "pins")


def keep(home: Path, states: Sequence[PinState]) -> None:
    home.mkdir()
    with closing(PinRequests(home / "pins.sqlite")) as requests:
        for number, state in enumerate(states):
            manifest = digest_of(bytes([number]))
            requests.keep(PinRequest(manifest, SERVICE, "r", state, "", datetime.now(UTC)))


def test_without_a_service_there_is_nothing_to_find(home: Path):
    found = looked_at(home, None)

    assert (found.ok, found.says) == (
        True,
        "no pinning service is chosen; `perfledger pin` says how",
    )


def test_a_service_that_was_asked_for_nothing_is_in_order(home: Path):
    found = looked_at(home)

    assert (found.ok, found.says) == (True, f"{SERVICE} was not asked for any batch yet")


def test_batches_are_counted_by_state(home: Path):
    keep(home, [PinState.PINNED, PinState.QUEUED, PinState.PINNED])

    found = looked_at(home)

    assert (found.ok, found.says) == (True, f"2 pinned, 1 queued at {SERVICE}")


@pytest.mark.parametrize("number", [1, 3])
def test_batches_that_failed_are_a_finding(home: Path, number: int):
    keep(home, [PinState.FAILED] * number + [PinState.PINNED])

    found = looked_at(home)

    assert not found.ok
    assert found.says == f"{number} failed, 1 pinned at {SERVICE}"
    assert "perfledger pin status --all" in found.hint
