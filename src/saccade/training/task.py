"""What a run trains: the part of training that is a system's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from saccade.runs import Metric, RunError

from .predictor import Predictor

LOGS = 100  # rows of metrics in a stage of training

Advance = Callable[[float], None]  # called with how much more of some work is done, in its own units


def silently(_: float) -> None:
    """Tell nobody how far some work is."""


class Share:
    """Counts what is done of some work, and tells the share.

    Args:
        watch: called with it, 0 to 1.
        whole: how much there is to do.
    """

    def __init__(self, watch: Callable[[float], None], whole: float) -> None:
        self._watch, self._whole, self._done = watch, whole, 0.0

    def add(self, amount: float) -> None:
        """So much more is done."""
        self._done += amount
        self._watch(min(self._done / self._whole, 1.0) if self._whole else 1.0)


@dataclass(frozen=True)
class DataId:
    """Which data a run is trained on: they must be the same when it is resumed."""

    name: str
    fingerprint: str = ""  # of all pixels and labels, where the name does not identify them
    shape: Mapping[str, Any] = field(
        default_factory=dict
    )  # JSON: what `Recipe.stand_in` makes data of the same sizes from


@dataclass(frozen=True)
class Rhythm:
    """Validations at even distances: `count` of them in every `span` of what is seen.

    Args:
        span, count: so many validations in so many images or decisions.
        first: where counting begins.
        at_first: one more validation there.
    """

    span: int
    count: int = 1
    first: int = 0
    at_first: bool = False

    def due(self, seen: int) -> int:
        """How many validations are due after so many images or decisions."""
        return 0 if seen < self.first else (seen - self.first) * self.count // self.span + self.at_first


@dataclass(frozen=True)
class Stage:
    """What the progress bar shows of a stage of training.

    Args:
        name: such as `stage 1 of 2, forecast`; "": there is one stage.
        unit: what is counted, in the plural; "": the recipe's unit.
        metrics: by their names in `metrics.jsonl`; none: those of the recipe.
    """

    name: str = ""
    unit: str = ""
    metrics: Sequence[Metric] = ()


class Task(Protocol):
    """A system with its data and its optimiser, as the training loop sees it."""

    @property
    def data_id(self) -> DataId:
        """Which data it is trained on."""

    @property
    def total(self) -> int:
        """How many images or decisions it learns from, repetitions counted."""

    @property
    def logs(self) -> int:
        """Rows of metrics in a stage of training, about."""

    @property
    def stage(self) -> int:
        """After how many a first stage of training ends, which other runs of the same seed may share; 0: there is none."""

    @property
    def validations(self) -> Rhythm:
        """When it is validated; each validation is made at the next row of metrics."""

    def stage_at(self, seen: int) -> Stage:
        """What the progress bar shows of the stage of training that an update after so many belongs to."""

    def must_save(self) -> bool:
        """Whether a checkpoint cannot wait."""

    def batch(self, seen: int) -> int:
        """How many to learn from next, after so many."""

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Learn from `n` more, after so many; metrics by name."""

    def validate(self) -> Mapping[str, float]:
        """Metrics on held-out data, by name."""

    def at_first(self) -> Mapping[str, float]:
        """Metrics before anything is learned, by name; they draw nothing from the random streams of training."""

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """The test, for `result.json`; what reports need besides goes into the folder. `watch` is called with the share that is done."""

    def conclude(self) -> None:
        """Free what only training needs: the run has ended, and its result is written."""

    def close(self) -> None:
        """Release what outlives it, such as processes; called in any case, also where training was stopped."""

    def state(self) -> dict[str, Tensor]:
        """Everything that the next update depends on."""

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`.

        Raises:
            KeyError, RuntimeError, ValueError: it is another system's.
        """

    def weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a `state` of any run of these settings, the trained weights alone: what a prediction depends on, and nothing of the data."""

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Tensors of the names and shapes of `weights`, before anything is learned."""

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin training with some weights, of the names and shapes of `fresh_weights`; the others are as they are."""

    def predictor(self, weights: Mapping[str, Tensor]) -> Predictor:
        """What the system makes of new input with `weights` that are its own.

        Raises:
            KeyError, RuntimeError, ValueError: they are another system's.
        """


class BaseTask:
    """What most tasks have in common: one stage, a hundred rows of metrics, nothing to free."""

    logs = LOGS
    stage = 0

    def stage_at(self, seen: int) -> Stage:
        """The one stage, with the recipe's unit and metrics."""
        return Stage()

    def must_save(self) -> bool:
        """Never: any checkpoint will do."""
        return False

    def at_first(self) -> Mapping[str, float]:
        """None: curves begin with the first validation."""
        return {}

    def conclude(self) -> None:
        """Nothing has to be freed."""

    def close(self) -> None:
        """Nothing outlives it."""

    def weights(self, _: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Raises: RunError: the task does not say which of its tensors are trained."""
        raise self._lacks("weights")

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Raises: RunError: the task does not say which of its tensors are trained."""
        raise self._lacks("fresh_weights")

    def start_from(self, _: Mapping[str, Tensor]) -> None:
        """Raises: RunError: the task cannot begin with the weights of another run."""
        raise self._lacks("start_from")

    def predictor(self, _: Mapping[str, Tensor]) -> Predictor:
        """Raises: RunError: the task does not say what its prediction is."""
        raise self._lacks("predictor")

    def _lacks(self, method: str) -> RunError:
        return RunError(f"{type(self).__name__} has no method {method}: see saccade.training.task.Task")


@dataclass(frozen=True)
class EarlyExit:
    """The outcome of ending an episode as soon as the system is confident enough to be right."""

    threshold: float  # of the predicted probability of being right
    looks: float  # mean number of fixations
    accuracy: float


@runtime_checkable
class ExitsEarly(Protocol):
    """A task whose episodes can end as soon as the system is confident enough."""

    def exit_early(self, threshold: float) -> EarlyExit:
        """Measure that on the test set.

        Raises:
            ValueError: the system does not predict whether it is right.
        """
