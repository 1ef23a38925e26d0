"""Where a search leads: what is named exactly is opened, anything else is looked for."""

import re

from flask import url_for

_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_HASH_LENGTH = 66
_ADDRESS_LENGTH = 42
_CID_LENGTH = 59


def target_of(text: str, validators: frozenset[str]) -> str:
    """The address of the page for a text.

    Args:
        text: what was searched for.
        validators: addresses of validators, in lower case.
    """
    if text.startswith("bafyrei") and len(text) == _CID_LENGTH:
        return url_for("records.detail", cid=text)
    if _HEX.fullmatch(text):
        if len(text) == _HASH_LENGTH:
            return url_for("batches.detail", batch_id=text.lower())
        if text.lower() in validators:
            return url_for("validators.detail", address=text)
        if len(text) == _ADDRESS_LENGTH:
            return url_for("contributors.detail", address=text)
    return url_for("records.listing", q=text) if text else url_for("records.listing")
