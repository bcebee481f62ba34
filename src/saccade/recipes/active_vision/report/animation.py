"""What the eye sees, fixation by fixation: the field, what has been seen so far, and the prediction as it changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape

from saccade.report.markup import Array, element, figure, label, many, picture, png
from saccade.report.palette import INK, MUTED, RIGHT, WRONG, fixation_colour

from .groups import LookingGroup
from .looks_file import Looks

_STAGES = 4
_SIDE = 176.0
_GAP = 22.0
_TOP = 30.0
_BARS = 2 * (_SIDE + _GAP)
_LENGTH = 100.0  # of a bar at probability 1
_WIDTH, _HEIGHT = _BARS + 16 + _LENGTH + 4, _TOP + _SIDE + 2
_UNSEEN = "#dde2e8"


@dataclass(frozen=True)
class _Stage:
    """One image and the fixations on it, in the units of the drawing."""

    address: str
    width: float
    height: float
    patch: float
    corners: Array  # (t, 2), top left of the window
    probabilities: Array  # (t, classes)
    true_class: int
    names: tuple[str, ...]  # of the classes

    def colour(self, step: int) -> str:
        return fixation_colour(step, len(self.corners))

    def image(self, **attributes: object) -> str:
        return element("image", href=self.address, width=self.width, height=self.height, class_="pixels", **attributes)

    def window(self, step: int, **attributes: object) -> str:
        x, y = self.corners[step]
        return element("rect", x=x, y=y, width=self.patch, height=self.patch, **attributes)

    @property
    def edge(self) -> str:
        return element("rect", width=self.width, height=self.height, fill="none", stroke="#c9cfd6")

    def for_script(self) -> str:
        """What the script moves: window corners, probabilities and colours by fixation."""
        frames = {
            "at": self.corners.round(2).tolist(),
            "p": self.probabilities.round(3).tolist(),
            "colours": [self.colour(step) for step in range(len(self.corners))],
        }
        return json.dumps(frames, separators=(",", ":"))


def playback(group: LookingGroup) -> str:
    """The first test images, playing; without a script, as they are after the last fixation."""
    run = next((run for run in group.runs if run.looks is not None), None)
    if run is None or run.looks is None:
        return ""
    looks, patch = run.looks, group.window(run.looks)
    steps, shown = len(looks.places), min(_STAGES, looks.shown)
    if steps < 2:
        return ""
    stages = [_stage(looks, index, patch) for index in range(shown)]
    tiles = [
        element("div", _draw(stage, n), class_="stage", data_stage=stage.for_script()) for n, stage in enumerate(stages)
    ]
    return figure(
        _controls(steps) + element("div", *tiles, class_="stages"),
        f"The first {many(shown, 'test image')}, seed {run.directory.seed}, {escape(group.name)}. Left, the field with the "
        f"window of the current glimpse ({patch}×{patch} pixels) and a dot for every fixation so far; middle, all that has "
        f"been seen so far{' at the finest scale' if group.scales > 1 else ''}, the rest grey; right, the probability of each class after this fixation, the true class in bold. "
        + element("noscript", "Without JavaScript this is the state after the last fixation."),
        class_="player",
        data_steps=steps,
    )


def _controls(steps: int) -> str:
    """Hidden until the script runs."""
    return element(
        "div",
        element("button", "Pause", type="button"),
        element("input", type="range", min=1, max=steps, value=steps, step=1, aria_label="fixation"),
        element("output", f"fixation {steps} of {steps}"),
        class_="controls",
        hidden="hidden",
    )


def _stage(looks: Looks, index: int, patch: int) -> _Stage:
    height, width = looks.size
    scale = _SIDE / max(height, width)
    return _Stage(
        png(looks.picture(index)),
        width * scale,
        height * scale,
        patch * scale,
        (looks.pixels[:, index] - patch // 2) * scale,
        looks.probabilities[:, index],
        int(looks.labels[index]),
        tuple(looks.name(label) for label in range(len(looks.classes))),
    )


def _draw(stage: _Stage, number: int) -> str:
    steps, answer = len(stage.corners), int(stage.probabilities[-1].argmax())
    titles = [("the image", 0.0), ("seen so far", _SIDE + _GAP), ("prediction", _BARS)]
    columns = [_field(stage), _seen(stage, f"seen-{number}"), _bars(stage)]
    return picture(
        _WIDTH,
        _HEIGHT,
        f"{stage.names[stage.true_class]} and {steps} fixations on it, predicted {stage.names[answer]} at the end",
        *(label(words, x, 14, fill=MUTED, font_size=12.5) for words, x in titles),
        *(
            element("g", *column, transform=f"translate({x:g} {_TOP:g})")
            for (_, x), column in zip(titles, columns, strict=True)
        ),
    )


def _field(stage: _Stage) -> list[str]:
    last = len(stage.corners) - 1
    dots = [
        element("circle", cx=x, cy=y, r=3.2, fill=stage.colour(k), stroke="#fff", stroke_width=1, data_from=k + 1)
        for k, (x, y) in enumerate(stage.corners + stage.patch / 2)
    ]
    window = element(
        "rect", width=stage.patch, height=stage.patch, rx=2, fill="none", stroke=stage.colour(last), stroke_width=2.6,
        class_="window", style="transform:translate({:.2f}px,{:.2f}px)".format(*stage.corners[last]),
    )  # fmt: skip
    inside = element("svg", stage.image(), *dots, window, width=stage.width, height=stage.height, overflow="hidden")
    return [inside, stage.edge]


def _seen(stage: _Stage, name: str) -> list[str]:
    windows = [stage.window(k, fill="#fff", data_from=k + 1) for k in range(len(stage.corners))]
    inside = [
        element("mask", *windows, id=name),
        element("rect", width=stage.width, height=stage.height, fill=_UNSEEN),
        stage.image(mask=f"url(#{name})"),
    ]
    return [element("svg", *inside, width=stage.width, height=stage.height, overflow="hidden"), stage.edge]


def _bars(stage: _Stage) -> list[str]:
    probabilities = stage.probabilities[-1]
    row, parts, short = stage.height / len(probabilities), [], all(len(name) <= 2 for name in stage.names)
    for digit, probability in enumerate(probabilities):
        true, y = digit == stage.true_class, (digit + 0.5) * row
        weight = {"font_weight": 700, "fill": INK} if true else {"fill": MUTED}
        bar = min(row * 0.68, 12.0)
        x = 16.0 if short else 0.0
        parts.append(label(stage.names[digit], 0, y + 4.3 if short else y - bar / 2 - 3, font_size=12, **weight))
        parts.append(element("rect", x=x, y=y - bar / 2, width=_LENGTH, height=bar, fill="#eef1f4", rx=1.5))
        parts.append(
            element(
                "rect", x=x, y=y - bar / 2, width=_LENGTH, height=bar, rx=1.5, class_="bar",
                fill=RIGHT if true else WRONG, style=f"transform:scaleX({probability:.3f})",
            )
        )  # fmt: skip
    return parts
