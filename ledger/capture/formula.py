"""A formula over the numeric columns of a row: ``slots / instance_count``.

Grammar (no names but columns, no calls, nothing that could run code)::

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = number | column | "`" any text "`" | "-" factor | "(" sum ")"

A column whose name is not a plain identifier stands in backquotes: ```data size (MB)` * 2``.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import InvalidInputError

MAX_LENGTH = 500
MAX_DEPTH = 20

Numbers = Mapping[str, float]
Evaluate = Callable[[Numbers], float]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<column>[A-Za-z_]\w*)"
    r"|`(?P<quoted>[^`]+)`|(?P<sign>[-+*/()]))"
)


class FormulaError(InvalidInputError):
    """A formula does not follow the grammar."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"formula {text[:MAX_LENGTH]!r}: {reason}",
            hint="A formula has columns, numbers, + - * / and parentheses, e.g. slots / nodes.",
        )


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled formula.

    Attributes:
        text: as it was written.
        columns: the columns it reads, in order of their first use.
        evaluate: its value for a row; raises ZeroDivisionError and OverflowError.
    """

    text: str
    columns: tuple[str, ...]
    evaluate: Evaluate


def compile_formula(text: str) -> Formula:
    """The formula of a text.

    Raises:
        FormulaError: saying what is wrong, and where.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(text, f"longer than {MAX_LENGTH} characters")
    parser = _Parser(text)
    evaluate = parser.sum(0)
    if parser.symbol is not None:
        raise FormulaError(text, f"unexpected {parser.symbol!r}")
    return Formula(text, tuple(dict.fromkeys(parser.columns)), evaluate)


class _Parser:
    """Recursive descent; each method reads one nonterminal and returns its closure."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: list[str] = []
        self.symbol: str | None = None
        self._kind: str | None = None
        self._position = 0
        self._advance()

    def sum(self, depth: int) -> Evaluate:
        left = self._product(depth)
        while self.symbol in {"+", "-"} and self._kind == "sign":
            operator = self._take()
            left = _combined(operator, left, self._product(depth))
        return left

    def _product(self, depth: int) -> Evaluate:
        left = self._factor(depth)
        while self.symbol in {"*", "/"} and self._kind == "sign":
            operator = self._take()
            left = _combined(operator, left, self._factor(depth))
        return left

    def _factor(self, depth: int) -> Evaluate:
        if depth > MAX_DEPTH:
            raise FormulaError(self.text, "nested too deeply")
        kind, symbol = self._kind, self._take()
        if kind == "number":
            value = float(symbol)
            return lambda _: value
        if kind in {"column", "quoted"}:
            self.columns.append(symbol)
            return lambda numbers: numbers[symbol]
        if symbol == "-":
            operand = self._factor(depth + 1)
            return lambda numbers: -operand(numbers)
        if symbol == "(":
            inner = self.sum(depth + 1)
            if self._take() != ")":
                raise FormulaError(self.text, "a parenthesis is not closed")
            return inner
        raise FormulaError(self.text, f"a column or number is missing before {symbol!r}")

    def _take(self) -> str:
        if self.symbol is None:
            raise FormulaError(self.text, "it ends too early")
        symbol = self.symbol
        self._advance()
        return symbol

    def _advance(self) -> None:
        if not self.text[self._position :].strip():
            self.symbol = self._kind = None
            return
        match = _TOKEN.match(self.text, self._position)
        if match is None or match.lastgroup is None:
            rest = self.text[self._position :].strip()
            raise FormulaError(self.text, f"unexpected {rest[:1]!r}")
        self._position = match.end()
        self._kind = match.lastgroup
        self.symbol = match[self._kind]


def _combined(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    if operator == "+":
        return lambda numbers: left(numbers) + right(numbers)
    if operator == "-":
        return lambda numbers: left(numbers) - right(numbers)
    if operator == "*":
        return lambda numbers: left(numbers) * right(numbers)
    return lambda numbers: left(numbers) / right(numbers)
