from __future__ import annotations

import pytest

from saccade.agents import Schedule, Shape, constant, exponential, linear


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (constant(0.3), [0.3, 0.3, 0.3, 0.3]),
        (linear(1.0, 0.1), [1.0, 0.775, 0.55, 0.1]),
        (linear(0.4, 1.0), [0.4, 0.55, 0.7, 1.0]),
        (exponential(0.16, 0.01), [0.16, 0.08, 0.04, 0.01]),
        (Schedule(Shape.CONSTANT, 0.3, 0.9), [0.3, 0.3, 0.3, 0.3]),
    ],
)
def test_known_values(schedule: Schedule, values: list[float]) -> None:
    assert [schedule.at(progress) for progress in (0.0, 0.25, 0.5, 1.0)] == pytest.approx(values)


@pytest.mark.parametrize("schedule", [linear(1.0, 0.1), exponential(1.0, 0.1), constant(2.0)])
def test_beyond_training_it_stays(schedule: Schedule) -> None:
    assert schedule.at(-0.5) == schedule.at(0) == schedule.start
    assert schedule.at(7) == schedule.at(1) == pytest.approx(schedule.end)


def test_linear_may_reach_or_cross_zero() -> None:
    assert linear(1.0, 0.0).at(1) == 0 and linear(-1.0, 1.0).at(0.5) == 0


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0)])
def test_an_exponential_schedule_needs_ends_above_zero(start: float, end: float) -> None:
    with pytest.raises(ValueError, match=f"exponential schedule from {start} to {end}: both must be above 0"):
        exponential(start, end)
