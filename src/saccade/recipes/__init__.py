"""One file a system: its wiring, its settings and the source's figures."""

from __future__ import annotations

from difflib import get_close_matches

from saccade.recipes.cutout import settings as cutout_settings
from saccade.recipes.dqn import settings as dqn_settings
from saccade.recipes.grlf import wiring as grlf
from saccade.recipes.ram import pictures, wiring as ram
from saccade.training.recipe import LookingSystem, Recipe
from saccade.recipes.active_vision.task import LookingTask


class UnknownRecipeError(ValueError):
    """There is no recipe of that name; the message suggests one."""


_RAM = "Mnih, Heess, Graves, Kavukcuoglu 2014, tables 1 and 2"

_DQN = "Mnih et al. 2013, table 1; Mnih et al. 2015"

_GRLF = "GRLF report (Yax, Doerig, Kietzmann 2020), table 1"

_ALL = (
    Recipe(
        "grlf",
        "Six 9x9 looks at a centred digit: recurrent reader by cross-entropy, saccader by PPO",
        grlf.GrlfSettings(),
        grlf.wire,
        _GRLF,
        LookingTask,
    ),
    Recipe(
        "grlf-field",
        "The same, the digit anywhere in a 60x60 field: here the saccader has to search",
        grlf.FIELD,
        grlf.wire,
        _GRLF,
        LookingTask,
    ),
    Recipe("ram-mnist", "Six 8x8 glimpses at a centred digit", ram.MNIST, ram.wire, _RAM, LookingTask),
    Recipe(
        "ram-translated",
        "Eight three-scale glimpses; the digit lies anywhere in 60x60",
        ram.TRANSLATED,
        ram.wire,
        _RAM,
        LookingTask,
    ),
    Recipe("ram-cluttered", "The same among four pieces of other digits", ram.CLUTTERED, ram.wire, _RAM, LookingTask),
    Recipe(
        "ram-cluttered-100",
        "Four scales; the digit among clutter in 100x100",
        ram.CLUTTERED_100,
        ram.wire,
        _RAM,
        LookingTask,
    ),
    Recipe(
        "ram",
        "RAM on pictures of one's own: --images DIR, a sub-folder a class",
        pictures.PICTURES,
        pictures.wire,
        _RAM,
        LookingTask,
        pictures.open_pictures,
        "Folder of the pictures: a sub-folder for every class; or train/ and test/ with such sub-folders.",
        pictures.blank,
    ),
    Recipe(
        "cutout",
        "Segment by scribbling: two pens on a picture, drawn faces or --images DIR of images with masks",
        cutout_settings.CutOutSettings(),
        cutout_settings.wire,
        "CutOutRL report, section 4",
        cutout_settings.begin,
        cutout_settings.open_images,
        "Folder of the pictures: images/ and masks/, with masks of the same names; default: drawn faces.",
        cutout_settings.blank,
    ),
    *(
        Recipe(
            f"dqn-{game.replace('_', '-')}",
            f"Deep Q-learning on {words}, from pixels",
            dqn_settings.DQNSettings(game),
            dqn_settings.wire,
            _DQN,
            dqn_settings.begin,
            dqn_settings.open_game,
            blank=dqn_settings.blank,
        )
        for game, words in dqn_settings.GAMES.items()
    ),
    Recipe(
        "dqn",
        "The same on any Atari game or Gymnasium environment that shows pixels: --env NAME",
        dqn_settings.DQNSettings(""),
        dqn_settings.wire,
        _DQN,
        dqn_settings.begin,
        dqn_settings.open_game,
        blank=dqn_settings.blank,
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def recipe_named(name: str) -> Recipe:
    """Find a recipe.

    Raises:
        UnknownRecipeError: there is none of that name.
    """
    if name not in RECIPES:
        match = get_close_matches(name, RECIPES, n=1)
        hint = f", did you mean {match[0]!r}?" if match else ""
        raise UnknownRecipeError(f"there is no recipe {name!r}{hint} (recipes: {', '.join(RECIPES)})")
    return RECIPES[name]


__all__ = ["RECIPES", "LookingSystem", "Recipe", "UnknownRecipeError", "recipe_named"]
