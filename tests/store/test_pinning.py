"""The client of pinning services: what it asks, what it makes of errors, and when it asks again."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from flask import Response
from pydantic import SecretStr

from ledger.errors import SettingsError
from ledger.record.cid import Digest
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from ledger.store import pinning_http
from ledger.store import remote_pins
from ledger.store.pin_requests import PinRequests
from ledger.store.pinning import PinningService
from ledger.store.pinning import PinState
from ledger.store.pinning_http import PinningDeniedError
from ledger.store.pinning_http import PinningServiceError
from ledger.store.pinning_http import PinRequestNotFoundError
from ledger.store.remote_pins import RemotePins
from tests.store.pinning_service import TOKEN
from tests.store.pinning_service import Service
from tests.store.pinning_service import fault
from tests.store.pinning_service import pinning_service


def manifest(number: int) -> Digest:
    return digest_of(number.to_bytes(4, "big"))


def cid(number: int) -> str:
    return to_text(manifest(number))


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which is waited for."""
    made: list[float] = []
    monkeypatch.setattr(pinning_http, "sleep", made.append)
    return made


@pytest.fixture
def service() -> Iterator[Service]:
    """One that pins nothing: requests stay as they are until a test says otherwise."""
    with pinning_service() as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[PinningService]:
    with closing(PinningService(service.url, SecretStr(TOKEN))) as opened:
        yield opened


def test_a_pin_is_asked_for_with_its_name_and_origins(client: PinningService, service: Service):
    asked = client.add(cid(1), "a batch", ["/ip4/127.0.0.1/tcp/1/p2p/x"])

    assert asked.status is PinState.QUEUED
    (kept,) = service.requests.values()
    assert kept.pin == {
        "cid": cid(1),
        "name": "a batch",
        "origins": ["/ip4/127.0.0.1/tcp/1/p2p/x"],
    }
    assert client.status(asked.requestid).pin.cid == cid(1)


@pytest.mark.parametrize("state", ["queued", "pinning", "pinned"])
def test_what_the_service_works_on_is_not_asked_for_twice(
    client: PinningService, service: Service, state: str
):
    first = client.add(cid(1), "a batch")
    service.requests[first.requestid].status = state

    assert client.add(cid(1), "a batch").requestid == first.requestid
    assert len(service.requests) == 1


def test_what_has_failed_is_asked_for_again(client: PinningService, service: Service):
    first = client.add(cid(1), "a batch")
    service.requests[first.requestid].status = "failed"

    assert client.add(cid(1), "a batch").requestid != first.requestid


def test_a_request_is_found_by_its_cid_in_any_state(client: PinningService, service: Service):
    for number in range(4):
        client.add(cid(number), "a batch")
    for each, state in zip(service.requests.values(), PinState, strict=True):
        each.status = state

    assert [client.find(cid(number))[0].status for number in range(4)] == list(PinState)
    assert client.find(cid(9)) == []


def test_every_request_is_listed_over_as_many_pages_as_it_takes(
    client: PinningService, service: Service
):
    service.page = 3
    for number in range(10):
        client.add(cid(number), "a batch")

    listed = [each.pin.cid for each in client.all()]

    assert listed == [cid(number) for number in reversed(range(10))]
    assert service.calls.count("GET /pins") == 10 + 4


def test_a_request_takes_the_place_of_another(client: PinningService, service: Service):
    first = client.add(cid(1), "a batch")

    second = client.replace(first.requestid, cid(2), "a batch")

    assert list(service.requests) == [second.requestid]
    with pytest.raises(PinRequestNotFoundError, match="NOT_FOUND: NOT_FOUND of this test"):
        client.replace(first.requestid, cid(2), "a batch")


def test_a_request_is_ended_once_and_for_all(client: PinningService, service: Service):
    asked = client.add(cid(1), "a batch")

    client.remove(asked.requestid)
    client.remove(asked.requestid)

    assert service.requests == {}
    with pytest.raises(PinRequestNotFoundError):
        client.status(asked.requestid)


