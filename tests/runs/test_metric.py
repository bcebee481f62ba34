from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from saccade.runs import Metric, number_at, paired_difference

ACCURACY = Metric("accuracy", "accuracy", "fraction of test images", "{:.1%}")
RETURN = Metric("return", "return", "mean return", "{:,.0f}", higher_is_better=False)


def test_values_are_written_in_the_format_of_the_metric() -> None:
    assert ACCURACY.shown(0.98123) == "98.1%" and RETURN.shown(1234.5) == "1,234"
    assert Metric("loss", "loss", "nats").shown(0.5) == "0.500"
    assert ACCURACY.with_interval(0.981, (0.98, 0.982)) == "98.1% [98.0%, 98.2%]"
    assert ACCURACY.with_interval(0.981, None) == "98.1%"


def test_differences_are_written_with_their_sign() -> None:
    found = paired_difference({0: 0.92, 1: 0.90, 2: 0.91}, {0: 0.90, 1: 0.91, 2: 0.90})
    assert found is not None and ACCURACY.difference(found) == "+0.7 [-3.1, +4.5]"
    assert ACCURACY.points == "percentage points" and RETURN.points == ""
    alone = paired_difference({0: 1200.0}, {0: 2500.0})
    assert alone is not None and RETURN.difference(alone) == "-1,300"
    assert ACCURACY.signed(-0.0004) == "0.0" and ACCURACY.signed(-0.0006) == "-0.1"  # zero has no sign


def test_what_stands_on_one_page_is_rounded_alike() -> None:
    fine = replace(ACCURACY, fine="{:.2%}")
    assert fine.alike([0.9, 0.979]).shown(0.979) == "97.9%"
    assert [fine.alike([0.9, 0.98]).shown(value) for value in (0.9, 0.98)] == ["90.00%", "98.00%"]
    returns = replace(RETURN, format="{:,.1f}", fine="{:.3f}")
    assert [returns.alike([0.874, 0.919]).shown(value) for value in (0.874, 0.919)] == ["0.874", "0.919"]
    assert returns.alike([0.874, 18.1]).shown(0.874) == "0.9" and returns.alike([]).shown(1234.5) == "1,234.5"
    assert ACCURACY.alike([0.99]).shown(0.99) == "99.0%"  # no finer format: the author's own


def test_published_values_keep_the_digits_of_their_source() -> None:
    assert ACCURACY.published(0.9871) == "98.71%" and ACCURACY.published(0.92) == "92%"
    assert RETURN.published(18.9) == "18.9" and RETURN.published(4092) == "4,092"


def test_which_direction_is_better() -> None:
    assert ACCURACY.better == "higher" and RETURN.better == "lower"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("test.accuracy", 0.5), ("seen", 7.0), ("test", None), ("test.error", None), ("missing.accuracy", None),
        ("seen.more", None), ("nan", None), ("infinite", None), ("word", None), ("none", None), ("test.list", None),
    ],
)  # fmt: skip
def test_a_number_at_a_dotted_path(path: str, expected: float | None) -> None:
    content: dict[str, Any] = {
        "test": {"accuracy": 0.5, "list": [1]}, "seen": 7, "nan": math.nan, "infinite": -math.inf, "word": "7", "none": None,
    }  # fmt: skip
    content["huge"] = 10**400
    assert number_at(content, "huge") is None
    found = number_at(content, path)
    assert found == expected and (found is None or type(found) is float)


@pytest.mark.parametrize("format_", ["{:d}", "{:.1%", "{value}", "{} {}", "{:kg}"])
def test_a_format_that_writes_no_number(format_: str) -> None:
    with pytest.raises(
        ValueError, match=r"hits: the format '.*' cannot write a number .*, make it one such as '{:\.3f}'"
    ):
        Metric("hit", "hits", "", format_)
