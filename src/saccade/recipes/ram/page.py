"""The page of recurrent attention."""

from __future__ import annotations

from collections.abc import Sequence

from saccade.recipes.active_vision.page import looking_sections
from saccade.recipes.active_vision.report.groups import PageWords
from saccade.runs import RunDirectory
from saccade.training.recipe import Recipe

from .published import published, references

_TITLES = {  # of RAM, and of networks that see everything at once
    "ram": ("RAM on your own pictures: {fixations} glimpses", "Your own pictures, seen at once"),
    "ram-mnist": ("RAM: reading a digit in {fixations} glimpses", "Reading a digit at once"),
    "ram-translated": (
        "RAM: finding and reading a digit in {fixations} glimpses",
        "Finding and reading a digit at once",
    ),
    "ram-cluttered": ("RAM: a digit among clutter, in {fixations} glimpses", "A digit among clutter, seen at once"),
    "ram-cluttered-100": (
        "RAM: a digit among more clutter, in {fixations} glimpses",
        "A digit among more clutter, seen at once",
    ),
}


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    title, at_once = _TITLES.get(recipe.name, (recipe.summary, recipe.summary))
    thing = "picture" if recipe.name == "ram" else "digit"
    return looking_sections(
        recipe, runs, PageWords(title, at_once, thing, True, published=published, references=references)
    )
