"""Runs that go on beyond their budget."""

from __future__ import annotations

from collections.abc import Sequence

from saccade.runs import RunDirectory, RunError

from .own_graph import refuse_own_graph
from .registry import recipe_of
from .settings import settings_of, to_plain


def extend(runs: Sequence[RunDirectory], budget: int) -> None:
    """Give runs a larger budget; those that have it already are left as they are.

    Raises:
        RunError: the budget of a run is larger, or its recipe has no such thing. None is changed then.
    """
    longer = list[tuple[RunDirectory, object, int]]()
    for run in runs:
        refuse_own_graph(run)
        recipe = recipe_of(run)
        settings = settings_of(run, type(recipe.settings))
        if not hasattr(settings, "with_budget"):
            raise RunError(
                f"{run.folder}, recipe {run.recipe}: {type(settings).__name__} has no with_budget, see saccade.training.TrainingSettings"
            )
        if budget < settings.budget:
            raise RunError(
                f"{run.folder} has a budget of {settings.budget:,} {recipe.unit}: {budget:,} are fewer, give more"
            )
        if budget > settings.budget:
            longer.append((run, settings.with_budget(budget), settings.budget))
    for run, settings, before in longer:
        with run.locked():
            run.extend(to_plain(settings), before)
