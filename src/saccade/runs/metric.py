"""What a number means: its name in files, its unit, how it is written, and which direction is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .entries import is_number
from .intervals import Difference, Interval, mean_interval


@dataclass(frozen=True)
class Metric:
    """A number that systems are compared by.

    Args:
        name: its key in `metrics.jsonl` (as `train_NAME` and `validation_NAME`) and in the `test` part of `result.json`.
        label: in pages and tables, such as `accuracy`.
        unit: in figures, such as `fraction of test images`.
        format: how a value is written, a format string such as `{:.1%}`.
        higher_is_better: which direction is better.
        low, high: range of its values; None: no end.
        proportion: it is counted over the test images, as an accuracy is; its interval then holds the uncertainty of the test set, too.
    """

    name: str
    label: str
    unit: str
    format: str = "{:.3f}"
    higher_is_better: bool = True
    low: float | None = None
    high: float | None = None
    proportion: bool = False

    def __post_init__(self) -> None:
        """Raises: ValueError: its format is none of a number."""
        check_format(self.label, self.format)

    @property
    def better(self) -> str:
        """`higher` or `lower`."""
        return "higher" if self.higher_is_better else "lower"

    def shown(self, value: float) -> str:
        """A value as text."""
        return self.format.format(value)

    def interval(self, values: Sequence[float], test_images: int) -> Interval | None:
        """95% interval of its mean over seeds that were measured on the same `test_images` images; None of one seed."""
        images = test_images if self.proportion else 0
        return mean_interval(values, low=self.low, high=self.high, test_images=images)

    def with_interval(self, value: float, interval: Interval | None) -> str:
        """A mean and its interval as text: `98.1% [98.0%, 98.2%]`."""
        return self.shown(value) + (
            "" if interval is None else f" [{self.shown(interval[0])}, {self.shown(interval[1])}]"
        )

    def difference(self, found: Difference) -> str:
        """A difference with its interval as text: `+0.3 [-0.1, +0.7] percentage points`."""
        mean, *bounds = (self._signed(value) for value in (found.mean, *(found.interval or ())))
        unit = " percentage points" if self.format.endswith("%}") else ""
        return mean + (f" [{', '.join(bounds)}]" if bounds else "") + unit

    def _signed(self, value: float) -> str:
        return ("+" if value >= 0 else "-") + self.shown(abs(value)).removesuffix("%")

    def published(self, value: float) -> str:
        """A published value as text, with as many digits as the source gives."""
        return f"{100 * value:g}%" if self.format.endswith("%}") else f"{value:g}"


def check_format(title: str, format_: str) -> None:
    """Refuse what cannot write a number, before anything is trained.

    Raises:
        ValueError: naming what it is the format of.
    """
    try:
        format_.format(0.5)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{title}: the format {format_!r} cannot write a number ({error}), make it one such as '{{:.3f}}'"
        ) from error


def measured_by(result: Mapping[str, Any]) -> list[Metric]:
    """The metrics in the content of a `result.json` that names them."""
    return [Metric(**each) for each in result.get("metrics", ())]


def number_at(content: Mapping[str, Any], path: str) -> float | None:
    """A finite number at a dotted path, such as `test.accuracy` in the content of `result.json`; None where there is none."""
    value: Any = content
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if is_number(value) else None
