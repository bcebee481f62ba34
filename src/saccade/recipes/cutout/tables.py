"""The tables of CutOut: overlaps on faces, portraits and horses, and the experiments of the source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from saccade.agents import LearnerSettings
from saccade.training.table import Cell, Table
from saccade.worlds.cutout.rules import CutOutReward, Pens

from .measurements import overlaps, overlaps_on
from .published import STALL, experiment
from .recipe import IOU
from .settings import CutOutSettings, Sight

_EPISODES = ((30, 18), (60, 8))  # steps, and pixels of a stroke
_STEPS = 72_000  # of all episodes of a run that is not the main one
_SWEEP_STEPS, _SWEEP_FORECAST = 24_000, 8_000  # of a run of the sweep: steps, and images that each forecast saw before
_PORTRAITS = "cutout/portraits"
BEST = CutOutSettings()
BLIND = replace(BEST, forecast=0, seen=8000)  # knows no forecast of the mask, and has more to learn


def _cells() -> list[Cell]:
    made = list[Cell]()
    for first, data, name in (
        (0, None, "faces"),
        (3, "portraits", "portraits"),
    ):  # one after the other: forecasts are shared
        for steps, length in _EPISODES:
            for pens in (Pens.BOTH, Pens.ONE):
                main = (steps, pens) == (30, Pens.BOTH)  # the others take its forecasts
                seen = BEST.seen if main else _STEPS // steps
                settings = replace(BEST, seen=seen, episode_steps=steps, length=length, pens=pens)
                tail, stage = ("iou", "") if main else (f"{steps}x{length}/{pens}/iou", f"cutout/{name}/iou")
                made.append(
                    replace(
                        _cell(f"{name}/{tail}", name, settings, data, order=first if main else first + 2),
                        stage_of=stage,
                    )
                )
        lone = replace(BLIND, pens=Pens.BOTH)
        made.append(_cell(f"{name}/no-forecast/iou", name, lone, data, "no forecast, ", order=first + 1))
    return [
        *made,
        *(_on_horses(cell) for cell in made if cell.id in (f"{_PORTRAITS}/iou", f"{_PORTRAITS}/no-forecast/iou")),
    ]


def _on_horses(cell: Cell) -> Cell:
    """The same scribblers on what they have never seen."""
    id_ = cell.id.replace("portraits", "horses")
    return replace(
        cell,
        id=id_,
        column="horses",
        measure=overlaps_on("horses"),
        test_data="horses",
        runs_of=cell.id,
        published=None,
    )


def _cell(id_: str, column: str, settings: CutOutSettings, data: str | None, words: str = "", order: int = 0) -> Cell:
    row = f"{words}{settings.episode_steps} x {settings.length} px, {settings.pens} pen{'s' if settings.pens is Pens.BOTH else ''} per step"
    return Cell(f"cutout/{id_}", "cutout", row, column, settings, STALL, order=order, data=data, measure=overlaps)


def _sweep() -> list[Cell]:
    """The source's experiments, one change at a time from its 60 steps of 8 pixels, with the scribbler that has proved itself.

    Its epochs, the episodes between two updates, are counted in ours of eight: the largest still leaves some updates. Where strokes are seen
    in the picture, as there, there is no forecast and no imitation.
    """
    base = replace(BEST, batch=8, episode_steps=60, length=8, pens=Pens.ONE, forecast=_SWEEP_FORECAST)
    alone: dict[str, Any] = {"forecast": 0, "imitate": 0.0}
    learner: LearnerSettings = base.learner
    rate = learner.learning_rate
    fast = replace(learner, learning_rate=2 * rate, policy_learning_rate=2 * rate)
    rows: list[tuple[str, str, float | None, dict[str, Any]]] = [
        ("60-steps", "60 steps of 8 px, rewarded by the gain in IoU", 0.8, {}),
        ("16-steps", "16 steps", None, {"episode_steps": 16}),
        ("40-steps", "40 steps", None, {"episode_steps": 40}),
        ("100-steps", "100 steps", None, {"episode_steps": 100}),
        ("18-px", "30 steps of 18 px", 0.8, {"episode_steps": 30, "length": 18}),
        ("iou-as-reward", "rewarded by the IoU at every step", 0.8, {"reward": CutOutReward.IOU}),
        ("at-end", "rewarded at the end", 0.6, {"reward": CutOutReward.AT_END}),
        ("rate-x2", "learning rate x2", 0.75, {"learner": fast}),
        *((f"epoch-x{times}", f"epochs x{times}", None, {"batch": base.batch * times}) for times in (4, 8, 16)),
        ("layers", "sees the picture and strokes as layers, nothing else", None, {"sight": Sight.LAYERS, **alone}),
        ("drawn-in", "sees the picture with strokes drawn in, nothing else", None, {"sight": Sight.DRAWN_IN, **alone}),
        ("256-px", "256x256", 0.8, {"size": 256}),
    ]
    first = "cutout/sweep/60-steps/iou"
    made = []
    for id_, row, theirs, changes in rows:
        settings = replace(base, **changes)
        settings = replace(settings, seen=_SWEEP_STEPS // settings.episode_steps)
        shares = (
            bool(settings.forecast) and settings.size == base.size and settings != replace(base, seen=settings.seen)
        )
        stage, order = (first, 1) if shares else ("", 2 * (settings.size != base.size))
        made.append(
            Cell(
                f"cutout/sweep/{id_}/iou",
                "cutout",
                row,
                "faces",
                settings,
                experiment(theirs),
                order=order,
                stage_of=stage,
                data=None,
                measure=overlaps,
            )
        )
    return made


_TABLES = (
    Table("cutout", "CutOut: mean IoU", _cells(), IOU),
    Table(
        "cutout-sweep", f"The source's experiments, {_SWEEP_STEPS:,} environment steps each: mean IoU", _sweep(), IOU
    ),
)


def tables() -> tuple[Table, ...]:
    """The tables of CutOut."""
    return _TABLES
