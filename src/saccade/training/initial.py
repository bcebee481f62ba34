"""Weights of one run as the beginning of another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from saccade.runs import Checkpoint, RunDirectory, RunError, find_runs

from .load import the_run, trained_weights
from .predictor import fitting
from .recipe import Recipe

_NAMED = 4  # tensors that a message names


def sources(folder: Path, seeds: Sequence[int]) -> list[RunDirectory]:
    """The run that each seed begins with: the one in the folder, or that of the same seed; or weights of that name which come with the package.

    Raises:
        RunError: there are several, and none of a seed.
    """
    runs = find_runs(folder) if folder.exists() else [the_run(folder)]
    if len(runs) == 1:
        return runs * len(seeds)
    of_seed = {run.seed: run for run in runs}
    if lost := [seed for seed in seeds if seed not in of_seed]:
        raise RunError(
            f"{folder} holds {len(runs)} runs, none of seed {lost[0]}: name one of them, such as {runs[0].folder}"
        )
    return [of_seed[seed] for seed in seeds]


def initial_weights(folder: Path, recipe: Recipe, settings: Any, data: Any, source: RunDirectory) -> Checkpoint:
    """The weights of a run that fit a new one, and a notice that says which do.

    Args:
        folder, recipe, settings, data: of the new run.
        source: the run that they are of.

    Raises:
        RunError: it has no checkpoint yet, or none of its tensors fits.
    """
    weights = trained_weights(source)
    with torch.random.fork_rng(devices=()):
        own = recipe.task(recipe, settings, data, 0, folder).fresh_weights()
    try:
        fit, odd = fitting(own, weights)
    except ValueError as error:
        raise RunError(
            f"{source.folder}, recipe {source.recipe}, cannot be where a run of {recipe.name} begins: {error}; take a run of the same kind of network"
        ) from error
    others = (
        f"; not: {'; '.join(odd[:_NAMED])}{f'; and {len(odd) - _NAMED} more' if len(odd) > _NAMED else ''}"
        if odd
        else ""
    )
    notice = f"begins with the weights of {source.folder}: {len(fit)} of {len(own)} tensors fit{others}"
    return Checkpoint(fit, {"notice": notice, "from": str(source.folder.resolve())})
