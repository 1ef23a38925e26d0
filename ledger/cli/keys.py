"""`keys`: encrypted key files in the home folder."""

import sys
from pathlib import Path

import click

from ledger.chain.keystore import Keystore
from ledger.chain.keystore import read_password
from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import InvalidInputError

password_option = click.option(
    "--password-file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="File that holds the password [default: PERFLEDGER_PASSWORD_FILE, or asked for].",
)


@click.group()
def keys() -> None:
    """Keys of this home, each in a file that a password encrypts.

    A key contributes and pays once PERFLEDGER_ACCOUNT names its address. The files are those of
    geth, clef and wallets (Web3 Secret Storage, version 3).

    \b
    Examples:
      perfledger keys new
      perfledger keys import UTC--2026-01-01T00-00-00Z--5aaeb6053f3e94c9b9a09f33669435e7ef1beaed
      PERFLEDGER_ACCOUNT=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed perfledger contribute
    """


@keys.command("new")
@password_option
@json_option
@pass_session
def new(session: Session, password_file: Path | None, as_json: bool) -> None:
    """Make a key.

    \b
    Example:
      perfledger keys new --password-file ~/.perfledger-password
    """
    keystore = Keystore(session.settings.keys_path)
    _tell(session, keystore, keystore.create(_password(session, password_file, new=True)), as_json)


@keys.command("import")
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, exists=True, path_type=Path)
)
@password_option
@json_option
@pass_session
def import_(session: Session, file: Path | None, password_file: Path | None, as_json: bool) -> None:
    """Add a key: from another program's key file or, without FILE, a private key.

    The private key is asked for, or read from standard input; it is never an argument, which other
    users of the machine could see.

    \b
    Examples:
      perfledger keys import keystore/UTC--2026-01-01T00-00-00Z--5aaeb605
      perfledger keys import < private-key.txt
    """
    keystore = Keystore(session.settings.keys_path)
    if file is not None:
        address = keystore.add_file(file, _password(session, password_file, new=False))
    else:
        private_key = _private_key()
        address = keystore.add(private_key, _password(session, password_file, new=True))
    _tell(session, keystore, address, as_json)


@keys.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the keys of this home; * marks the one that is in use.

    \b
    Example:
      perfledger keys list --json
    """
    keystore = Keystore(session.settings.keys_path)
    used = (session.settings.account or "").lower()
    found = [
        {"address": each, "file": str(keystore.path(each)), "used": each.lower() == used}
        for each in keystore.addresses()
    ]
    if as_json:
        session.print_json(found)
        return
    for key in found:
        session.out.print(f"{'*' if key['used'] else ' '} {key['address']}  {key['file']}")
    if not found:
        session.remark("there are none; `perfledger keys new` makes one")


def _tell(session: Session, keystore: Keystore, address: str, as_json: bool) -> None:
    if as_json:
        session.print_json({"address": address, "file": str(keystore.path(address))})
        return
    session.out.print(address)
    session.remark(f"kept in {keystore.path(address)}; without its password it is lost")
    session.remark(f"to use it: export PERFLEDGER_ACCOUNT={address}")


def _private_key() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Private key", hide_input=True, err=True))
    return sys.stdin.readline()


def _password(session: Session, file: Path | None, *, new: bool) -> str:
    settings = session.settings
    if file is not None:
        return read_password(file)
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is not None:
        return read_password(settings.password_file)
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "a password is needed",
            hint="Name a file that holds it: --password-file, or PERFLEDGER_PASSWORD_FILE.",
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=new, err=True))
