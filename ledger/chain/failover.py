"""Several endpoints of one network: the first that answers is used, and they have to agree."""

import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import TypeVar

from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint
from web3.types import RPCResponse

from ledger.chain.endpoint import Endpoint
from ledger.chain.endpoint import without_credentials
from ledger.errors import UnavailableError

FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 60.0
"""How long an endpoint that failed is left alone; doubled each time it fails again."""

DISTRUST_SECONDS = 600.0
"""How long one that contradicts the others is not asked."""

_VOICES = 2
"""Fewer endpoints cannot agree."""

_SHOWN_CHARACTERS = 70
"""Of what an endpoint gives as a block's hash: a little more than a hash has."""

Answer = TypeVar("Answer")


class EndpointsDisagreeError(UnavailableError):
    """Endpoints contradict each other about a block that cannot change any more."""


@dataclass(slots=True)
class EndpointHealth:
    """How an endpoint does.

    Attributes:
        url: where it is, without credentials.
        rests_until: on the clock of the failover; it is asked last until then.
        distrusted_until: it is not asked at all until then.
        compared: whether it is on the network of the others has been looked at.
        failures: in a row.
        problem: what it did last; empty when all is well.
    """

    url: str
    rests_until: float = 0.0
    distrusted_until: float = 0.0
    compared: bool = False
    failures: int = 0
    problem: str = ""


class Failover(JSONBaseProvider):
    """Endpoints in the order of preference; one that fails rests while the others are asked.

    Args:
        endpoints: at least one.
        clock: seconds, never going back.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._clock = clock
        self._agreed: int | None = None
        self._contested: int | None = None
        self._first_compared: int | None = None
        self._first_hash: str | None = None
        self._endpoints = [
            (each, EndpointHealth(without_credentials(each.url))) for each in endpoints
        ]

    @property
    def health(self) -> list[EndpointHealth]:
        """How each endpoint does, in the order of preference."""
        return [health for _, health in self._endpoints]

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Call a method.

        Raises:
            UnavailableError: none of the endpoints answers.
        """
        return self._first(lambda endpoint: endpoint.make_request(method, params))

    def make_batch_request(self, requests: Sequence[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """Call several methods in one round trip, all of one endpoint.

        Raises:
            UnavailableError: none of the endpoints answers.
        """
        return self._first(lambda endpoint: endpoint.make_batch_request(requests))

    def require_agreement(self, block_number: int) -> None:
        """Look whether the endpoints have the same block; those a majority contradicts are left.

        Where no majority decides, no endpoint is believed any more until they agree. One endpoint
        alone decides nothing. Those that were down at the first block that is compared are asked
        for it before they are used.

        Args:
            block_number: of a block that cannot change any more.

        Raises:
            EndpointsDisagreeError: they contradict each other, and no majority decides.
        """
        if block_number == self._agreed:
            return
        said = self._opinions(block_number)
        chosen = _majority(said)
        together = len(said) >= _VOICES
        if together:
            self._contested = block_number if chosen is None else None
        if self._contested == block_number:
            raise _disagreement(block_number, said)
        if together:
            self._agreed = block_number
        self._keep_first(block_number, chosen, together=together)
        for health, block_hash in said:
            if block_hash != chosen:
                health.problem = f"it contradicts the others about block {block_number}"
                health.distrusted_until = self._clock() + DISTRUST_SECONDS
            if together or (block_number, block_hash) == (self._first_compared, self._first_hash):
                health.compared = True

    def _keep_first(self, block_number: int, chosen: str | None, *, together: bool) -> None:
        """What those that are down now will be asked for; several override what one alone said."""
        if self._first_compared is None:
            self._first_compared = block_number
        if block_number == self._first_compared and (together or self._first_hash is None):
            self._first_hash = chosen
            for health in self.health:
                health.compared = False

    def _opinions(self, block_number: int) -> list[tuple[EndpointHealth, str]]:
        """The block's hash as each endpoint has it that answers, and has it already."""
        said: list[tuple[EndpointHealth, str]] = []
        now = self._clock()
        for endpoint, health in self._endpoints:
            if health.distrusted_until > now:
                continue
            try:
                block_hash = _block_hash(endpoint, block_number)
            except UnavailableError:
                continue
            if block_hash is not None:
                said.append((health, block_hash))
        return said

    def _first(self, ask: Callable[[Endpoint], Answer]) -> Answer:
        if self._contested is not None:
            self.require_agreement(self._contested)
        now = self._clock()
        problems = []
        for endpoint, health in sorted(
            self._endpoints, key=lambda pair: max(pair[1].rests_until - now, 0)
        ):
            try:
                self._compare(endpoint, health)
                if health.distrusted_until > now:
                    problems.append(f"{health.url} is not asked: {health.problem}")
                    continue
                answer = ask(endpoint)
            except EndpointsDisagreeError:
                raise
            except UnavailableError as error:
                self._rest(health, error)
                problems.append(error.message)
            else:
                health.failures = 0
                health.problem = ""
                return answer
        raise UnavailableError(
            "; ".join(problems),
            hint="Is any of them up? `perfledger doctor` looks at them. What is on its way goes on "
            "by itself once one answers.",
        )

    def _compare(self, endpoint: Endpoint, health: EndpointHealth) -> None:
        """Before its first use: one that was down at first may be on another network."""
        block_number = self._first_compared
        if health.compared or block_number is None or health.distrusted_until > self._clock():
            return
        block_hash = _block_hash(endpoint, block_number)
        if self._first_hash is None:
            self._first_hash = block_hash
        if block_hash == self._first_hash:
            health.compared = block_hash is not None
        elif block_hash is not None:
            self._agreed, self._contested = None, block_number
            self.require_agreement(block_number)

    def _rest(self, health: EndpointHealth, error: UnavailableError) -> None:
        pause = min(FIRST_REST_SECONDS * 2**health.failures, LONGEST_REST_SECONDS)
        health.failures += 1
        health.rests_until = max(health.rests_until, self._clock() + pause)
        health.problem = error.message


def _block_hash(endpoint: Endpoint, block_number: int) -> str | None:
    """None where it has not got the block yet."""
    method = RPCEndpoint("eth_getBlockByNumber")
    block = endpoint.make_request(method, [hex(block_number), False]).get("result")
    return str(block.get("hash")) if isinstance(block, dict) else None


def _majority(said: list[tuple[EndpointHealth, str]]) -> str | None:
    counted = Counter(block_hash for _, block_hash in said).most_common(1)
    return next((found for found, votes in counted if 2 * votes > len(said)), None)


def _disagreement(
    block_number: int, said: list[tuple[EndpointHealth, str]]
) -> EndpointsDisagreeError:
    opinions = "; ".join(
        f"{health.url}: {block_hash[:_SHOWN_CHARACTERS]}" for health, block_hash in said
    )
    return EndpointsDisagreeError(
        f"the endpoints disagree about block {block_number} ({opinions or 'none answers now'})",
        hint="One of them is wrong or on another network. Remove it from PERFLEDGER_RPC_URL, or "
        "add a third that decides.",
    )
