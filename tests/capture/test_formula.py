import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.formula import FormulaError
from ledger.capture.formula import compile_formula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("slots / nodes", 4),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 / 2 / 2", 2),
        ("5 - 3 - 1", 1),
        ("-nodes + 5", 3),
        ("2e3 * .5".replace(".5", "0.5"), 1000),
        ("`memory (GB)` * 2", 128),
    ],
)
def test_a_formula_follows_the_rules_of_arithmetic(text, value):
    columns = {"slots": 8.0, "nodes": 2.0, "memory (GB)": 64.0}

    assert compile_formula(text).evaluate(columns) == value


def test_the_columns_it_reads_are_known():
    assert compile_formula("a / (b + `c d`) * a").columns == ("a", "b", "c d")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a +",
        "(a",
        "a)",
        "a ** 2",
        "f(a)",
        "__import__('os')",
        "a.b",
        "a[0]",
        "a; b",
        "``",
        "1 +" * 300 + "1",
        "(" * 100 + "a" + ")" * 100,
        "-" * 100 + "a",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(FormulaError):
        compile_formula(text)


@given(st.text(alphabet="ab12+-*/() `.e", max_size=40))
def test_any_text_is_a_formula_or_refused(text):
    try:
        formula = compile_formula(text)
    except FormulaError:
        return
    assert callable(formula.evaluate)
