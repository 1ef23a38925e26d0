"""From a form or an API call to acknowledged, signed records."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field

from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict

from ledger.capture.rows import Bad
from ledger.capture.rows import Good
from ledger.capture.tables import Kind
from ledger.errors import InvalidInputError
from ledger.node import Node
from ledger.record.schema import Record
from webapp.contribute.staging import Upload
from webapp.problems import ForbiddenError
from webapp.problems import MissingFieldError
from webapp.problems import UnprocessableError

GOOD_SHOWN = 20
BAD_SHOWN = 200


@dataclass(slots=True)
class Preview:
    """What reading an upload yields, cut to what a page holds.

    Attributes:
        good: how many rows are records.
        bad: how many are not.
        records: the first records, with their rows.
        faults: the first bad rows.
    """

    good: int = 0
    bad: int = 0
    records: list[Good] = field(default_factory=list)
    faults: list[Bad] = field(default_factory=list)

    def add(self, row: Good | Bad) -> None:
        """Count a row, and keep it if it is among the first."""
        if isinstance(row, Good):
            self.good += 1
            if len(self.records) < GOOD_SHOWN:
                self.records.append(row)
        else:
            self.bad += 1
            if len(self.faults) < BAD_SHOWN:
                self.faults.append(row)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an upload.

    Attributes:
        contributions: their ids, in order; none where every record was known already.
        new: records signed now.
        known: records that were on the ledger, or on their way, before.
        preview: what was read.
    """

    contributions: tuple[str, ...]
    new: int
    known: int
    preview: Preview


def upload_of(form: "MultiDict[str, str]", files: "MultiDict[str, FileStorage]") -> Upload:
    """The upload in a form: a file, or text that was pasted.

    Raises:
        MissingFieldError: neither.
        InvalidInputError: of a format that is not known.
    """
    mapping_file = files.get("mapping")
    mapping = mapping_file.read() if mapping_file and mapping_file.filename else b""
    chosen = files.get("file")
    if chosen is not None and chosen.filename:
        content, name = chosen.read(), chosen.filename.replace("\\", "/").rpartition("/")[2]
    else:
        content, name = form.get("text", "").encode("utf-8", "surrogatepass"), ""
    if not content.strip():
        raise MissingFieldError(
            "there is nothing to read",
            hint="Paste rows with their header, or choose a file that is not empty.",
        )
    return Upload(content, name, kind_of(form.get("kind", "")), _toml(mapping))


def kind_of(text: str) -> str | None:
    """The format that was chosen; None: to be found out.

    Raises:
        InvalidInputError: there is none of that name.
    """
    if text in {"", "auto"}:
        return None
    if text not in set(Kind):
        raise InvalidInputError(
            f"{text[:20]!r} is not a format", hint=f"Use one of {', '.join(Kind)}."
        )
    return text


def preview(node: Node, upload: Upload) -> Preview:
    """Read an upload without keeping anything.

    Raises:
        TableError: it cannot be read at all.
        MappingError: its map is wrong.
    """
    found = Preview()
    for row in node.preview(upload.content, upload.name, upload.kind, upload.mapping):
        found.add(row)
    return found


def signer_of(node: Node, asked: str) -> str:
    """The account that signs: the one that was asked for, or the first that the app has.

    The app does not ask who somebody is. So it signs with keys that everybody has anyway, those of
    the development chain, and never with the operator's.

    Raises:
        ForbiddenError: it has no such key.
    """
    addresses = [signer.address for signer in node.signers()]
    if addresses and not asked:
        return addresses[0]
    if asked in addresses:
        return asked
    raise ForbiddenError(
        "the app signs with development accounts only, on the development chain"
        if addresses
        else "the app signs nothing on this chain",
        hint="`perfledger contribute FILE` signs with your own key, on any node of this ledger."
        + (" Or choose a development account." if addresses else ""),
    )


def contribute(node: Node, upload: Upload, signer: str) -> Outcome:
    """Keep the good rows and sign those that nobody has signed; durable when it returns.

    Raises:
        TableError: the upload cannot be read at all.
        UnprocessableError: no row is good.
    """
    found = Preview()
    accepted = node.accept(_good(node, upload, found))
    if not found.good:
        raise no_record(found)
    unsigned = set(node.unsigned())
    to_sign = [cid for cid in dict.fromkeys((*accepted.new, *accepted.known)) if cid in unsigned]
    return Outcome(
        contributions=tuple(node.contribute(to_sign, signer)),
        new=len(to_sign),
        known=found.good - len(to_sign),
        preview=found,
    )


def no_record(found: Preview) -> UnprocessableError:
    """That no row of an upload is a record, and why."""
    return UnprocessableError(
        "no row is a record",
        [
            (f"line {bad.line}" + (f", {bad.column}" if bad.column else ""), bad.reason)
            for bad in found.faults
        ],
        hint="; ".join(f"line {bad.line}: {bad.reason}" for bad in found.faults[:3]),
    )


def _good(node: Node, upload: Upload, found: Preview) -> Iterator[Record]:
    for row in node.preview(upload.content, upload.name, upload.kind, upload.mapping):
        found.add(row)
        if isinstance(row, Good):
            yield row.record


def _toml(mapping: bytes) -> str | None:
    if not mapping.strip():
        return None
    try:
        return mapping.decode()
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            "the map is not UTF-8 text", hint="A map is a TOML file; save it as UTF-8."
        ) from error
