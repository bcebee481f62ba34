"""The recipes of the saccade system."""

from __future__ import annotations

from saccade.recipes.active_vision.columns import COLUMNS, PROGRESS
from saccade.recipes.active_vision.data import MNIST_HELP, blank, open_digits
from saccade.recipes.active_vision.system import ACCURACY
from saccade.training.recipe import Recipe, lazily

from .published import published
from .settings import FIELD, GrlfSettings
from .task import GrlfTask
from .wiring import wire


def _recipe(name: str, summary: str, settings: GrlfSettings) -> Recipe:
    return Recipe(
        name,
        summary,
        settings,
        wire,
        open_digits,
        ACCURACY,
        GrlfTask,
        publication="GRLF report (Yax, Doerig, Kietzmann 2020), table 1",
        progress=PROGRESS,
        columns=COLUMNS,
        published=published,
        tables=lazily("saccade.recipes.grlf.tables:tables"),
        page=lazily("saccade.recipes.grlf.page:sections"),
        export=lazily("saccade.recipes.active_vision.export:export"),
        picture=lazily("saccade.recipes.active_vision.report.picture:write_picture"),
        example=blank,
        data_help=MNIST_HELP,
    )


GRLF = _recipe(
    "grlf",
    "Six 9x9 glimpses of a centred digit: recurrent reader by cross-entropy, saccader by PPO",
    GrlfSettings(),
)
GRLF_FIELD = _recipe(
    "grlf-field", "As grlf, but with the digit anywhere in a 60x60 field: the saccader has to search", FIELD
)
