"""What `pin` says of batches at a pinning service."""

from collections.abc import Iterable
from collections.abc import Mapping

from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.errors import UnavailableError
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.store.pin_requests import PinRequest
from ledger.store.pinning import PinState


def unsettled(asked: Iterable[PinRequest]) -> list[PinRequest]:
    """Requests that the service still works on."""
    return [each for each in asked if each.state in {PinState.QUEUED, PinState.PINNING}]


def report(
    session: Session,
    chosen: Mapping[Digest, str],
    found: Iterable[PinRequest | None],
    *,
    as_json: bool,
) -> None:
    """Print how far each batch has come."""
    rows = zip(chosen.items(), found, strict=True)
    if as_json:
        session.print_json([_as_dict(*of, request) for of, request in rows])
        return
    for (_, label), request in rows:
        if request is None:
            session.out.print(f"{label}: not asked for")
        else:
            told = f" ({request.info})" if request.info else ""
            session.out.print(f"{label}: {request.state}{harmless(told)}")


def _as_dict(manifest: Digest, label: str, request: PinRequest | None) -> dict[str, object]:
    return {
        "batch": label,
        "manifest_cid": to_text(manifest),
        "status": None if request is None else request.state,
        "service": None if request is None else request.service,
        "request": None if request is None else request.request,
        "info": None if request is None else request.info,
        "checked": None if request is None else request.checked.isoformat(),
    }


def require_success(asked: Iterable[PinRequest], *, waited: bool) -> None:
    """End in an error where a batch has failed, or is not pinned after all the waiting.

    Raises:
        UnavailableError: there is one.
    """
    asked = list(asked)
    failed = [each for each in asked if each.state is PinState.FAILED]
    if failed:
        raise UnavailableError(
            f"the pinning service failed with {len(failed)} of {len(asked)} batches",
            hint="Can it reach a node that has them? --origin names one; `pin add` asks again.",
        )
    if waited and unsettled(asked):
        raise UnavailableError(
            f"{len(unsettled(asked))} of {len(asked)} batches are not pinned yet",
            hint="The service goes on; `perfledger pin status --all` says how far it is.",
        )
