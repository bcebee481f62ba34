"""The tables of CutOut: overlaps on faces, portraits and horses, and the experiments of the source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from saccade.agents import LearnerSettings
from saccade.runs import Published
from saccade.worlds.rules import Pay, Pens

from .cutout_readings import overlaps, overlaps_on
from .cutout_settings import CutOutSettings, Sight
from .table import Cell, Kind, Table

_SOURCE = "CutOutRL report"
_GAMES = ((30, 18), (60, 8))  # steps, and pixels of a stroke
_MOVES = 72_000  # of all episodes of a run that is not the main one
_STALL = Published(f"{_SOURCE}, where it stalls, its own pictures of people", 0.8)
_SWEEP_SEEN = 2_000  # episodes of a run of the sweep
BEST = CutOutSettings()
BLIND = replace(BEST, forecast=0, images=8000)  # knows no forecast of the mask, and has more to learn


def _cells() -> list[Cell]:
    made = list[Cell]()
    for first, data, name in (
        (0, "", "faces"),
        (3, "portraits", "portraits"),
    ):  # one after the other: forecasts are shared
        for steps, length in _GAMES:
            for pens in (Pens.BOTH, Pens.ONE):
                main = (steps, pens) == (30, Pens.BOTH)  # the others take its forecasts
                images = BEST.images if main else _MOVES // steps
                settings = replace(BEST, images=images, steps=steps, length=length, pens=pens)
                tail, like = ("iou", "") if main else (f"{steps}x{length}/{pens}/iou", f"cutout/{name}/iou")
                made.append(
                    replace(_cell(f"{name}/{tail}", name, settings, data, turn=first if main else first + 2), like=like)
                )
        lone = replace(BLIND, pens=Pens.BOTH)
        made.append(_cell(f"{name}/no-forecast/iou", name, lone, data, "no forecast, ", turn=first + 1))
    horses = replace(
        next(cell for cell in made if cell.id == "cutout/portraits/iou"),
        id="cutout/horses/iou", column="horses", read=overlaps_on("horses"), elsewhere="horses",
        runs_of="cutout/portraits/iou", source=None,
    )  # fmt: skip
    return [*made, horses]


def _cell(id_: str, column: str, settings: CutOutSettings, images: str, words: str = "", turn: int = 0) -> Cell:
    row = f"{words}{settings.steps} x {settings.length} px, {settings.pens} pen{'s' if settings.pens is Pens.BOTH else ''} a step"
    return Cell(f"cutout/{id_}", "cutout", row, column, settings, _STALL, turn=turn, images=images, read=overlaps)


def _sweep() -> list[Cell]:
    """The source's experiments, one change at a time from its own setting: pictures only, no guide, no forecast.

    Its epochs, the episodes between two updates, are counted in ours of eight: the largest still leaves some updates.
    """
    base = CutOutSettings(
        images=_SWEEP_SEEN,
        batch=8,
        steps=16,
        length=8,
        pens=Pens.ONE,
        reward=Pay.IOU,
        sight=Sight.LAYERS,
        forecast=0,
        imitate=0.0,
    )
    learner: LearnerSettings = base.learner
    rate = learner.learning_rate
    fast = replace(learner, learning_rate=2 * rate, policy_learning_rate=2 * rate)
    rows: list[tuple[str, str, float | None, dict[str, Any]]] = [
        ("16-steps", "16 steps of 8 px, strokes as layers", None, {}),
        ("drawn-in", "… strokes drawn in", None, {"sight": Sight.DRAWN_IN}),
        ("40-steps", "… 40 steps", None, {"steps": 40}),
        ("60-steps", "… 60 steps", 0.8, {"steps": 60}),
        ("100-steps", "… 100 steps", None, {"steps": 100}),
        ("at-end", "60 steps, reward at the end", 0.6, {"steps": 60, "reward": Pay.AT_END}),
        ("rate-x2", "60 steps, learning rate x2", 0.75, {"steps": 60, "learner": fast}),
        *(
            (f"epoch-x{times}", f"60 steps, epochs x{times}", None, {"steps": 60, "batch": base.batch * times})
            for times in (4, 8, 16)
        ),
        ("18-px", "30 steps of 18 px", 0.8, {"steps": 30, "length": 18}),
        ("256-px", "60 steps, 256x256", 0.8, {"steps": 60, "size": 256}),
    ]
    return [
        Cell(
            f"cutout/sweep/{id_}/iou", "cutout", row, "faces", replace(base, **changes),
            None if theirs is None else Published(f"{_SOURCE}, section 4.3.2, its own pictures of people", theirs),
            read=overlaps,
        )
        for id_, row, theirs, changes in rows
    ]  # fmt: skip


TABLES = (
    Table("cutout", "CutOut: mean IoU", _cells(), Kind.OVERLAP),
    Table("cutout-sweep", f"The source's experiments, {_SWEEP_SEEN:,} episodes each: mean IoU", _sweep(), Kind.OVERLAP),
)
