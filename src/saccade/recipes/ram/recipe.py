"""The recipes of recurrent attention."""

from __future__ import annotations

from saccade.recipes.active_vision.columns import COLUMNS, PROGRESS
from saccade.recipes.active_vision.data import MNIST_HELP, blank, open_digits
from saccade.recipes.active_vision.system import ACCURACY
from saccade.training.recipe import Recipe, lazily

from . import pictures
from .published import published
from .settings import CLUTTERED, CLUTTERED_100, MNIST, TRANSLATED, RamSettings
from .task import RamTask
from .wiring import wire

_PUBLICATION = "Mnih, Heess, Graves, Kavukcuoglu 2014, tables 1 and 2"


def _recipe(name: str, summary: str, settings: RamSettings) -> Recipe:
    return Recipe(
        name,
        summary,
        settings,
        wire,
        open_digits,
        ACCURACY,
        RamTask,
        publication=_PUBLICATION,
        progress=PROGRESS,
        columns=COLUMNS,
        published=published,
        tables=lazily("saccade.recipes.ram.tables:tables"),
        page=lazily("saccade.recipes.ram.page:sections"),
        export=lazily("saccade.recipes.active_vision.export:export"),
        picture=lazily("saccade.recipes.active_vision.report.picture:write_picture"),
        example=blank,
        data_help=MNIST_HELP,
    )


RAM_MNIST = _recipe("ram-mnist", "RAM: six 8x8 glimpses of a centred digit", MNIST)
RAM_TRANSLATED = _recipe(
    "ram-translated", "RAM: eight three-scale glimpses; the digit lies anywhere in 60x60", TRANSLATED
)
RAM_CLUTTERED = _recipe("ram-cluttered", "RAM: as ram-translated, among four pieces of other digits", CLUTTERED)
RAM_CLUTTERED_100 = _recipe("ram-cluttered-100", "RAM: as ram-cluttered, with four scales in 100x100", CLUTTERED_100)
RAM = Recipe(
    "ram",
    "RAM on your own pictures: --data DIR, one sub-folder per class",
    pictures.PICTURES,
    pictures.wire,
    pictures.open_pictures,
    ACCURACY,
    RamTask,
    publication=_PUBLICATION,
    progress=PROGRESS,
    columns=COLUMNS,
    tables=tuple,  # there are no figures of pictures of one's own
    page=lazily("saccade.recipes.ram.page:sections"),
    export=lazily("saccade.recipes.active_vision.export:export"),
    picture=lazily("saccade.recipes.active_vision.report.picture:write_picture"),
    example=pictures.blank,
    stand_in=pictures.stand_in,
    data_help="Folder of the pictures: a sub-folder for every class; or train/ and test/ with such sub-folders.",
)
