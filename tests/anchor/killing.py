"""Kills a node at every durable step and lets a new process go on.

Usage: ``python -m tests.anchor.killing FOLDER LIFE STRIDE REMAINDER``; prints one line of JSON for
each kill: at which step, and what was wrong afterwards (nothing, it is hoped).

The lives are ``founding`` (deploy, admit validators), ``carrying`` (accept, submit, carry, attest)
and ``wallets`` (accept, and take what wallets have signed). One runs in a forked process, which
saves importing web3 each time, and ends itself with SIGKILL at the n-th step. Steps are what parts
tell their observer, and each transaction before and after the chain takes it.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ledger.anchor.outbox.batches import BatchState
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.devchain.provider import DevChainProvider
from ledger.chain.signers import LocalSigner
from ledger.node import Node
from ledger.record import codec
from ledger.record.cid import digest_of
from ledger.record.cid import to_text
from tests.anchor.homes import anchored_records
from tests.anchor.homes import template_settings
from tests.conftest import executions
from tests.index.dumps import dump

ROUNDS = 10
"""Enough for anything that can be carried to be final."""

RECORDS = executions()[:4]
DIGESTS = [digest_of(codec.encode(record)) for record in RECORDS]
SIGNED = {1: DIGESTS[:2], 2: DIGESTS[2:3]}
"""Records by the account that contributes them; the last record stays unsigned."""

Observer = Callable[[str], None]
Life = Callable[[Path, Observer, Callable[[str], None]], None]


class Assassin:
    """Kills its own process at the n-th step."""

    def __init__(self, step: int, diary: Path) -> None:
        self._remaining = step
        self._diary = diary

    def __call__(self, what: str) -> None:
        self._remaining -= 1
        if self._remaining == 0:
            self._diary.write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)


def watch_transactions(observe: Observer) -> None:
    """Tell of each transaction before the chain takes it, and before its answer arrives."""
    plain = DevChainProvider.make_request

    def watched(self: DevChainProvider, method: Any, params: Any) -> Any:
        if method not in {"eth_sendRawTransaction", "eth_sendTransaction"}:
            return plain(self, method, params)
        observe("transaction on its way")
        answer = plain(self, method, params)
        observe("answer on its way")
        return answer

    DevChainProvider.make_request = watched  # type: ignore[method-assign]


def found(home: Path, observe: Observer, acknowledge: Callable[[str], None]) -> None:
    """The contracts are deployed, and the validator is admitted and bonded."""
    with Node(template_settings(home), observer=observe) as node:
        node.connect()


def live(home: Path, observe: Observer, acknowledge: Callable[[str], None]) -> None:
    """From acceptance to attestation; running it again does what is left."""
    with Node(template_settings(home), observer=observe) as node:
        node.accept(RECORDS)
        acknowledge("accepted")
        for account, digests in SIGNED.items():
            unsigned = set(node.outbox.records.unsigned())
            if left := [to_text(digest) for digest in digests if digest in unsigned]:
                node.submit(left, node.signers()[account - 1].address)
            acknowledge(f"submitted {account}")
        carry(node)


def take_signed(home: Path, observe: Observer, acknowledge: Callable[[str], None]) -> None:
    """What `live` submits, signed elsewhere; running it again sends the same signatures again."""
    with Node(template_settings(home), observer=observe) as node:
        node.accept(RECORDS)
        acknowledge("accepted")
        for account, digests in SIGNED.items():
            cids = [to_text(digest) for digest in digests]
            wallet = LocalSigner(dev_account(account))
            signature = wallet.sign(node.statement_of(cids))
            first = node.submit_signed(cids, wallet.address, signature)
            acknowledge(f"submitted {account}")
            assert node.submit_signed(cids, wallet.address, signature) == first


def carry(node: Node) -> None:
    """As `up` does, until there is nothing left to do."""
    node.connect()
    for _ in range(ROUNDS):
        node.cycle()
        attested = [each for validator in node.validators() for each in validator.step()]
        states = {batch.state for batch in node.outbox.batches.all()}
        if states <= {BatchState.FINAL} and not attested:
            break
    node.sync.step()


def problems(home: Path, acknowledged: list[str]) -> Iterator[str]:
    """Goes on in a new process: first with what was acknowledged, then to the end."""
    with Node(template_settings(home)) as node:
        carry(node)
        yield from faults(node, acknowledged)
    everything: list[str] = []
    live(home, lambda _: None, everything.append)
    with Node(template_settings(home)) as node:
        yield from faults(node, everything)
        yield from final_faults(node)


def faults(node: Node, acknowledged: list[str]) -> Iterator[str]:
    """What is lost, what is there twice, and what does not get on."""
    anchored = anchored_records(node)
    for digest, times in anchored.items():
        if times != 1:
            yield f"{to_text(digest)} is anchored {times} times"
    for account, digests in SIGNED.items():
        if f"submitted {account}" in acknowledged:
            yield from (f"{to_text(each)} is lost" for each in digests if each not in anchored)
    if "accepted" in acknowledged:
        yield from lost(node)
    for batch in node.outbox.batches.all():
        if batch.state is not BatchState.FINAL or batch.problem:
            yield f"a batch is {batch.state}: {batch.problem}"
    if node.outbox.records.unbatched():
        yield "a submission waits for a batch"
    shown = dump(node.index)
    node.rebuild()
    if dump(node.index) != shown:
        yield "the index is not what a rebuild gives"


def lost(node: Node) -> Iterator[str]:
    """Accepted records that are not on disk, or not to be seen."""
    if node.outbox.records.known(DIGESTS) != set(DIGESTS) or node.blocks.missing(DIGESTS):
        yield "an accepted record is lost"
    if node.index.has(DIGESTS) != set(DIGESTS):
        yield "an accepted record is not shown"


def final_faults(node: Node) -> Iterator[str]:
    """What is missing at the end of a whole life."""
    by_status = {
        status: count for status, count in node.queries.overview().by_status.items() if count
    }
    if by_status != {"accepted": 3, "pending": 1}:
        yield f"the records are {by_status}"
    attested = node.contracts.attestations.events.Attested.get_logs(from_block=0)
    sequences = Counter((log["args"]["batchId"], log["args"]["sequence"]) for log in attested)
    if len(sequences) != len(node.outbox.batches.all()) or set(sequences.values()) != {1}:
        yield f"attested: {sequences}"


def in_a_process(action: Callable[[], None]) -> int:
    """Runs it in a forked process; returns the signal that ended it, or 0."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:  # noqa: BLE001 - the child must never go on as its parent
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    assert os.WEXITSTATUS(status) == 0, "the process failed"
    return 0


