"""The tables of the saccade system: the source's, the baselines', and the field's.

A table is a list of cells; a cell is a figure under `results/`, trained over three seeds.
"""

from __future__ import annotations

from dataclasses import replace

from saccade.agents import LearnerSettings, PPOSettings
from saccade.runs import Published
from saccade.worlds import Reward

from .wiring import FIELD, GrlfSettings, Reader
from saccade.recipes.active_vision.settings import Gaze
from saccade.training.table import Cell, Table


def _published(per_cent: float) -> Published:
    return Published("GRLF report, table 1", per_cent / 100)


# The source's budget; two passes over every rollout, chosen on validation images.
_SHORT = GrlfSettings(images=100_000, learner=LearnerSettings(epochs=2))
_LONG = GrlfSettings()

# Rows of the source's table: reward, discount, learning rate of the saccader, and the source's
# test accuracies in per cent for the feed-forward and the recurrent reader.
_ROWS = (
    (Reward.AT_END, 0.9, 5e-5, 75, 90),
    (Reward.EACH_STEP, 0.9, 5e-5, 79, 89),
    (Reward.EACH_STEP, 0.9, 1e-3, 77, 92),
    (Reward.EACH_STEP, 0.99, 5e-5, 75, 90),
    (Reward.EACH_STEP, 0.99, 1e-3, 79, 91),
    (Reward.CROSS_ENTROPY, 0.9, 5e-5, 54, 84),
    (Reward.INVERSE_CROSS_ENTROPY, 0.9, 5e-5, 61, 89),
)
_BASELINES = ((Gaze.CENTRE, 80, 86), (Gaze.RANDOM, 28, 44))
_READERS = ((Reader.FEED_FORWARD, "feedforward"), (Reader.RECURRENT, "recurrent"))


def _source_cells() -> list[Cell]:
    cells = []
    for place, (reader, word) in enumerate(_READERS):
        # A smaller batch for the feed-forward reader (validation 91.6 against 88.1 %): more steps on as many images.
        short = replace(_SHORT, reader=reader, batch=128 if reader is Reader.FEED_FORWARD else _SHORT.batch)
        for gaze, *theirs in _BASELINES:
            row = f"always the {gaze}" if gaze is Gaze.CENTRE else "random places"
            cells.append(
                Cell(
                    f"grlf/table/{word}/{gaze}", "grlf", row, word, replace(short, gaze=gaze), _published(theirs[place])
                )
            )
        for reward, discount, rate, *theirs in _ROWS:
            row = f"{reward}, discount {discount}, rate {rate:g}"
            settings = replace(
                short,
                reward=reward,
                ppo=PPOSettings(discount=discount, gae_lambda=0.95),
                learner=LearnerSettings(epochs=2, policy_learning_rate=rate),
            )
            cells.append(
                Cell(
                    f"grlf/table/{word}/{reward}-{discount}-{rate:g}",
                    "grlf",
                    row,
                    word,
                    settings,
                    _published(theirs[place]),
                )
            )
        best = max(theirs[place] for *_, theirs in ((*row[:3], row[3:]) for row in _ROWS))
        cells.append(
            Cell(f"grlf/{word}/accuracy-100k", "grlf", "gain in log-probability (ours)", word, short, _published(best))
        )
    slow = replace(_SHORT, reader=Reader.CONVOLUTIONAL)  # first in the list is made last
    return [
        Cell("grlf/convolutional/accuracy-100k", "grlf", "gain in log-probability (ours)", "convolutional", slow),
        *cells,
    ]


def _gaze_cells(
    prefix: str, last: str, settings: GrlfSettings, gazes: tuple[Gaze, ...], theirs: Published | None
) -> list[Cell]:
    """One cell a gaze, same reader and training; the learned one comes last and cites the others."""
    others = [gaze for gaze in gazes if gaze is not Gaze.LEARNED]
    recipe = "grlf-field" if settings.field else "grlf"
    cells = [Cell(f"{prefix}/{gaze}", recipe, str(gaze), "recurrent", replace(settings, gaze=gaze)) for gaze in others]
    beside = {str(gaze): f"{prefix}/{gaze}" for gaze in others}
    return [*cells, Cell(last, recipe, str(Gaze.LEARNED), "recurrent", settings, theirs, beside)]


_LONGEST = Published("GRLF report, its longest training (hours)", 0.98)
_SCANS = (Gaze.LEARNED_SCAN, Gaze.FIXED_SCAN, Gaze.LEARNED)

TABLES = (
    Table("grlf", "GRLF, table 1: test accuracy after 100 000 images", _source_cells()),
    Table(
        "grlf-baselines",
        "Centred MNIST: who moves the eye, same reader and training",
        _gaze_cells(
            "grlf/baselines", "grlf/recurrent/accuracy-10min", _LONG, (Gaze.CENTRE, Gaze.RANDOM, *_SCANS), _LONGEST
        ),
    ),
    Table(
        "grlf-field",
        "A digit anywhere in a 60x60 field: who moves the eye, same reader and training",
        _gaze_cells("grlf/field60/baselines", "grlf/field60/accuracy", FIELD, _SCANS, None),
    ),
)
