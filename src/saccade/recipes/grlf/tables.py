"""The tables of the saccade system: the source's, the baselines', and the field's.

A table is a list of cells; a cell is a figure under `results/`, trained over three seeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from saccade.agents import LearnerSettings, PPOSettings
from saccade.recipes.active_vision.measurements import accuracies
from saccade.recipes.active_vision.system import ACCURACY
from saccade.runs import Published
from saccade.training.settings import to_plain
from saccade.training.table import Cell, Table

from .published import LONGEST, ROWS, published
from .settings import FIELD, Gaze, GrlfSettings, Reader

# The source's budget; two passes over every rollout, chosen on validation images.
_SHORT = GrlfSettings(seen=100_000, learner=LearnerSettings(epochs=2))
_LONG = GrlfSettings()
_READERS = ((Reader.FEED_FORWARD, "feedforward"), (Reader.RECURRENT, "recurrent"))
_OURS = "gain in log-probability (ours)"


def _source_cells() -> list[Cell]:
    slow = replace(_SHORT, reader=Reader.CONVOLUTIONAL)  # first in the list is made last
    cells = [Cell("grlf/convolutional/accuracy-100k", "grlf", _OURS, "convolutional", slow)]
    for reader, word in _READERS:
        # A smaller batch for the feed-forward reader (validation 91.6% against 88.1%): more steps on as many images.
        short = replace(_SHORT, reader=reader, batch=128 if reader is Reader.FEED_FORWARD else _SHORT.batch)
        cells += _of_reader(reader, word, short)
    return cells


def _of_reader(reader: Reader, word: str, short: GrlfSettings) -> Iterator[Cell]:
    for gaze in (Gaze.CENTRE, Gaze.RANDOM):
        settings = replace(short, gaze=gaze)
        row = f"always at the {gaze}" if gaze is Gaze.CENTRE else "random fixations"
        yield Cell(f"grlf/table/{word}/{gaze}", "grlf", row, word, settings, published("grlf", to_plain(settings)))
    for theirs in ROWS:
        settings = replace(
            short,
            reward=theirs.reward,
            ppo=PPOSettings(discount=theirs.discount, gae_lambda=0.95),
            learner=LearnerSettings(epochs=2, policy_learning_rate=theirs.rate),
        )
        yield Cell(
            f"grlf/table/{word}/{theirs.reward}-{theirs.discount}-{theirs.rate:g}",
            "grlf",
            f"{theirs.reward}, discount {theirs.discount}, rate {theirs.rate:g}",
            word,
            settings,
            theirs.accuracy[reader].published,
        )
    yield Cell(f"grlf/{word}/accuracy-100k", "grlf", _OURS, word, short, published("grlf", to_plain(short)))


def _gaze_cells(
    prefix: str, last: str, settings: GrlfSettings, gazes: tuple[Gaze, ...], theirs: Published | None
) -> list[Cell]:
    """One cell a gaze, same reader and training; the learned one comes last and cites the others."""
    others = [gaze for gaze in gazes if gaze is not Gaze.LEARNED]
    recipe = "grlf-field" if settings.field else "grlf"
    cells = [Cell(f"{prefix}/{gaze}", recipe, str(gaze), "recurrent", replace(settings, gaze=gaze)) for gaze in others]
    baselines = {str(gaze): f"{prefix}/{gaze}" for gaze in others}
    return [*cells, Cell(last, recipe, str(Gaze.LEARNED), "recurrent", settings, theirs, baselines)]


_SCANS = (Gaze.LEARNED_SCAN, Gaze.FIXED_SCAN, Gaze.LEARNED)
_GAZES = (Gaze.CENTRE, Gaze.RANDOM, *_SCANS)
_TABLES = tuple(
    Table(name, title, [replace(cell, measure=accuracies) for cell in cells], ACCURACY)
    for name, title, cells in (
        ("grlf", "GRLF, table 1: test accuracy after 100,000 images", _source_cells()),
        (
            "grlf-baselines",
            "Centred MNIST: who moves the eye, same reader and training",
            _gaze_cells("grlf/baselines", "grlf/recurrent/accuracy-10min", _LONG, _GAZES, LONGEST),
        ),
        (
            "grlf-field",
            "A digit anywhere in a 60x60 field: who moves the eye, same reader and training",
            _gaze_cells("grlf/field60/baselines", "grlf/field60/accuracy", FIELD, _SCANS, None),
        ),
    )
)


def tables() -> tuple[Table, ...]:
    """The tables of the saccade system."""
    return _TABLES