def test_a_token_that_is_not_known_is_told_and_not_shown(service: Service):
    for token in (None, SecretStr("wr0ng")):
        with closing(PinningService(service.url, token)) as client:
            with pytest.raises(PinningDeniedError) as refused:
                client.find(cid(1))
            assert "UNAUTHORIZED" in refused.value.message
            assert "PERFLEDGER_PINNING_TOKEN" in refused.value.hint
            assert "wr0ng" not in refused.value.diagnostics()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_service_that_is_busy_is_asked_again(
    client: PinningService, service: Service, status: int, pauses: list[float]
):
    service.faults = [fault(status, "BUSY")] * 3

    assert client.find(cid(1)) == []
    assert len(service.calls) == 4
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


def test_the_pause_it_asks_for_is_made(
    client: PinningService, service: Service, pauses: list[float]
):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    service.faults = [
        fault(429, "BUSY", Retry_After="7"),
        fault(503, "BUSY", Retry_After="0"),
        fault(429, "BUSY", Retry_After="1000000"),
        fault(503, "BUSY", Retry_After=at),
    ]

    client.find(cid(1))

    assert pauses[:3] == [7, 0, pinning_http.LONGEST_PAUSE_SECONDS]
    assert 0 < pauses[3] <= 50


def test_a_pause_that_is_none_is_not_believed(
    client: PinningService, service: Service, pauses: list[float]
):
    service.faults = [fault(503, Retry_After="soon"), fault(503, Retry_After="-5")]

    client.find(cid(1))

    assert pauses == [1.0, 2.0]


def test_a_service_that_stays_busy_is_given_up_with_what_it_said(
    client: PinningService, service: Service
):
    service.faults = [fault(503, "MAINTENANCE", "until noon")] * 100

    with pytest.raises(PinningServiceError, match="it answers 503, MAINTENANCE: until noon"):
        client.find(cid(1))
    assert len(service.calls) == pinning_http.ATTEMPTS


def test_a_request_that_is_refused_is_not_sent_again(client: PinningService, service: Service):
    service.faults = [fault(400, "BAD_REQUEST", "no such CID")]

    with pytest.raises(PinningServiceError, match="it answers 400, BAD_REQUEST: no such CID"):
        client.find(cid(1))
    assert len(service.calls) == 1


def test_a_service_without_funds_is_told_as_that(client: PinningService, service: Service):
    service.faults = [fault(409, "INSUFFICIENT_FUNDS")]

    with pytest.raises(PinningServiceError) as refused:
        client.find(cid(1))
    assert "no funds" in refused.value.hint


def test_a_service_that_is_gone_is_told(pauses: list[float]):
    with (
        closing(PinningService("http://127.0.0.1:1", SecretStr(TOKEN))) as client,
        pytest.raises(PinningServiceError, match="it does not answer"),
    ):
        client.find(cid(1))
    assert len(pauses) == pinning_http.ATTEMPTS - 1


def answer(body: bytes | str) -> Response:
    return Response(body, 200, mimetype="application/json")


def results(number: int, **changes: str) -> str:
    """An answer with one request."""
    status = {"requestid": "r", "status": "pinned", "created": "2026-01-01T00:00:00Z"}
    one = {**status, "pin": {"cid": cid(number)}, "delegates": [], **changes}
    return json.dumps({"count": 5, "results": [one]})


@pytest.mark.parametrize(
    ("body", "fault_"),
    [
        ("", "its answer is malformed"),
        ("[]", "its answer is malformed"),
        ('{"count":1}', "its answer is malformed: results"),
        ('{"count":-1,"results":[]}', "its answer is malformed: count"),
        (results(2), "it answers for another CID"),
        (results(1, status="lost"), "malformed: results.0.status"),
        (results(1, created="2026-01-01T00:00:00"), "malformed: results.0.created"),
        (b" " * (pinning_http.MAX_ANSWER_BYTES + 1), "larger than any that is expected"),
    ],
)
def test_an_answer_that_is_none_is_refused(
    client: PinningService, service: Service, body: bytes | str, fault_: str
):
    service.faults = [lambda: answer(body)]

    with pytest.raises(PinningServiceError, match=fault_):
        client.find(cid(1))


def test_a_service_that_lists_the_same_for_ever_is_left(client: PinningService, service: Service):
    service.faults = [lambda: answer(results(1))] * 50

    assert len(list(client.all())) == 1
    assert len(service.calls) == 2


def test_the_token_does_not_follow_a_redirection(client: PinningService, service: Service):
    with pinning_service() as other:
        service.faults = [lambda: Response("", 307, {"Location": f"{other.url}/pins"})]

        with pytest.raises(PinningServiceError, match="it answers 307"):
            client.find(cid(1))
        assert other.calls == []


