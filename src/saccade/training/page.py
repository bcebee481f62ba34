"""The page about runs: that of their recipe, or else curves of the metrics, a table of the runs, and how they were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from saccade.command_line import warn
from saccade.extras import MissingExtraError
from saccade.plugins import RegistryError
from saccade.report.comparison import Ranking, in_order, ranking
from saccade.report.curves import learning_curves
from saccade.report.group import Group, Spread, gather
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, duration, element, listed, notice, rows_of, section
from saccade.report.tables import how_it_was_made
from saccade.runs import Metric, Published, RunDirectory, RunError

from .recipe import LOSS, REWARD, Recipe
from .registry import package_of, recipe_of


def page_of(runs: Sequence[RunDirectory]) -> Sequence[str]:
    """The sections of the page about some runs: of the recipe's own page, if there is one for all of them and it can be made.

    Raises:
        RegistryError: a recipe is not registered, or cannot be loaded.
    """
    recipes = {run.recipe: recipe_of(run) for run in runs}
    first, *others = recipes.values()
    if first.page is None or any(other.page != first.page for other in others):
        return sections(recipes, runs)
    try:
        found = list(first.page(first, runs))
        if odd := [each for each in found if not isinstance(each, str)]:
            raise TypeError(f"{odd[0]!r} is no text")
    except (RunError, RegistryError, MissingExtraError):
        raise
    except Exception as error:  # whatever the package's code does wrong
        trouble = _trouble("page", first, error)
        head, *rest = sections(recipes, runs)
        return [head, notice(f"{trouble}: this is the page of every recipe."), *rest]
    return found


def with_recipe(runs: Sequence[RunDirectory]) -> list[RunDirectory]:
    """The runs whose recipe can be loaded, and a line on standard error about each of the others.

    Raises:
        RegistryError: there is none.
    """
    found, troubles = list[RunDirectory](), list[RegistryError]()
    for run in runs:
        try:
            recipe_of(run)
        except RegistryError as error:
            troubles.append(type(error)(f"{run.folder} is left out: {error}"))
        else:
            found.append(run)
    if runs and not found:
        raise troubles[0]
    warn([str(each) for each in troubles])
    return found


def _trouble(what: str, recipe: Recipe, error: Exception) -> str:
    """A sentence about a part of a recipe that failed, which is said on standard error, too."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    sentence = (
        f"the {what} of the recipe {recipe.name!r} of the package {package_of(recipe.name)} cannot be made ({reason})"
    )
    warn([f"{sentence}; the report is made without it"])
    return sentence


def _published(recipe: Recipe, group: Group) -> Published | None:
    try:
        return recipe.published(recipe.name, group.settings)
    except Exception as error:  # whatever the package's code does wrong
        _trouble("published figure", recipe, error)
        return None


