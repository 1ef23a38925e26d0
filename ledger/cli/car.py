"""`car`: whole batches as files that every IPFS tool reads and writes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from rich.progress import Progress

from ledger.cli.session import Session
from ledger.cli.session import json_option
from ledger.cli.session import pass_session
from ledger.errors import InvalidInputError
from ledger.offline import OfflineNode
from ledger.store.files import writing_durably
from ledger.store.transfer import Imported

STDIO = Path("-")


@click.group()
def car() -> None:
    """Hand over whole batches as CAR files.

    A CAR file holds the blocks of a DAG under their CIDs. `ipfs dag export` and `ipfs dag import`
    write and read it too, and so does npm's ipfs-car.

    \b
    Example:
      perfledger car export bafyreif4bqe7ylell -o batch.car
    """


@car.command("export")
@click.argument("name", metavar="CID|BATCH")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    required=True,
    help="File; - for standard output.",
)
@pass_session
def export(session: Session, name: str, output: Path) -> None:
    """Write everything under a CID, or a batch by its id, to a CAR file.

    A batch is its manifest, the pages under it, and its records. Should a block be missing here,
    nothing is written to the file.

    \b
    Examples:
      perfledger car export 0x3f3f7680d6eaa612b8359c3b16ff461703aed87ebed3f74 -o batch.car
      perfledger car export bafyreif4bqe7ylell -o - | ipfs dag import
    """
    with session.offline_node() as node, session.progress() as bar:
        task = bar.add_task("blocks", total=None)
        pieces = node.export_car(name, progress=lambda _: bar.advance(task))
        with _written(output) as file:
            size = sum(file.write(piece) for piece in pieces)
    if output != STDIO:
        session.remark(f"{output}: {size:,} bytes")


@car.command("import")
@click.argument(
    "files",
    metavar="FILE…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
)
@json_option
@pass_session
def import_(session: Session, files: tuple[Path, ...], as_json: bool) -> None:
    """Keep the blocks of CAR files; - is standard input.

    Each block is hashed before it is kept. At the first that is wrong a file is given up, with the
    block named; those before it are kept, and the other files go in. The command then ends in 65.

    \b
    Example:
      perfledger car import batch.car
    """
    with session.offline_node() as node, session.progress() as bar:
        done = [_kept(node, file, bar) for file in files]
    if as_json:
        session.print_json([_as_dict(*each) for each in zip(files, done, strict=True)])
    else:
        for file, imported in zip(files, done, strict=True):
            _tell(session, file, imported)
    bad = [str(file) for file, imported in zip(files, done, strict=True) if imported.problem]
    if bad:
        raise InvalidInputError(
            f"not all of {', '.join(bad)} could be read",
            hint="What is said above is wrong with it; ask for the file again.",
        )


def _kept(node: OfflineNode, file: Path, bar: Progress) -> Imported:
    task = bar.add_task(str(file), total=None)
    with _read(file) as stream:
        return node.import_car(stream, progress=lambda _: bar.advance(task))


@contextmanager
def _written(output: Path) -> Iterator[BinaryIO]:
    if output == STDIO:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with writing_durably(output) as file:
            yield file


@contextmanager
def _read(file: Path) -> Iterator[BinaryIO]:
    if file == STDIO:
        yield sys.stdin.buffer
    else:
        with file.open("rb") as stream:
            yield stream


def _tell(session: Session, file: Path, imported: Imported) -> None:
    session.out.print(f"{file}: {imported.blocks:,} blocks, {imported.new:,} of them new")
    for root in imported.roots:
        session.out.print(f"  root {root}")
    if imported.missing:
        session.remark(f"  {imported.missing:,} blocks that it links to are neither in it nor here")
    if imported.problem:
        session.remark(f"  given up: {imported.problem}")


def _as_dict(file: Path, imported: Imported) -> dict[str, object]:
    return {
        "file": str(file),
        "roots": [str(root) for root in imported.roots],
        "blocks": imported.blocks,
        "new": imported.new,
        "missing": imported.missing,
        "problem": imported.problem,
    }
