"""Ranges of settings: known values, and the sentence of a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

import pytest

from saccade.ranges import Above, AtLeast, Between, check_ranges, choice, option


class Shape(StrEnum):
    ROUND = "round"
    SQUARE = "square"


@dataclass(frozen=True)
class Settings:
    batch_size: Annotated[int, AtLeast(1)] = 8
    clip: Annotated[float, Above(0)] = 0.2
    share: Annotated[float, Between(0, 1), Above(0.1)] = 0.5
    shape: Shape = Shape.ROUND
    free: float = 0.0

    def __post_init__(self) -> None:
        check_ranges(self)


@pytest.mark.parametrize(
    ("range_", "allowed", "refused"),
    [
        (AtLeast(1), [1, 1.5, 1e9], [0, 0.999, -1, 1e13, math.inf, math.nan]),
        (AtLeast(1, 9), [1, 9], [0, 9.001, 10**400]),
        (Above(0), [1e-9, 3, math.inf], [0, -1, math.nan]),
        (Between(0, 1), [0, 0.5, 1], [-1e-9, 1.001, math.inf, math.nan]),
    ],
)
def test_ends_of_ranges(range_: AtLeast | Above | Between, allowed: list[float], refused: list[float]) -> None:
    assert all(range_.allows(value) for value in allowed)
    assert not any(range_.allows(value) for value in refused)


def test_ranges_in_words() -> None:
    assert AtLeast(1, 10**6).refusal(0) == "1 or more" and AtLeast(1, 10**6).refusal(10**7) == "1000000 or less"
    assert Above(0.5).refusal(0) == "above 0.5" and Between(1e-6, 10).refusal(11) == "between 1e-06 and 10"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0: it must be 1 or more"),
        ({"batch_size": math.inf}, "batch_size is inf: it must be a finite number"),
        ({"clip": math.inf}, "clip is inf: it must be a finite number"),
        ({"free": -math.inf}, "free is -inf: it must be a finite number"),
        ({"batch_size": "8"}, "batch_size is '8': it must be a number"),
        ({"clip": 0.0}, "clip is 0.0: it must be above 0"),
        ({"share": 1.5}, "share is 1.5: it must be between 0 and 1"),
        ({"share": 0.1}, "share is 0.1: it must be above 0.1"),
        ({"share": math.nan}, "share is nan: it must be a finite number"),
        ({"shape": "oval"}, "shape is 'oval': it must be one of round, square"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Settings(**changes)


def test_what_is_allowed() -> None:
    assert Settings(batch_size=1, share=1.0, free=-9.5) == replace(Settings(), batch_size=1, share=1.0, free=-9.5)


def test_a_word_becomes_the_choice_it_stands_for() -> None:
    assert Settings(shape="square").shape is Shape.SQUARE  # type: ignore[arg-type]


@dataclass(frozen=True)
class Options:
    batch_size: Annotated[int, AtLeast(1)] = 8
    pen_shape: Shape = Shape.ROUND

    def __post_init__(self) -> None:
        check_ranges(self, as_option=True)


def test_refusals_name_the_option() -> None:
    with pytest.raises(ValueError, match=r"^--batch-size 0: it must be 1 or more$"):
        Options(batch_size=0)
    with pytest.raises(ValueError, match=r"^--pen-shape oval: it must be one of round, square$"):
        Options(pen_shape="oval")  # type: ignore[arg-type]
    assert option("batch_size") == "--batch-size"


def test_ranges_are_inherited() -> None:
    @dataclass(frozen=True)
    class More(Settings):
        depth: Annotated[int, Between(1, 4)] = 2

    with pytest.raises(ValueError, match="depth is 5: it must be between 1 and 4"):
        More(depth=5)
    with pytest.raises(ValueError, match="batch_size is 0"):
        More(batch_size=0)


def test_choices() -> None:
    assert choice(Shape, "square", "shape") is Shape.SQUARE
    with pytest.raises(ValueError, match=r"^--shape oval: it must be one of round, square$"):
        choice(Shape, "oval", "shape")
    with pytest.raises(ValueError, match=r"^shape is 'oval': it must be one of round, square$"):
        choice(Shape, "oval", "shape", as_option=False)
