"""The page of the saccade system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from saccade.recipes.active_vision.page import looking_sections
from saccade.recipes.active_vision.report.groups import PageWords
from saccade.runs import RunDirectory
from saccade.training.recipe import Recipe

from .published import IMAGES, published, references

_WORDS = PageWords(
    "Reading a digit in {fixations} fixations",
    published=published,
    references=references,
    after=IMAGES,
    note="; “best” is its best saccader, “centre” and “random” are its baselines.",
)
_FIELD = replace(_WORDS, title="Finding and reading a digit in {fixations} fixations")


def sections(recipe: Recipe, runs: Sequence[RunDirectory]) -> list[str]:
    """The sections of the page."""
    return looking_sections(recipe, runs, _FIELD if recipe.name == "grlf-field" else _WORDS)
