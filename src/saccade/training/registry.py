"""Finds recipes and tables by name: those of every installed package that has entry points of the group `saccade.recipes`."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from functools import cache

from saccade.hints import nearest
from saccade.plugins import OURS, Registered, RegistryError, registered, the_one
from saccade.runs import RunDirectory

from .graph_task import GraphTask
from .own_graph import is_own_graph, stored
from .recipe import Recipe
from .table import Cell, Table

_GROUP = "saccade.recipes"
_NAMED = 8  # figures that a message names


class UnknownRecipeError(RegistryError):
    """There is no recipe of that name; the message suggests one."""


class UnknownFigureError(RegistryError):
    """No table has a figure of that id; the message suggests one."""


def recipe_names() -> list[str]:
    """The names of all recipes, ours first."""
    return list(dict.fromkeys(each.name for each in registered(_GROUP)))


def recipe_named(name: str, package: str = "") -> Recipe:
    """Find a recipe.

    Args:
        name: of the recipe.
        package: name and version of the package that brought it, where that is known; for the message.

    Raises:
        UnknownRecipeError: there is none of that name.
        RegistryError: two packages register it, or its package cannot be loaded.
    """
    entry = the_one(name, _GROUP, "recipe")
    if entry is not None:
        return _loaded(entry)
    names = recipe_names()
    if not names:
        raise UnknownRecipeError("no recipe is registered: install saccade itself, `pip install -e .` in its folder")
    if package and not package.startswith(f"{OURS} "):
        raise UnknownRecipeError(f"there is no recipe {name!r}: it came with the package {package}, install that again")
    match = get_close_matches(name, names, n=1)
    hint = f", did you mean {match[0]!r}?" if match else ""
    raise UnknownRecipeError(f"there is no recipe {name!r}{hint} (recipes: {', '.join(names)})")


def recipe_of(run: RunDirectory) -> Recipe:
    """The recipe of a run; of a graph of one's own, what the run itself says of it.

    Raises:
        RegistryError: see `recipe_named`.
    """
    return stored(run) if is_own_graph(run) else recipe_named(run.recipe, run.about["package"])


def package_of(name: str) -> str:
    """Name and version of the package that brings a recipe, for `settings.json`."""
    entry = the_one(name, _GROUP, "recipe")
    return entry.origin if entry else ""


def recipes() -> tuple[list[Recipe], list[str]]:
    """All recipes that can be loaded, and a sentence about each that cannot."""
    found, troubles = list[Recipe](), list[str]()
    for name in recipe_names():
        try:
            found.append(recipe_named(name))
        except RegistryError as error:
            troubles.append(str(error))
    return found, list(dict.fromkeys(troubles))


def tables() -> tuple[list[Table], list[str]]:
    """All tables of all recipes, and a sentence about each recipe that cannot be loaded."""
    found, troubles = recipes()
    every = list[Table]()
    for recipe in found:
        try:
            every += _tables_of(recipe)
        except RegistryError as error:
            troubles.append(str(error))
    return list({id(table): table for table in every}.values()), troubles  # recipes may share a table


def table_named(name: str) -> Table | None:
    """The table of that name; None: there is none.

    Raises:
        RegistryError: there are two tables of that name.
    """
    alike = [table for table in tables()[0] if table.name == name]
    if len(alike) > 1:
        brought = " and ".join(sorted({table.cells[0].recipe for table in alike}))
        raise RegistryError(f"there are two tables {name!r}, of the recipes {brought}: uninstall the package of one")
    return alike[0] if alike else None


def cell_named(id_: str) -> tuple[Table, Cell]:
    """The cell of a table whose figure has an id, such as `grlf/recurrent/accuracy-100k`.

    Raises:
        UnknownFigureError: no table of an installed recipe has it.
    """
    found = {cell.id: (table, cell) for table in tables()[0] for cell in table.cells}
    id_ = id_.removesuffix(".json")
    if id_ in found:
        return found[id_]
    parts = id_.split("/")
    alike = [each for count in range(len(parts), 0, -1) for each in found if each.split("/")[:count] == parts[:count]]
    near = list(dict.fromkeys(alike))[:_NAMED]
    hint = f"; there are {', '.join(near)}, …" if near else nearest(id_, found)
    raise UnknownFigureError(
        f"no table has a figure {id_!r}{hint}; the files under results/ are named so, without .json"
    )


def _tables_of(recipe: Recipe) -> list[Table]:
    try:
        found = list(recipe.all_tables())
        if odd := [each for each in found if not isinstance(each, Table)]:
            raise TypeError(f"{odd[0]!r} is no Table")
        for cell in (cell for table in found for cell in table.cells):
            if lacking := [name for name in ("describe", "budget") if not hasattr(cell.settings, name)]:
                raise TypeError(
                    f"{type(cell.settings).__name__} has no {' and no '.join(lacking)}: see TrainingSettings"
                )
    except Exception as error:  # whatever the package's code does wrong
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise RegistryError(
            f"the tables of the recipe {recipe.name!r} of the package {package_of(recipe.name)} cannot be made ({reason})"
        ) from error
    return found


@cache
def _loaded(entry: Registered) -> Recipe:
    recipe: Recipe = entry.load("recipe", Recipe)
    if recipe.name != entry.name:
        raise RegistryError(
            f"recipe {entry.name!r} of the package {entry.origin}: {entry.entry.value} is called {recipe.name!r}; give both one name"
        )
    if not dataclasses.is_dataclass(recipe.settings) or isinstance(recipe.settings, type):
        raise RegistryError(
            f"recipe {entry.name!r} of the package {entry.origin}: its settings are {recipe.settings!r}, they must be an instance of a "
            "frozen dataclass, such as saccade.training.TrainingSettings()"
        )
    lacking = [name for name in ("seen", "batch", "learner") if not hasattr(recipe.settings, name)]
    if recipe.task is GraphTask and lacking:
        raise RegistryError(
            f"recipe {entry.name!r} of the package {entry.origin}: its settings, {type(recipe.settings).__name__}, have no "
            f"{', no '.join(lacking)}; derive them from saccade.training.TrainingSettings, or take another task than GraphTask"
        )
    return recipe