def sections(recipes: Mapping[str, Recipe], runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of a page about runs of any recipes, by the recipes' names."""
    first = recipes[runs[0].recipe]
    gathered = [replace(group, unit=recipes[group.recipe].unit) for group in gather(runs, first.unit)]
    alike = [group for group in gathered if recipes[group.recipe].metric == first.metric]
    path = f"test.{first.metric.name}"
    means = [value.mean for group in alike if (value := group.measured(path, first.metric))]
    rank = ranking(alike, first.metric.alike(means), path)
    groups = in_order(gathered, rank)
    title = first.summary if len(recipes) == 1 else f"Comparison of {listed(list(recipes))}"
    which = f", {groups[0].name}" if len(groups) > 1 and not rank else ""
    return [
        masthead(groups, groups[0], title, _lead(list(recipes.values()))),
        section("numbers", "In numbers", _tiles(recipes[groups[0].recipe], groups[0], rank, which)),
        section("learning", "Learning", *_learning(recipes, groups, rank.metric), _troubles(groups)),
        section("table", "All groups" if len(groups) > 1 else "The runs", _table(recipes, groups, rank)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _lead(recipes: Sequence[Recipe]) -> str:
    """By what runs are measured; of several recipes, what each is, too."""
    found = []
    for recipe in recipes:
        metric, name = recipe.metric, "" if len(recipes) == 1 else f"{recipe.name}: {recipe.summary}. "
        unit = f"{metric.unit}, " if metric.unit else ""
        found.append(f"{name}Measured by {metric.label} ({unit}{metric.better} is better).")
    return " ".join(found)


def _results(groups: Sequence[Group], recipe: Recipe) -> list[dict[str, Any]]:
    """The results of a recipe's runs that have ended."""
    runs = (run for group in groups if group.recipe == recipe.name for run in group.runs)
    return [run.result for run in runs if run.result is not None]


def _tiles(recipe: Recipe, group: Group, rank: Ranking[Group], which: str) -> str:
    """The headline numbers of the group that is ahead; `which` names it where it is alone in what it is measured by."""
    metric, found = rank.metric, group.measured(f"test.{recipe.metric.name}", recipe.metric)
    made = []
    if found is not None:
        name, number = f"Test {metric.label}{which}", metric.shown(found.mean)
        made.append(tile(name, number, interval(found, metric), rank.lead(), class_="tile wide"))
    if (theirs := _published(recipe, group)) is not None:
        made.append(tile("Published", metric.published(theirs.value), theirs.name))
    others = [other for other in _metrics([group], recipe) if other.name != metric.name]
    made += [
        tile(f"Test {other.label}", other.shown(value.mean), interval(value, other))
        for other in others
        if (value := group.measured(f"test.{other.name}", other))
    ]
    columns = (column for column in recipe.columns if column.path not in {f"test.{other.name}" for other in others})
    found_too = ((column, group.measured(column.path)) for column in columns)
    made += [
        tile(column.title, (column.format or metric.format).format(value.mean), "")
        for column, value in found_too
        if value
    ]
    return (rank.title if rank else "") + element("div", *made, class_="tiles") if made else ""


def _learning(recipes: Mapping[str, Recipe], groups: Sequence[Group], main: Metric) -> list[str]:
    """Curves of all metrics, `main` as it is written in the headline."""
    curves = []
    metrics = (metric for recipe in recipes.values() for metric in _metrics(groups, recipe))
    for metric in {**{metric.name: metric for metric in metrics}, main.name: main}.values():
        names = f"validation_{metric.name}", f"train_{metric.name}"
        validated = any(group.mean_curve(names[0]) for group in groups)
        sets = (
            "on validation data; faint: on training data as they came" if validated else "on training data as they came"
        )
        words = f"{metric.label[0].upper()}{metric.label[1:]} {sets}."
        curves.append(learning_curves(groups, *names, metric, words))
    if any(value for group in groups for _, value in group.mean_curve("reward")):  # without an actor it is 0
        words = "Reward in training: the sum over an episode, the mean over episodes."
        curves.append(learning_curves(groups, "reward", "reward", REWARD, words))
    loss = learning_curves(groups, "loss", "loss", LOSS, "Loss in training.")
    return [*curves, loss]


def _metrics(groups: Sequence[Group], recipe: Recipe) -> list[Metric]:
    return recipe.all_metrics([{}, *_results(groups, recipe)])


def _troubles(groups: Sequence[Group]) -> str:
    return "".join(notice(run.trouble) for group in groups for run in group.runs if run.trouble)


def _table(recipes: Mapping[str, Recipe], groups: Sequence[Group], rank: Ranking[Group]) -> str:
    rows, ranked = [], {id(group) for group in rank.groups}
    for group in groups:
        seen, seconds = group.measured("seen"), group.measured("seconds")
        trained = f"{count(seen.mean)} {group.unit}" if seen else "–"
        for metric in _metrics([group], recipes[group.recipe]):
            if found := group.measured(f"test.{metric.name}", metric):
                took = duration(seconds.mean) if seconds else "–"
                main = id(group) in ranked and metric.name == rank.metric.name
                shown, *seeds = _measured(rank.metric if main else metric, found)
                apart = [rank.to_best(group) if main else "–"] if rank else []
                rows.append([group.name, metric.label, shown, *apart, *seeds, trained, took])
    apart = [rank.head] if rank else []
    return rows_of(("group", "metric", "test", *apart, "by seed", "training", "time"), rows)


def _measured(metric: Metric, found: Spread) -> tuple[str, str]:
    """A metric on the test set: the mean, with its interval where there is one, and the value of each seed."""
    whole = metric.with_interval(found.mean, found.interval)
    return whole, " · ".join(metric.shown(value) for value in found.values)
