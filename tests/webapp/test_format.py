"""How values are written."""

from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import format as written

NARROW = "\u202f"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, written.NONE), (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (9_530_000_000, "9.53 GB")],
)
def test_sizes_are_decimal(value: int | None, expected: str) -> None:
    assert written.size(value).replace(NARROW, " ") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0123, "0.012 s"), (59.94, "59.94 s"), (60, "1 min"), (1340, "22 min 20 s"),
     (3600, "1 h"), (90_061, "1 d 1 h")],
)  # fmt: skip
def test_durations_are_said_in_two_parts(value: float, expected: str) -> None:
    assert written.duration(value).replace(NARROW, " ") == expected


def test_moments_are_in_utc() -> None:
    moment = datetime(2026, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=2)))

    assert written.moment(moment) == "2026-02-28 23:00:00 UTC"


@given(st.integers(0, 10**15))
def test_numbers_keep_their_digits(value: int) -> None:
    assert int(written.number(value).replace(NARROW, "")) == value


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_short_hashes_show_both_ends(digits: str) -> None:
    shown = written.short("0x" + digits)

    assert shown.startswith("0x" + digits[:4])
    assert shown.endswith(digits[-6:])


def test_hashes_in_sentences_are_named_or_shortened() -> None:
    address = "0x" + "Ab" * 20

    sentence = written.readable(f"{address} signed 0x{'cd' * 32}.", {address: "Account 1"})

    assert sentence == "Account 1 signed 0xcdcd…cdcdcd."


def test_a_strangers_text_hides_nothing_and_keeps_the_space_before_a_unit() -> None:
    assert written.inert("a\u202eb\n\u200bc 10\u202fGB") == "a\ufffdb\ufffd\ufffdc 10\u202fGB"


@given(
    st.integers(1, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))
)
def test_only_all_is_a_hundred_per_cent_and_only_none_is_nought(share: tuple[int, int]) -> None:
    part, whole = share

    said = written.percent(part, whole)

    assert (said == f"100{written.NARROW_SPACE}%") == (part == whole)
    assert (said == f"0{written.NARROW_SPACE}%") == (part == 0)
