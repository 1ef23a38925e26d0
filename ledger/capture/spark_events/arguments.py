"""The arguments of an application, out of the command line that its driver was started with.

Java keeps them with blanks between them and no quotes (``sun.java.command``), so an argument that
holds a blank itself is two here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_SUBMIT = "org.apache.spark.deploy.SparkSubmit"
_YARN = "org.apache.spark.deploy.yarn.ApplicationMaster"
_WITHOUT_VALUE = {"--verbose", "-v", "--supervise", "--version", "--help", "-h", "--usage-error"}
_OF_NO_PROGRAM = {"pyspark-shell", "spark-shell", "sparkr-shell", "spark-internal"}

MOST_ARGUMENTS = 200


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was submitted.

    Attributes:
        program: the file name of the script or JAR, or the class; "": it cannot be told.
        arguments: what the application itself was given.
    """

    program: str
    arguments: tuple[str, ...]


def submitted(command: str) -> Submitted:
    """What a driver's command line submits."""
    words = command.split(maxsplit=MOST_ARGUMENTS * 2)
    if not words:
        return Submitted("", ())
    if words[0] == _SUBMIT:
        return _of_submit(words[1:])
    if words[0] == _YARN:
        return _of_yarn(words[1:])
    return Submitted("", ())  # a driver of its own: nobody knows which of the words are whose


def columns_of(arguments: Sequence[str]) -> dict[str, str]:
    """Arguments by how a map calls them.

    ``argument.1``, ``argument.2`` … are those that belong to no option; ``option.NAME`` is the
    value of ``--NAME value``, ``--NAME=value`` or ``-NAME value``, and "true" where none follows.
    """
    found: dict[str, str] = {}
    positional = 0
    given = list(arguments[:MOST_ARGUMENTS])
    while given:
        word = given.pop(0)
        name, equals, value = word.lstrip("-").partition("=")
        if not _is_option(word):
            positional += 1
            found[f"argument.{positional}"] = word
        elif equals:
            found[f"option.{name}"] = value
        elif given and not _is_option(given[0]):
            found[f"option.{name}"] = given.pop(0)
        else:
            found[f"option.{name}"] = "true"
    return found


def _is_option(word: str) -> bool:
    return word.startswith("-") and not word.lstrip("-")[:1].isdigit() and word.strip("-.") != ""


def _of_submit(words: Sequence[str]) -> Submitted:
    name = ""
    given = list(words)
    while given and given[0].startswith("-"):
        option = given.pop(0)
        if option in _WITHOUT_VALUE or "=" in option:
            continue
        value = given.pop(0) if given else ""
        name = value if option == "--class" else name
        if option == "--conf":
            # A value with blanks in it goes on until the next word that can be an option.
            while given and "=" not in value:
                value = given.pop(0)
    if not given or given[0] in _OF_NO_PROGRAM:
        return Submitted(name, tuple(given[1:]))
    return Submitted(name or given[0].rpartition("/")[2], tuple(given[1:]))


def _of_yarn(words: Sequence[str]) -> Submitted:
    given = list(words)
    pairs = list(zip(given[::2], given[1::2], strict=False))
    named = dict(pairs)
    program = named.get("--primary-py-file") or named.get("--class") or named.get("--jar") or ""
    return Submitted(
        program.rpartition("/")[2], tuple(value for name, value in pairs if name == "--arg")
    )
