"""Runs that go on beyond their budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from saccade.runs import RunDirectory, RunError

from .launch import RunEvent, Watcher
from .own_graph import refuse_own_graph
from .registry import recipe_of
from .settings import settings_of, to_plain


def extend(runs: Sequence[RunDirectory], budget: int, data: str | None, watch: Watcher) -> None:
    """Give runs a larger budget; those that have it already are left as they are.

    Args:
        runs: whose budget it is.
        budget: how many images, episodes or decisions.
        data: folder of the data; None: where each run found them.
        watch: called with every `RunEvent`.

    Raises:
        DataError, OwnCodeError, SettingsError: what a run learns from, or a network of one's own, is not here.
        RunError: the budget of a run is larger, its recipe has no such thing, or another process trains it.
        In any case none is changed then.
    """
    longer = list[tuple[RunDirectory, object, int]]()
    with ExitStack() as locks:
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
                locks.enter_context(run.locked())
                opened = recipe.open_data(data or run.about["data"], settings, _reading(run, watch))
                recipe.wire(settings, opened.train)
                longer.append((run, settings.with_budget(budget), settings.budget))
        for run, settings, before in longer:
            run.extend(to_plain(settings), before)


def _reading(run: RunDirectory, watch: Watcher) -> Callable[[float], None]:
    """Tells the share of its data that is read."""
    return lambda share: watch(RunEvent(run.folder, read=share))