class Killer:
    """Ends one kind of life after the other, each at a later step.

    Attributes:
        life: what is done until the kill.
        template: home folder that each life begins with, if it is not empty.
    """

    def __init__(self, folder: Path, life: Life, template: Path | None) -> None:
        self._folder = folder
        self._life = life
        self._template = template

    def kill_at(self, step: int) -> dict[str, Any] | None:
        """What was wrong after a kill at a step; None if the life had fewer steps."""
        home = self._folder / f"home-{step}"
        if self._template is not None:
            shutil.copytree(self._template, home)
        acknowledged, diary = home.with_suffix(".acknowledged"), home.with_suffix(".step")
        wrong = home.with_suffix(".problems")
        acknowledged.touch()

        def acknowledge(what: str) -> None:
            with acknowledged.open("a") as file:
                file.write(f"{what}\n")

        def short_life() -> None:
            assassin = Assassin(step, diary)
            watch_transactions(assassin)
            self._life(home, assassin, acknowledge)

        def second_life() -> None:
            lines = acknowledged.read_text().splitlines()
            wrong.write_text(json.dumps(list(problems(home, lines))))

        if in_a_process(short_life) != signal.SIGKILL:
            return None
        in_a_process(second_life)
        shutil.rmtree(home)
        return {
            "step": step,
            "what": diary.read_text().split(" 0x")[0],
            "problems": json.loads(wrong.read_text()),
        }


def main(folder: Path, life: str, stride: int, remainder: int) -> None:
    """Every step that leaves the remainder when divided by the stride."""
    template = None
    if life != "founding":
        template = folder / "template"
        in_a_process(lambda: found(folder / "template", lambda _: None, lambda _: None))
    killer = Killer(folder, LIVES[life], template)
    step = remainder or stride
    while (outcome := killer.kill_at(step)) is not None:
        sys.stdout.write(json.dumps(outcome) + "\n")
        step += stride


LIVES: dict[str, Life] = {"founding": found, "carrying": live, "wallets": take_signed}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
