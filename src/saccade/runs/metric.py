"""What a number means: its name in files, its unit, how it is written, and which direction is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .entries import is_number
from .intervals import Difference, Interval, mean_interval

_FEW_ERRORS = 0.98  # a percentage from here on needs a further digit


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
        fine: a format with more digits, for percentages where one is 98% or more, and for numbers where all lie between -1 and 1; "": none.
    """

    name: str
    label: str
    unit: str
    format: str = "{:.3f}"
    higher_is_better: bool = True
    low: float | None = None
    high: float | None = None
    proportion: bool = False
    fine: str = ""

    def __post_init__(self) -> None:
        """Raises: ValueError: its format is none of a number."""
        for each in (self.format, self.fine):
            check_format(self.label, each)

    @property
    def better(self) -> str:
        """`higher` or `lower`."""
        return "higher" if self.higher_is_better else "lower"

    @property
    def is_percentage(self) -> bool:
        """Whether values are written as percentages."""
        return self.format.endswith("%}")

    def shown(self, value: float) -> str:
        """A value as text."""
        return self.format.format(value)

    def alike(self, values: Iterable[float]) -> Metric:
        """The metric with the digits that these values need: what stands on one page is rounded alike.

        Args:
            values: those that matter most on it, such as the means of all groups.
        """
        kept = list(values)
        needed = max(kept, default=0) >= _FEW_ERRORS if self.is_percentage else max(map(abs, kept), default=2) <= 1
        return replace(self, format=self.fine) if self.fine and needed else self

    def interval(self, values: Sequence[float], test_images: int) -> Interval | None:
        """95% interval of its mean over seeds that were measured on the same `test_images` images; None of one seed."""
        images = test_images if self.proportion else 0
        return mean_interval(values, low=self.low, high=self.high, test_images=images)

    def with_interval(self, value: float, interval: Interval | None) -> str:
        """A mean and its interval as text: `98.1% [98.0%, 98.2%]`."""
        return self.shown(value) + (
            "" if interval is None else f" [{self.shown(interval[0])}, {self.shown(interval[1])}]"
        )

    @property
    def points(self) -> str:
        """What differences are counted in, if values are percentages; else nothing."""
        return "percentage points" if self.is_percentage else ""

    def difference(self, found: Difference) -> str:
        """A difference with its interval as text, without `points`: `+0.3 [-0.1, +0.7]`."""
        mean, *bounds = (self.signed(value) for value in (found.mean, *(found.interval or ())))
        return mean + (f" [{', '.join(bounds)}]" if bounds else "")

    def signed(self, value: float) -> str:
        """A difference as text, without `points`: `+0.3`; what rounds to zero has no sign."""
        size = self.shown(abs(value)).removesuffix("%")
        return size if not any(digit in size for digit in "123456789") else ("+" if value > 0 else "-") + size

    def published(self, value: float) -> str:
        """A published value as text, with as many digits as the source gives."""
        return f"{100 * value:g}%" if self.is_percentage else f"{value:,g}"


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
