"""`contribute --server`: records signed here, handed in through the app of another node."""

import time
from collections.abc import Sequence
from pathlib import Path

from ledger.anchor.contributions import Contribution
from ledger.anchor.submission import tree_of
from ledger.chain.deployment import Deployment
from ledger.chain.deployment import WrongLedgerError
from ledger.chain.keys import own_signer
from ledger.chain.signers import Signer
from ledger.cli.session import Session
from ledger.client import Client
from ledger.client.answers import StatementToSign
from ledger.client.errors import UnexpectedAnswerError
from ledger.errors import SettingsError
from ledger.errors import UnavailableError
from ledger.record import codec
from ledger.record import eip712
from ledger.record.cid import from_text
from ledger.record.schema import Record

PART_RECORDS = 1_000
"""Under one signature: a body of some megabytes, which every node takes."""

POLL_SECONDS = 0.5
ARRIVED = {"anchored", "final"}


def contribute_through(
    session: Session,
    client: Client,
    records: Sequence[Record],
    *,
    deployment: Path | None,
    timeout_seconds: float,
) -> list[Contribution]:
    """Sign records with the own key, and have the server's node anchor them.

    What is signed is computed here: the server says for which ledger, and nothing else.

    Args:
        session: says which key signs.
        client: of the node that pays for the anchors.
        records: in the order in which they are contributed.
        deployment: file of the ledger that they have to be for; None: whichever the server names.
        timeout_seconds: how long to wait for the anchors; 0: not at all.

    Raises:
        SettingsError: no key is set.
        WrongLedgerError: the server's ledger is another than the one of the file.
        UnavailableError: the server does not answer, or the anchors take longer.
        PerfledgerError: it refuses; see `ledger.client.errors.refusal`.
    """
    signer = _signer(session)
    unique = list({codec.cid_of(each): each for each in records}.items())
    found = []
    for start in range(0, len(unique), PART_RECORDS):
        part = dict(unique[start : start + PART_RECORDS])
        values = [each.model_dump(mode="json") for each in part.values()]
        statement = _statement(client.statement(values), list(part), deployment)
        session.remark(
            f"signing {len(part):,} records for the ledger of chain {statement.domain.chain_id}, "
            f"registry {statement.domain.contract}"
        )
        signature = "0x" + signer.sign(statement).hex()
        found.append(client.submit(values, signer.address, signature))
    return _followed(client, found, timeout_seconds)


def hand_over(
    client: Client,
    records: Sequence[Record],
    group: str,
    address: str | None,
    *,
    timeout_seconds: float,
) -> tuple[list[Contribution], int]:
    """Have the server's node encrypt records for a group that it knows, and anchor them.

    Args:
        client: of the node, which gets them in plain.
        records: in the order in which they are contributed.
        group: as the server calls it.
        address: the development account that signs; None: the server's first.
        timeout_seconds: how long to wait for the anchors; 0: not at all.

    Returns:
        The contributions, and how many records wait for the server's operator to sign them.

    Raises:
        UnavailableError: the server does not answer, or the anchors take longer.
        PerfledgerError: it refuses; see `ledger.client.errors.refusal`.
    """
    found: list[Contribution] = []
    waiting = 0
    for start in range(0, len(records), PART_RECORDS):
        part = records[start : start + PART_RECORDS]
        content = "".join(f"{each.model_dump_json()}\n" for each in part).encode()
        done = client.contribute(content, "application/jsonl", signer=address, group=group)
        found += done.contributions
        waiting += done.waiting
    return _followed(client, found, timeout_seconds), waiting


def _signer(session: Session) -> Signer:
    signer = own_signer(session.settings, session.ask_password)
    if signer is None:
        raise SettingsError(
            "no key is set to sign with",
            hint="Make one with `perfledger keys new` and set PERFLEDGER_ACCOUNT to its address, "
            "or set PERFLEDGER_PRIVATE_KEY. It needs no ether: the server's node pays.",
        )
    return signer


def _statement(
    asked: StatementToSign, cids: Sequence[str], deployment: Path | None
) -> eip712.Statement:
    try:
        named = asked.typed_data["domain"]
        domain = eip712.Domain(
            int(named["chainId"]), eip712.address_of(str(named["verifyingContract"]))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UnexpectedAnswerError(
            "the server does not say for which ledger is signed",
            hint="It may not be the app of a perfledger node, or be of another version.",
        ) from error
    if deployment is not None and Deployment.load(deployment).submission_domain != domain:
        raise WrongLedgerError(
            f"the server's ledger is another than that of {deployment}",
            hint="Nothing was signed. Ask whoever runs the ledger which of the two is right.",
        )
    return eip712.submission(domain, tree_of([from_text(each) for each in cids]).root, len(cids))


def _followed(
    client: Client, sent: Sequence[Contribution], timeout_seconds: float
) -> list[Contribution]:
    deadline = time.monotonic() + timeout_seconds
    found = list(sent)
    while timeout_seconds:
        found = [client.contribution(each.id) for each in found]
        waiting = [each for each in found if each.state not in ARRIVED]
        if not waiting:
            break
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"{len(waiting):,} of {len(found):,} contributions are not anchored after "
                f"{timeout_seconds:.0f} s: {', '.join(each.id for each in waiting[:5])}",
                hint="They are on the server's disk and go on by themselves; the page "
                "/contribute/ID of its app follows them.",
            )
        time.sleep(POLL_SECONDS)
    return found
