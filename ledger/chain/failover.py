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

Answer = TypeVar("Answer")


class EndpointsDisagreeError(UnavailableError):
    """Endpoints contradict each other about a block that cannot change any more."""


@dataclass(slots=True)
class EndpointHealth:
    """How an endpoint does.

    Attributes:
        url: where it is, without credentials.
        rests_until: on the clock of the failover; it is asked last until then.
        failures: in a row.
        problem: what it did last; empty when all is well.
    """

    url: str
    rests_until: float = 0.0
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
        """Look whether the endpoints have the same block; those that a majority contradicts rest.

        Where no majority decides, no endpoint is believed any more until they agree.

        Args:
            block_number: of a block that cannot change any more.

        Raises:
            EndpointsDisagreeError: they contradict each other, and no majority decides.
        """
        if block_number == self._agreed:
            return
        said = self._opinions(block_number)
        counted = Counter(block_hash for _, block_hash in said).most_common()
        chosen, votes = counted[0] if counted else ("", 0)
        if len(counted) > 1 and 2 * votes <= len(said):
            self._contested = block_number
            opinions = "; ".join(f"{health.url}: {block_hash}" for health, block_hash in said)
            raise EndpointsDisagreeError(
                f"the endpoints disagree about block {block_number} ({opinions})",
                hint="One of them is wrong or on another network. Remove it from "
                "PERFLEDGER_RPC_URL, or add a third that decides.",
            )
        for health, block_hash in said:
            if block_hash != chosen:
                health.problem = f"it contradicts the others about block {block_number}"
                health.rests_until = self._clock() + DISTRUST_SECONDS
        self._agreed, self._contested = block_number, None

    def _opinions(self, block_number: int) -> list[tuple[EndpointHealth, str]]:
        """The block's hash as each endpoint has it that answers, and has it already."""
        params = [hex(block_number), False]
        said: list[tuple[EndpointHealth, str]] = []
        for endpoint, health in self._endpoints:
            try:
                answer = endpoint.make_request(RPCEndpoint("eth_getBlockByNumber"), params)
            except UnavailableError:
                continue
            block = answer.get("result")
            if isinstance(block, dict):  # one that lags has not got it yet
                said.append((health, str(block.get("hash"))))
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
                answer = ask(endpoint)
            except UnavailableError as error:
                self._rest(health, error)
                problems.append(error.message)
            else:
                health.failures = 0
                if health.rests_until <= now:
                    health.problem = ""
                return answer
        raise UnavailableError(
            "; ".join(problems),
            hint="Is any of them up? `perfledger doctor` looks at them. What is on its way goes on "
            "by itself once one answers.",
        )

    def _rest(self, health: EndpointHealth, error: UnavailableError) -> None:
        pause = min(FIRST_REST_SECONDS * 2**health.failures, LONGEST_REST_SECONDS)
        health.failures += 1
        health.rests_until = max(health.rests_until, self._clock() + pause)
        health.problem = error.message
