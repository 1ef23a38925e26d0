"""Credentials must not reach a public, permanent ledger.

The rule, in this order, for every argument of a command:

1. The value of an option or assignment whose *name* holds one of the words in `SECRET_WORDS`
   (``--password X``, ``--db-password=X``, ``API_TOKEN=X``, ``-Djavax.net.ssl.keyStorePassword=X``,
   ``spark.hadoop.fs.s3a.secret.key=X``), also inside a longer argument such as a script for
   ``sh -c``.
2. The user part of a URL, and the value of ``-u``/``--user`` where it is ``name:password``.
3. Text of a form that only credentials have, wherever it stands: AWS access key ids, tokens of
   GitHub, GitLab, Slack, Google, OpenAI and npm, JSON Web Tokens, HTTP ``Basic`` and ``Bearer``
   credentials, PEM private keys.

A value is replaced by `REDACTED`; names stay, so that the record still says how the job was called.
What no rule can recognise is a secret given as a bare word: pass those in the environment, which is
never recorded.
"""

import re
from collections.abc import Mapping
from collections.abc import Sequence

from ledger.record.schema import Scalar

REDACTED = "[redacted]"

SECRET_WORDS = (
    "password", "passwd", "passphrase", "passwort", "pass", "pwd", "secret", "token", "apikey",
    "api key", "access key", "private key", "secret key", "account key", "session key",
    "shared key", "encryption key", "signing key", "credential", "credentials", "auth",
    "authorization", "cookie", "mnemonic", "sas",
    "pgpassword",
)  # fmt: skip
"""Words (of names split at punctuation and capitals) whose value is a secret."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_NAME = re.compile(rf"(?<!\S)(?:{'|'.join(SECRET_WORDS)})(?!\S)")
_ASSIGNED = re.compile(r"""(?<![\w.-])(?P<name>[\w.-]++)["']?\s*+[=:](?!//)\s*+""")
_OPTION_GIVEN = re.compile(r"(?<!\S)(?P<name>--?[A-Za-z][\w.-]*+)\s++(?!--)")
_VALUE = re.compile(r"""\[redacted\]|"[^"]*+"|'[^']*+'|[^\s"'&;,]++""")
_OPTION = re.compile(r"--?[A-Za-z][\w.-]*")
_WHOLE_ASSIGNMENT = re.compile(r"(?P<name>-{0,2}[A-Za-z][\w.-]*)=.*", re.DOTALL)
_USER_INFO = re.compile(r"(?<![\w+.-])(?P<scheme>[A-Za-z][\w+.-]*+://)[^/\s]+@")
_BY_FORM = re.compile(
    r"""
      \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{16,}
    | \bxox[abeprs]-[\w-]{10,} | \bAIza[\w-]{30,} | \bsk-[\w-]{20,} | \bnpm_[A-Za-z0-9]{30,}
    | \beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*
    | (?<=\bBearer\ )[\w.~+/=-]+ | (?<=\bBasic\ )[\w+/=-]{4,}
    | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z\ ]*PRIVATE\ KEY-----|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_AUTH_SCHEME = re.compile(r"(?:Basic|Bearer)", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether what has this name (``db-password``, ``fs.s3a.secret.key``) is a secret."""
    words = " ".join(word.lower() for word in _WORDS.findall(name))
    return _SECRET_NAME.search(words) is not None


def redact(argv: Sequence[str]) -> tuple[str, ...]:
    """The arguments with everything that looks like a credential replaced by `REDACTED`."""
    redacted: list[str] = []
    previous = ""
    for argument in argv:
        redacted.append(_redact_after(previous, argument))
        previous = argument
    return tuple(redacted)


def redact_values(named: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Parameters or settings with the values of secret names, and secret texts, replaced."""
    return {name: _redact_named(name, value) for name, value in named.items()}


def redact_text(text: str) -> str:
    """A text with the credentials in it replaced by `REDACTED`."""
    text = _BY_FORM.sub(REDACTED, text)
    text = _USER_INFO.sub(rf"\g<scheme>{REDACTED}@", text)
    return _hide_values(_OPTION_GIVEN, _hide_values(_ASSIGNED, text))


def _redact_after(previous: str, argument: str) -> str:
    if _OPTION.fullmatch(previous):
        if is_secret_name(previous) and not argument.startswith("--"):
            return REDACTED
        if previous in {"-u", "--user"} and ":" in argument:
            return REDACTED
    assignment = _WHOLE_ASSIGNMENT.fullmatch(argument)
    if assignment and is_secret_name(assignment["name"]):
        return f"{assignment['name']}={REDACTED}"
    return redact_text(argument)


def _redact_named(name: str, value: Scalar) -> Scalar:
    if isinstance(value, bool):
        return value
    if is_secret_name(name):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def _hide_values(named: re.Pattern[str], text: str) -> str:
    """The text without the values that follow a secret name; values may hold names themselves."""
    kept: list[str] = []
    position = 0
    while found := named.search(text, position):
        kept.append(text[position : found.end()])
        position = found.end()
        if not is_secret_name(found["name"]):
            continue
        value = _VALUE.match(text, position)
        # An Authorization header names its scheme first; the rule for the scheme hides the rest.
        if value and not _AUTH_SCHEME.fullmatch(value[0]):
            kept.append(REDACTED)
            position = value.end()
    return "".join([*kept, text[position:]])
