"""Page sizes in an address."""

from werkzeug.datastructures import MultiDict

from ledger.errors import InvalidInputError

DEFAULT_LIMIT = 50
_DIGITS = 6


def limit_of(query: "MultiDict[str, str]", most: int) -> int:
    """How many rows are asked for.

    Raises:
        InvalidInputError: not a number from 1 to the most there may be.
    """
    text = query.get("limit") or str(DEFAULT_LIMIT)
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    if not is_number or not 1 <= int(text) <= most:
        raise InvalidInputError(
            f"a page cannot have {text[:20]!r} rows", hint=f"Ask for a limit from 1 to {most:,}."
        )
    return int(text)
