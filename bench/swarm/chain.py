"""Anvil as the chain of a swarm, in a namespace of its own, and the contracts on it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3

from bench.network import Host
from contracts.deploy import deploy
from ledger.chain.contracts import genesis_hash
from ledger.chain.deployment import Deployment
from ledger.chain.endpoint import Endpoint
from ledger.errors import UnavailableError
from tools.services import Anvil

PORT = 8545
START_SECONDS = 60.0
LOOK_SECONDS = 0.005


class AnvilNeededError(UnavailableError):
    """The benchmark's chain is not installed."""


@dataclass
class Chain:
    """The running chain.

    Attributes:
        host: where it runs.
        url: its endpoint, for every host of the network.
        chain_id: as it answers.
        deployment: file that says where the contracts are.
    """

    host: Host
    url: str
    chain_id: int
    deployment: Path

    def fund(self, address: str) -> None:
        """Give an account ten ether of a development account's."""
        with self.host.entered():
            w3 = Web3(Endpoint(self.url))
            purse, value = w3.eth.accounts[0], w3.to_wei(10, "ether")
            sent = w3.eth.send_transaction({"from": purse, "to": address, "value": value})
            w3.eth.wait_for_transaction_receipt(sent, poll_latency=LOOK_SECONDS)

    @contextmanager
    def watched(self) -> Iterator[list[tuple[int, float]]]:
        """Gives the blocks that are mined meanwhile, with the moment each could be had.

        The moment is that of the last look before the one that found it, so that it is never too
        late, and at most 10 ms or so too early.
        """
        seen: list[tuple[int, float]] = []
        ended, begun = threading.Event(), threading.Event()
        with self.host.entered():
            # A thread stays in the namespace of the one that starts it.
            thread = threading.Thread(
                target=_watch, args=(self.url, seen, begun, ended), name="chain-watch"
            )
            thread.start()
        begun.wait(START_SECONDS)
        try:
            yield seen
        finally:
            ended.set()
            thread.join()


def start(host: Host, folder: Path) -> Chain:
    """Start Anvil and deploy the contracts.

    Raises:
        AnvilNeededError: it is not installed, or does not start.
    """
    program = Anvil().find()
    if program is None:
        raise AnvilNeededError("Anvil is not installed", hint="`make test` installs it.")
    folder.mkdir(parents=True)
    with (folder / "anvil.log").open("wb") as log:
        command: list[str | Path] = [
            program,
            "--host",
            host.address,
            "--port",
            str(PORT),
            "--silent",
        ]
        host.start(command, log, environment={"HOME": str(folder)}, folder=folder)
    url = f"http://{host.address}:{PORT}"
    with host.entered():
        w3 = Web3(Endpoint(url))
        _await(w3)
        deployment = _deploy(w3)
    path = folder / "deployment.json"
    deployment.save(path)
    return Chain(host, url, deployment.chain_id, path)


def _await(w3: Web3) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(Exception):
            w3.eth.block_number  # noqa: B018 - an answer of any kind
            return
        time.sleep(LOOK_SECONDS)
    raise AnvilNeededError("Anvil does not start", hint="Its log is in the working folder.")


def _deploy(w3: Web3) -> Deployment:
    governor = w3.eth.accounts[0]
    deployed = deploy(w3, governor, governor=governor, quorum=1, bond_wei=1, exit_delay_seconds=1)
    return Deployment(
        network="anvil",
        chain_id=int(w3.eth.chain_id),
        genesis_hash=genesis_hash(w3),
        from_block=min(each.block_number for each in deployed.values()),
        registry=deployed["ContributionRegistry"].address,
        validator_set=deployed["ValidatorSet"].address,
        attestations=deployed["Attestations"].address,
    )


def _watch(
    url: str, seen: list[tuple[int, float]], begun: threading.Event, ended: threading.Event
) -> None:
    w3 = Web3(Endpoint(url))
    head = int(w3.eth.block_number)
    before = time.monotonic()
    begun.set()
    last = False
    while not last:
        last = ended.wait(LOOK_SECONDS)  # and one more look, for what came since the one before
        looked = time.monotonic()
        now = int(w3.eth.block_number)
        seen += [(number, before) for number in range(head + 1, now + 1)]
        head, before = now, looked
