"""The command itself: its groups, its errors, its exit codes."""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from ledger.cli.session import Session
from ledger.errors import PerfledgerError
from ledger.faults import understood

INTERRUPTED = 130

COMMANDS: Mapping[str, str] = {
    "init": "up:init",
    "up": "up:up",
    "demo": "demo:demo",
    "status": "doctor:status",
    "doctor": "doctor:doctor",
    "run": "run:run",
    "import": "importing:import_",
    "watch": "watch:watch",
    "contribute": "contribute:contribute",
    "revoke": "revoke:revoke",
    "group": "group:group",
    "list": "browse:list_",
    "show": "browse:show",
    "export": "browse:export",
    "schema": "browse:schema",
    "validator": "validator:validator",
    "attest": "validator:attest",
    "proof": "proof:proof",
    "verify": "proof:verify",
    "car": "car:car",
    "pin": "pin:pin",
    "train": "train:train",
    "predict": "predict:predict",
    "recommend": "recommend:recommend",
    "node": "node:node",
    "chain": "chain:chain",
    "keys": "keys:keys",
    "db": "database:db",
}
"""Subcommands with their module and function, in the order of the help text."""


class Commands(click.Group):
    """Imports a subcommand when it is used, so that `run` does not wait for web3."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a record's life."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of a name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"ledger.cli.{module}"), function)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="PERFLEDGER_HOME",
    help="Folder that holds the ledger [default: the user's data folder].",
)
@click.version_option(version("perfledger"), prog_name="perfledger")
@click.pass_context
def perfledger(context: click.Context, home: Path | None) -> None:
    """A shared, verifiable ledger of how distributed jobs actually ran.

    \b
    First steps:
      perfledger init                              make a ledger
      perfledger run --job sort -- sort big.txt    run a job and record it
      perfledger contribute                        sign it and bring it on chain
      perfledger up                                serve the app and follow the chain

    Exit codes: 0 done, 1 failed, 2 wrong usage, 65 bad input, 66 not found, 69 a service does not
    answer, 75 another process is at it, 78 a wrong setting. `verify` has one for each result; `run`
    gives the command's own.
    """
    context.obj = Session(home)


def main() -> None:
    """Run the command; errors end in a message with a hint and their own exit code."""
    try:
        with understood():
            perfledger.main(standalone_mode=False)
    except PerfledgerError as error:
        click.echo(f"error: {error.message}", err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; what was acknowledged is kept", err=True)
        sys.exit(INTERRUPTED)