@pytest.mark.parametrize("url", ["", "pinning.example", "ftp://x", "https://", "https://u:p@x/psa"])
def test_a_url_that_is_none_is_refused(url: str):
    with pytest.raises(SettingsError, match="pinning_url is not the URL"):
        PinningService(url)


@pytest.fixture
def pins(service: Service, tmp_path: Path) -> Iterator[RemotePins]:
    with closing(
        RemotePins(
            PinningService(service.url, SecretStr(TOKEN)), PinRequests(tmp_path / "pins.sqlite")
        )
    ) as opened:
        yield opened


def states(pins: RemotePins) -> dict[Digest, PinState]:
    return {each.manifest: each.state for each in pins.known()}


def test_a_round_asks_for_what_is_new_and_follows_what_is_on_its_way(
    pins: RemotePins, service: Service
):
    assert len(pins.step([manifest(1), manifest(2)])) == 2
    first, second = service.requests.values()
    first.status, second.status = "pinned", "failed"
    second.info = {"status_details": "no route"}

    changed = pins.step([manifest(1), manifest(2)])
    calls = len(service.calls)

    assert [each.state for each in changed] == ["pinned", "failed"]
    assert changed[1].info == "status_details: no route"
    assert pins.step([manifest(1), manifest(2)]) == []
    assert len(service.calls) == calls


def test_what_has_failed_is_asked_for_again_after_a_rest(
    pins: RemotePins, service: Service, monkeypatch: pytest.MonkeyPatch
):
    pins.step([manifest(1)])
    (failed,) = service.requests.values()
    failed.status = "failed"
    pins.step([manifest(1)])
    assert states(pins) == {manifest(1): PinState.FAILED}

    monkeypatch.setattr(remote_pins, "FAILED_AGAIN_AFTER", timedelta(0))
    pins.step([manifest(1)])

    assert states(pins) == {manifest(1): PinState.QUEUED}
    assert failed.requestid not in service.requests
    assert len(service.requests) == 1


def test_what_was_done_before_the_service_failed_is_kept(pins: RemotePins, service: Service):
    pins.step([manifest(1)])
    service.faults = [fault(400, "BAD_REQUEST")]

    with pytest.raises(PinningServiceError):
        pins.step([manifest(1), manifest(2)])

    assert states(pins) == {manifest(1): PinState.QUEUED}
    pins.step([manifest(1), manifest(2)])
    assert set(states(pins)) == {manifest(1), manifest(2)}


def test_what_others_asked_for_is_found_and_what_is_gone_is_forgotten(
    pins: RemotePins, service: Service
):
    service.ask({"cid": cid(1)})
    found = pins.refresh(manifest(1))
    assert found is not None
    assert found.state is PinState.QUEUED

    service.requests.clear()
    assert pins.refresh(manifest(1)) is None
    assert pins.known() == []


def test_to_remove_ends_every_request_for_the_batch(pins: RemotePins, service: Service):
    pins.add(manifest(1))
    pins.add(manifest(2))
    service.ask({"cid": cid(1)})

    assert pins.remove(manifest(1)) == 2
    assert pins.remove(manifest(1)) == 0
    assert [each.pin["cid"] for each in service.requests.values()] == [cid(2)]
    assert set(states(pins)) == {manifest(2)}


def test_requests_are_there_for_whoever_opens_the_file_next(pins: RemotePins, tmp_path: Path):
    kept = pins.add(manifest(1))

    with closing(PinRequests(tmp_path / "pins.sqlite")) as again:
        assert again.get(manifest(1)) == kept
        assert again.all() == [kept]


def test_a_request_at_another_service_is_made_anew_at_this_one(
    pins: RemotePins, tmp_path: Path, service: Service
):
    pins.add(manifest(1))
    with (
        pinning_service() as other,
        closing(
            RemotePins(
                PinningService(other.url, SecretStr(TOKEN)), PinRequests(tmp_path / "pins.sqlite")
            )
        ) as elsewhere,
    ):
        assert elsewhere.refresh(manifest(1)) is None
        elsewhere.step([manifest(1)])

        assert len(other.requests) == 1
        assert len(service.requests) == 1
