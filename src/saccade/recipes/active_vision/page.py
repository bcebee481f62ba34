"""The page of a system that classifies by fixations: curves, scanpaths, fixation maps, and the source's figures."""

from __future__ import annotations

from collections.abc import Sequence

from saccade.report.comparison import in_order, ranking
from saccade.report.markup import section
from saccade.report.tables import how_it_was_made
from saccade.runs import RunDirectory
from saccade.training.recipe import Recipe

from .report import animation, curves, glimpses, maps, scanpaths
from .report.groups import LookingGroup, PageWords, gather_looking, principal
from .report.header import header, tiles
from .report.table import table_of_groups


def looking_sections(recipe: Recipe, runs: Sequence[RunDirectory], words: PageWords) -> list[str]:
    """The sections of the page.

    Args:
        recipe: of the runs.
        runs: run directories, ended or not.
        words: what the page says in words of the recipe's own.
    """
    gathered = gather_looking(runs, recipe.unit, words)
    rank = ranking(gathered, gathered[0].metric, "test.accuracy")
    groups = in_order(gathered, rank)
    main = principal(groups)
    of = f": {main.name}" if len(groups) > 1 else ""  # not always the group that the page begins with
    return [
        header(groups, groups[0]),
        section("numbers", "In numbers", tiles(groups, rank)),
        section("learning", "Learning", curves.learning(groups)),
        section("scanpaths", f"Where it looked{of}", maps.damages(groups), scanpaths.gallery(main)),
        section("glimpses", f"What a glimpse holds{of}", glimpses.scales(main)),
        section("animation", f"What the eye sees{of}", animation.playback(main)),
        section("maps", "Where fixations land", maps.verdicts(groups), curves.hits(groups), _maps(groups, main)),
        section("fixations", "What each fixation adds", curves.by_fixation(groups)),
        section("stopping", f"Stopping early{of}", curves.stopping(main)),
        section("table", "All groups" if len(groups) > 1 else "The runs", table_of_groups(groups, rank)),
        section("made", "How it was made", how_it_was_made(groups)),
    ]


def _maps(groups: Sequence[LookingGroup], main: LookingGroup) -> str:
    return maps.by_class(main) + maps.by_fixation(main) + maps.around_digit(main) + maps.by_group(groups)
