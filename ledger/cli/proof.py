"""`proof` and `verify`: evidence that can be checked without this node."""

import re
import sys
from pathlib import Path

import click
from web3 import Web3

from ledger.anchor.merkle import HASH_BYTES
from ledger.chain.deployment import Deployment
from ledger.chain.endpoint import Endpoint
from ledger.cli.session import Session
from ledger.cli.session import harmless
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.cli.session import server_option
from ledger.client.errors import UnexpectedAnswerError
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.groups.identities import load_identities
from ledger.store.files import write_durably
from ledger.verify.check import verify_deployed
from ledger.verify.check import verify_offline
from ledger.verify.filed import reference_blocks
from ledger.verify.format import MAX_FILE_BYTES
from ledger.verify.format import Proof
from ledger.verify.format import parse_proof
from ledger.verify.policy import Policy
from ledger.verify.results import Verification

_HASH = re.compile(r"0x[0-9a-f]{64}")


@click.command()
@click.argument("cid")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File [default: stdout].")
@click.option(
    "--disclose",
    multiple=True,
    metavar="FIELD",
    help="Show a value that the record withholds, e.g. input.size_bytes (docs/privacy.md).",
)
@server_option
@pass_session
def proof(
    session: Session,
    cid: str,
    output: Path | None,
    disclose: tuple[str, ...],
    server: str | None,
) -> None:
    """Write the proof file of a record.

    The file holds everything that is needed to check the record with no server: its bytes, both
    Merkle paths, the contributor's signature, the anchor's receipt, the verdicts. Parts that the
    chain does not have yet are named.

    \b
    Examples:
      perfledger proof bafyreif4bqe7ylell -o proof.json
      perfledger proof bafyreif4bqe7ylell --disclose input.size_bytes -o proof.json
    """
    with session.client(server) as client:
        if client is None:
            with session.node() as node:
                node.sync.step()
                made = node.proof(node.queries.resolve(cid))
        else:
            made = _about(parse_proof(client.proof(cid)), cid)
    if disclose:
        with session.offline_node() as node:
            made = node.disclose(made, disclose)
    content = made.to_json()
    if output is None:
        click.echo(content)
    else:
        write_durably(output, content.encode())
        session.remark(f"{output}: {len(content):,} bytes")
    for part in made.missing:
        session.remark(f"missing: {part}")
    trusted = " ".join(f"--trust-block 0x{block.hash.hex()}" for block in reference_blocks(made))
    if trusted:
        session.remark(f"check it offline with: perfledger verify {output or 'FILE'} {trusted}")


def _about(made: Proof, cid: str) -> Proof:
    """A server's proof, if it is of the record that was asked about.

    Raises:
        UnexpectedAnswerError: it is not.
    """
    if not made.record.cid.startswith(cid.strip().lower()):
        raise UnexpectedAnswerError(
            f"the server sent a proof of {made.record.cid} instead",
            hint="Ask another node.",
        )
    return made


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rpc", metavar="URL", help="Check against this chain endpoint.")
@click.option(
    "--trust-block",
    "trusted",
    multiple=True,
    metavar="HASH",
    help="Check with no network at all, given the hash of a block you trust.",
)
@click.option("--cid", help="The record it must be about.")
@click.option(
    "--deployment",
    "deployment_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The contracts you trust [default: those of the home folder].",
)
@click.option("--quorum", type=click.IntRange(min=1), help="Require at least this many accepts.")
@click.option(
    "--identity",
    "identity_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Open an encrypted record with the identities of this file (group.key of a home).",
)
@json_option
@pass_session
def verify(
    session: Session,
    file: Path,
    rpc: str | None,
    trusted: tuple[str, ...],
    cid: str | None,
    deployment_file: Path | None,
    quorum: int | None,
    identity_file: Path | None,
    as_json: bool,
) -> None:
    """Check a proof FILE, step by step.

    Which contracts to trust is yours to say (a proof that names its own would prove nothing): the
    deployment file of your home folder, or --deployment. Each result has its own exit code
    (docs/proof-format.md); 0 is valid.

    With --trust-block nothing but the file is looked at. It cannot show verdicts that were left
    out of it, nor what was attested, corrected or revoked after its blocks; a chain endpoint can.

    The proof of an encrypted record shows that it was anchored and what validators said of it. With
    --identity of a member it also shows which record that is, and that its contributor signed it.

    \b
    Examples:
      perfledger verify proof.json --rpc http://127.0.0.1:8545
      perfledger verify proof.json --trust-block 0x3f3f7680…
      perfledger verify proof.json --identity ~/.local/share/perfledger/group.key
    """
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InvalidInputError(f"{file} is larger than any proof ({MAX_FILE_BYTES:,} bytes)")
    content = file.read_bytes()
    if deployment_file is None:
        settings = session.settings
        deployment_file = settings.deployment_path
    if not deployment_file.exists():
        raise NotFoundError(
            "which contracts do you trust? There is no deployment file in the home folder",
            hint="Name one with --deployment; whoever runs the ledger publishes it.",
        )
    deployment = Deployment.load(deployment_file)
    policy = Policy(
        deployment.contracts,
        trusted_blocks=frozenset(_hash(text) for text in trusted),
        expected_cid=cid,
        minimum_accepted=quorum,
        identities=() if identity_file is None else load_identities(identity_file),
    )
    if trusted:
        found = verify_offline(content, policy)
    elif rpc is not None:
        found = verify_deployed(content, policy, Web3(Endpoint(rpc)), deployment)
    else:
        with session.node() as node:
            found = node.verify(content, policy=policy, deployment=deployment)
    if as_json:
        session.print_json(found.as_dict())
    else:
        _tell(session, found)
    sys.exit(found.result.exit_code)


def _tell(session: Session, found: Verification) -> None:
    for step in found.steps:
        mark = "[green]✓[/green]" if step.ok else "[red]✗[/red]"
        session.out.print(f"{mark} {step.name.split()[0]:<11} {harmless(step.proved)}")
        if step.rests_on:
            session.out.print(
                f"[dim]{'':<13} rests on {_HASH.sub(_shortened, step.rests_on)}[/dim]"
            )
    session.out.print(f"[bold]{found.result.value}[/bold]: {found.result.meaning}")


def _shortened(found: re.Match[str]) -> str:
    return f"{found[0][:10]}…"


def _hash(text: str) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != HASH_BYTES:
        raise InvalidInputError(
            f"{text!r} is not a block hash", hint="It looks like 0x and 64 hex digits."
        )
    return value
