"""Batches at a third party: asked for, followed, and given up."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Protocol

from ledger.errors import SettingsError
from ledger.record.cid import Digest
from ledger.record.cid import to_text
from ledger.settings import Settings
from ledger.store.kubo_peer import KuboPeer
from ledger.store.pin_requests import PinRequest
from ledger.store.pin_requests import PinRequests
from ledger.store.pinning import PinningService
from ledger.store.pinning import PinState
from ledger.store.pinning import PinStatus
from ledger.store.pinning_http import PinRequestNotFoundError

FAILED_AGAIN_AFTER = timedelta(hours=1)
"""A service that failed to fetch a batch is asked again: its publisher may have been away."""

NAME = "perfledger batch"


class Source(Protocol):
    """A node from which a service can fetch batches."""

    def addresses(self) -> Sequence[str]:
        """Its multiaddresses."""

    def connect(self, addresses: Sequence[str]) -> None:
        """Connect to the nodes that will fetch, so that they find it; as far as it goes."""

    def close(self) -> None:
        """Close connections."""


class RemotePins:
    """The batches of a home at its pinning service.

    Args:
        service: the client.
        requests: what was asked for.
        source: where the service can fetch the batches from, if that is known.
    """

    def __init__(
        self, service: PinningService, requests: PinRequests, source: Source | None = None
    ) -> None:
        self._service = service
        self._requests = requests
        self._source = source

    def close(self) -> None:
        """Close files and connections."""
        self._requests.close()
        self._service.close()
        if self._source is not None:
            self._source.close()

    @property
    def url(self) -> str:
        """The service's endpoint."""
        return self._service.url

    def add(self, manifest: Digest, origins: Sequence[str] = ()) -> PinRequest:
        """Ask for a batch, unless the service has it or works on it; a failed request anew.

        Raises:
            PinningServiceError: the service refuses, or does not answer.
            PinningDeniedError: it does not know the token.
        """
        known = self._requests.get(manifest)
        cid, sources = to_text(manifest), list(origins)
        if self._source is not None:
            sources += self._source.addresses()
        if known is not None and known.service == self.url and known.state is PinState.FAILED:
            try:
                status = self._service.replace(known.request, cid, NAME, sources)
            except PinRequestNotFoundError:
                status = self._service.add(cid, NAME, sources)
        else:
            status = self._service.add(cid, NAME, sources)
        return self._keep(manifest, status)

    def refresh(self, manifest: Digest) -> PinRequest | None:
        """Ask how far a batch has come; None: the service does not have it, and was not asked to.

        Raises:
            PinningServiceError: the service does not answer.
        """
        known = self._requests.get(manifest)
        if known is not None and known.service == self.url:
            try:
                status = self._service.status(known.request)
            except PinRequestNotFoundError:
                self._requests.forget(manifest)
            else:
                return self._keep(manifest, status)
        found = self._service.find(to_text(manifest))
        return self._keep(manifest, found[0]) if found else None

    def remove(self, manifest: Digest) -> int:
        """Have a batch no longer kept; returns how many requests that ended."""
        found = self._service.find(to_text(manifest))
        for status in found:
            self._service.remove(status.requestid)
        self._requests.forget(manifest)
        return len(found)

    def all(self) -> Iterator[PinStatus]:
        """Everything that the service keeps or is to keep, of whoever has the token."""
        return self._service.all()

    def known(self) -> list[PinRequest]:
        """What was asked for from here, as it was last seen."""
        return self._requests.all()

    def step(self, manifests: Iterable[Digest]) -> list[PinRequest]:
        """Ask for batches that were not asked for, and for news of those on their way.

        Returns:
            Those whose state has changed.

        Raises:
            PinningServiceError: the service does not answer; what was done before is kept.
        """
        known = {each.manifest: each for each in self.known() if each.service == self.url}
        changed = []
        for manifest in manifests:
            before = known.get(manifest)
            after = self._brought_on(manifest, before)
            if after is not None and (before is None or after.state is not before.state):
                changed.append(after)
        return changed

    def _brought_on(self, manifest: Digest, known: PinRequest | None) -> PinRequest | None:
        if known is None:
            return self.add(manifest)
        if known.state is PinState.PINNED:
            return None
        if known.state is PinState.FAILED:
            rested = datetime.now(UTC) - known.checked > FAILED_AGAIN_AFTER
            return self.add(manifest) if rested else None
        return self.refresh(manifest)

    def _keep(self, manifest: Digest, status: PinStatus) -> PinRequest:
        if self._source is not None and status.status in {PinState.QUEUED, PinState.PINNING}:
            self._source.connect(status.delegates)
        info = "; ".join(f"{name}: {value}" for name, value in (status.info or {}).items())
        request = PinRequest(
            manifest=manifest,
            service=self.url,
            request=status.requestid,
            state=status.status,
            info=info[:500],
            checked=datetime.now(UTC),
        )
        self._requests.keep(request)
        return request


def from_settings(settings: Settings) -> RemotePins:
    """The pins at the service of the settings; a Kubo that keeps the blocks is their source.

    Raises:
        SettingsError: no service is chosen, or its URL is none.
    """
    if settings.pinning_url is None:
        raise SettingsError(
            "no pinning service is chosen",
            hint="Set PERFLEDGER_PINNING_URL to its endpoint, and PERFLEDGER_PINNING_TOKEN.",
        )
    service = PinningService(settings.pinning_url, settings.pinning_token)
    source = settings.kubo_url and KuboPeer(settings.kubo_url, settings.kubo_token)
    return RemotePins(service, PinRequests(settings.pins_path), source or None)
