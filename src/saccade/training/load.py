"""A trained run in memory, to predict with."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from saccade.devices import on_cpu
from saccade.disk import check_reachable
from saccade.extras import MissingExtraError
from saccade.graph import Graph
from saccade.own_code import OwnCodeError
from saccade.runs import RunDirectory, RunError, find_runs, load_checkpoint, previous
from saccade.worlds import DataError

from .data import Splits
from .own_graph import is_own_graph, refuse_own_graph, weights_of
from .predictor import Prediction, Predictor
from .recipe import Recipe
from .registry import recipe_of
from .settings import SettingsError, settings_of
from .shipped import shipped, shipped_names
from .task import Task


def _drawing_nothing() -> AbstractContextManager[None]:
    """The caller's random stream stays as it is: systems are wired in here, which draws weights that are replaced."""
    return torch.random.fork_rng(devices=())


@dataclass(frozen=True)
class Trained:
    """A trained system. On the processor, in `eval()` mode.

    Attributes:
        recipe, settings: what was trained.
        run: where.
        weights: the trained tensors by name; nothing of the training set or the optimiser is among them.
        predictor: what answers new input.
    """

    recipe: Recipe
    settings: Any
    run: RunDirectory
    weights: Mapping[str, Tensor]
    predictor: Predictor

    @property
    def graph(self) -> Graph:
        """The wired graph, with the trained weights."""
        return self.predictor.graph

    @property
    def module(self) -> nn.Module:
        """The trained networks in plain PyTorch: `forward` maps a batch of inputs to what is predicted."""
        with _drawing_nothing():
            return self.predictor.module

    def predict(self, inputs: Any) -> Prediction:
        """What the system makes of new input; of which kind, and what is returned, stands on the page of the system.

        Raises:
            PredictionError: the input is of another shape or type.
        """
        with _drawing_nothing():
            return self.predictor.predict(inputs)


def load(run: RunDirectory, data: str | None = None) -> Trained:
    """A run as its newest checkpoint has it. Its training data are not read where its sizes are known without.

    Args:
        run: the run.
        data: folder of the data, for recipes that cannot do without.

    Raises:
        RunError: there is no checkpoint yet, or it does not fit.
    """
    refuse_own_graph(run)
    recipe = recipe_of(run)
    settings = settings_of(run, type(recipe.settings))
    try:
        with _drawing_nothing():
            weights, task = _weights(run, recipe, settings, data)
            predictor = task.predictor(weights)
    except RunError:
        raise
    except (DataError, MissingExtraError, OwnCodeError, SettingsError) as error:
        raise RunError(f"{run.folder} cannot be loaded: {error}") from error
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise RunError(_misfit(run, error)) from error
    return Trained(recipe, settings, run, weights, predictor)


def the_run(folder: Path) -> RunDirectory:
    """The one run in a folder; or the weights of that name which come with the package, where there is no such folder.

    Raises:
        RunError: there is none, or there are several.
    """
    check_reachable(folder)
    if not folder.exists() and str(folder) in shipped_names():
        return shipped(str(folder))
    if not folder.exists() and len(folder.parts) == 1:
        names = ", ".join(shipped_names()) or "none"
        raise RunError(
            f"there is no folder {folder}, and no weights of that name come with saccade (there are {names})"
        )
    runs = find_runs(folder)
    if len(runs) > 1:
        raise RunError(f"{folder} holds {len(runs)} runs: name one of them, such as {runs[0].folder}")
    return runs[0]


def trained_weights(run: RunDirectory) -> dict[str, Tensor]:
    """The trained tensors of a run, by name.

    Raises:
        RunError: there is no checkpoint yet, or it does not fit.
    """
    if is_own_graph(run):
        return weights_of(run)
    recipe = recipe_of(run)
    with _drawing_nothing():
        return _weights(run, recipe, settings_of(run, type(recipe.settings)), None)[0]


def _weights(run: RunDirectory, recipe: Recipe, settings: Any, data: str | None) -> tuple[dict[str, Tensor], Task]:
    """The trained tensors of a run, and its task around a stand-in for its data."""
    path = run.weights if run.weights.exists() else run.checkpoint
    if not path.exists() and not previous(path).exists():
        raise RunError(no_checkpoint(run))
    saved, _ = load_checkpoint(path)
    shape = saved.numbers.get("shape")
    task: Task = recipe.task(recipe, settings, _stand_in(run, recipe, settings, shape, data), run.seed, run.folder)
    if path == run.weights:
        return {name: _whole(value) for name, value in saved.tensors.items()}, task
    try:
        return task.weights(saved.tensors), task
    except (KeyError, ValueError) as error:
        raise RunError(_misfit(run, error)) from error


@on_cpu
def _stand_in(run: RunDirectory, recipe: Recipe, settings: Any, shape: Any, data: str | None) -> Any:
    """Data of the run's sizes: made from what the checkpoint says of them, or the example that graphs are drawn around, or opened."""
    if recipe.stand_in is not None:
        try:
            one = recipe.stand_in(settings, shape if isinstance(shape, Mapping) else {})
            return Splits(one, one, one)
        except KeyError:  # checkpoints of before do not say it
            pass
    elif recipe.example is not None:
        one = recipe.example(settings)
        return Splits(one, one, one)
    return recipe.open_data(data or run.about["data"], settings, lambda _: None)


def _whole(value: Tensor) -> Tensor:
    """Weights that are stored in half precision as they are computed with."""
    return value.float() if value.is_floating_point() else value


def no_checkpoint(run: RunDirectory) -> str:
    """What to do about a run without a checkpoint."""
    if run.result is None:
        return f"{run.folder} has no checkpoint yet: `saccade resume {run.folder}`"
    return (
        f"{run.folder} has ended, and its checkpoint is gone (its figures stand in result.json): "
        f"to train it anew, delete result.json there and `saccade resume {run.folder}`"
    )


def _misfit(run: RunDirectory, error: Exception) -> str:
    reason = " ".join(str(error).split())
    return f"the weights of {run.folder} do not fit its settings.json: was it written by another version of saccade, or changed? ({reason})"
