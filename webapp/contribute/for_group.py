"""Contributing for a group: where an upload is meanwhile, and what becomes of it.

A record for a group is never among drafts or in the index that the app shows. What is uploaded is
kept in the folder of groups, which its owner alone may enter, until the request is answered or, of
the page, until it is contributed.
"""

from collections.abc import Iterable
from collections.abc import Sequence

from pydantic import BaseModel
from pydantic import ConfigDict

from ledger.node import Node
from ledger.record.schema import Record
from webapp.contribute import intake
from webapp.contribute.reading import Preview
from webapp.contribute.reading import reading
from webapp.contribute.staging import Staging
from webapp.contribute.upload import Upload


class Kept(BaseModel):
    """What became of an upload for a group, kept for whoever sent it.

    Attributes:
        group: for whose members it was encrypted.
        owner: EIP-55 address of who signed in and uploaded it; None: nobody was signed in.
        contributor: who signed the records; None: the node's operator will.
        contributions: ids of the contributions that hold what was encrypted.
        new: records that were signed and encrypted.
        known: records that were so before.
        waiting: records that the node's operator has yet to sign.
        bad: rows that were left out.
    """

    model_config = ConfigDict(frozen=True)

    group: str
    owner: str | None
    contributor: str | None
    contributions: tuple[str, ...]
    new: int
    known: int
    waiting: int
    bad: int


def staging(served: Node) -> Staging:
    """Where uploads for groups are until they are contributed."""
    settings = served.settings
    return Staging(settings.groups_path, most_bytes=settings.staged_bytes)


def signer_of(served: Node, asked: str) -> str | None:
    """The account that signs; None: the node's operator will.

    Raises:
        ForbiddenError: an account was asked for whose key the app has not.
    """
    return intake.signer_of(served, asked) if asked or served.signers() else None


def contribute(served: Node, upload: Upload, signer: str | None) -> intake.Outcome:
    """Keep the good rows for a group, and sign and encrypt those that nobody has signed.

    Durable when it returns.

    Args:
        served: the node.
        upload: of which the group is known.
        signer: the account that signs; None: the node's operator will.

    Raises:
        TableError: a file cannot be read at all.
        UnprocessableError: no row is good.
        NotFoundError: the node does not know the group any more.
    """
    group = group_of(upload)
    found = Preview()
    accepted = served.accept_for(group, intake.records_of(reading(served, upload), found))
    if not found.good:
        raise intake.no_record(found)
    cids = list(dict.fromkeys((*accepted.new, *accepted.known)))
    to_sign = served.unsealed_of(group, cids)
    known = found.good - len(to_sign)
    if signer is None:
        return intake.Outcome((), 0, known, found, waiting=len(to_sign))
    done = served.contribute_sealed(group, signer, only=to_sign)
    return intake.Outcome(tuple(done), len(to_sign), known, found)


def contribute_once(served: Node, uploads: Staging, token: str, asked: str) -> str:
    """Contribute an upload for its group, and note what became of it; returns the note."""
    upload = uploads.get(token)
    signer = signer_of(served, asked)
    done = contribute(served, upload, signer)
    note = _noted(upload, done, signer)
    uploads.finish(token, note)
    return note


def contribute_signed(
    served: Node,
    upload: Upload,
    cids: Sequence[str],
    records: Iterable[Record],
    *,
    given: tuple[Preview, int],
    contributor: str,
    signature: bytes,
) -> str:
    """Keep and encrypt what a wallet has signed; returns the note of what became of it.

    Args:
        served: the node.
        upload: of which the group is known.
        cids: of the records that were signed.
        records: those of them that nobody has encrypted yet.
        given: what reading the upload yielded before, and how many of its records were not listed.
        contributor: EIP-55 address of who signed.
        signature: theirs.

    Raises:
        NotFoundError: the node does not know the group any more.
        WrongSignatureError: it is not the contributor's over these records, for this group.
        ContractWalletError: the contributor is a contract.
        InvalidInputError: some of them were signed by others meanwhile, or are not here.
    """
    group = group_of(upload)
    done = served.contribute_signed_for(group, cids, records, contributor, signature)
    found, left = given
    new = len(cids) if done else 0
    known = max(0, found.good - left - new)
    return _noted(upload, intake.Outcome(tuple(done), new, known, found), contributor)


def together(before: str | None, after: str) -> str:
    """The note of an upload that is signed in parts; a part that comes again adds nothing.

    The last part says of the whole upload what was known and what was bad; to it, the parts that
    were signed before are known.
    """
    if before is None:
        return after
    first, last = Kept.model_validate_json(before), Kept.model_validate_json(after)
    added = {
        "contributor": last.contributor or first.contributor,
        "contributions": (*first.contributions, *last.contributions),
        "new": first.new + last.new,
        "known": max(0, last.known - first.new),
        "bad": last.bad,
    }
    return first.model_copy(update=added).model_dump_json()


def _noted(upload: Upload, done: intake.Outcome, contributor: str | None) -> str:
    return Kept(
        group=group_of(upload),
        owner=upload.owner,
        contributor=contributor if done.contributions else None,
        contributions=done.contributions,
        new=done.new,
        known=done.known,
        waiting=done.waiting,
        bad=done.preview.bad,
    ).model_dump_json()


def kept_in(outcome: str) -> Kept | None:
    """What became of an upload for a group; None: it was for everybody."""
    return Kept.model_validate_json(outcome) if outcome.startswith("{") else None


def group_of(upload: Upload) -> str:
    """The group that an upload is for.

    Raises:
        ValueError: it is for everybody, and whoever asks has taken it for another.
    """
    if upload.group is None:
        raise ValueError("this upload is for everybody")
    return upload.group
