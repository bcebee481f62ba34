"""Accuracy against images seen, and by number of fixations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from saccade.report.axes import Axes, Note, charts, ticks_of
from saccade.report.curves import legend
from saccade.report.group import Spread
from saccade.report.markup import count, element, figure, label, many, percent
from saccade.report.palette import MUTED, PAPER, group_colour, marker

from ..system import ACCURACY
from .groups import LookingGroup
from .published import names, reference_lines

_SCALE = "Heights are logarithmic in the error: from 90% to 99% is as far as from 0% to 90%."


def learning(groups: Sequence[LookingGroup]) -> str:
    """Validation accuracy against images seen; the training accuracy faint."""
    curves = [(group.curve("validation_accuracy", ACCURACY), group.mean_curve("train_accuracy")) for group in groups]
    if not any(validation or training for validation, training in curves):
        return ""
    lines = reference_lines(groups)
    seen = [x for validation, training in curves for x, _ in [*validation, *training]]
    best = max([_top(spread) for pair in curves for _, spread in pair[0]] + [line.value for line in lines], default=0.0)
    trained = max((value for _, training in curves for _, value in training), default=0.0)
    # Room for overfitting, up to a fifth of the error: a batch without a mistake would flatten the rest.
    axes = Axes(430, 0, max(seen), max(best, min(trained, 1 - (1 - best) / 5)) if best else trained)

    def draw(on: Axes) -> list[str]:
        parts = [on.frame("accuracy", "images seen in training", ticks_of(seen))]
        parts += [_reference(on, line.value, groups[0].words.after) for line in lines]
        faint = 0.4 if len(groups) < 3 else 0.22
        return parts + [_curve(on, index, *curve, faint) for index, curve in enumerate(curves)]

    shown = groups[0].metric.shown
    ends = [(index, curve[-1][1].mean) for index, (curve, _) in enumerate(curves) if curve]
    notes = [Note(line.value, line.name, MUTED) for line in lines]
    notes += [Note(mean, shown(mean), group_colour(index), True, _name(groups, index)) for index, mean in ends]
    description = "Validation accuracy against images seen. " + "; ".join(
        f"{group.name}: {shown(curve[-1][1].mean)} after {count(curve[-1][0])}"
        for group, (curve, _) in zip(groups, curves, strict=True)
        if curve
    )
    body = charts(axes, description, draw, notes)
    return figure((legend(groups) if len(groups) > 1 else "") + body, _learning_caption(groups, bool(lines)))


def _name(groups: Sequence[LookingGroup], index: int) -> str:
    """The name of a group, where there are others."""
    return groups[index].name if len(groups) > 1 else ""


def _top(spread: Spread) -> float:
    """How high a mean and its interval want to reach: of a wide one only up to a fifth of the error, or it would flatten the rest."""
    return min(spread.high, 1 - (1 - spread.mean) / 5)


def _reference(axes: Axes, value: float, after: int) -> str:
    """A source's figure as a dotted line, with a ring where it was measured."""
    y, parts = axes.y(value), list[str]()
    dotted = {"stroke": MUTED, "stroke_dasharray": "2 5", "stroke_width": 1.4}
    parts.append(element("line", x1=axes.x(0), x2=axes.end, y1=y, y2=y, **dotted))
    if 0 < after <= axes.high:
        parts.append(element("circle", cx=axes.x(after), cy=y, r=4, fill=PAPER, stroke=MUTED, stroke_width=1.6))
    return "".join(parts)


def _curve(
    axes: Axes, index: int, validation: list[tuple[float, Spread]], training: list[tuple[float, float]], faint: float
) -> str:
    colour = group_colour(index)
    parts = [axes.line(training, stroke=colour, stroke_width=1, stroke_opacity=faint)]
    if validation:
        parts.append(axes.band(validation, colour))
        parts.append(axes.line([(x, s.mean) for x, s in validation], stroke=colour, stroke_width=2.4))
        parts += [
            marker(index, axes.x(x), axes.y(s.mean), fill=colour, stroke=PAPER, stroke_width=1.2) for x, s in validation
        ]
    return element("g", *parts)


def _learning_caption(groups: Sequence[LookingGroup], with_source: bool) -> str:
    seeds = {len(group.runs) for group in groups}
    number = many(max(seeds), "seed") if len(seeds) == 1 else "the seeds"
    runs = "one seed" if seeds == {1} else f"mean over {number}, or as many as got so far, and its 95% interval"
    words = (
        f"Accuracy on held-out validation images after the last fixation ({runs}); the faint line is the accuracy on the "
        f"training images as they came, moved about and with a gaze that still explores. {_SCALE}"
    )
    if with_source:
        words += f" Dotted: {escape(names(groups))}"
        words += groups[0].words.note
    return words


def by_fixation(groups: Sequence[LookingGroup]) -> str:
    """Test accuracy after every fixation."""
    randoms = [
        group.measured("test.random_fixations_accuracy", ACCURACY) if group.learns_to_look else None for group in groups
    ]
    measured = [group.by_step("accuracy_by_fixation", ACCURACY) for group in groups]
    return _by_number(groups, measured, randoms, "test accuracy", _steps_caption(groups, any(randoms)))


def hits(groups: Sequence[LookingGroup]) -> str:
    """In a field: the share of fixations that land on the digit, by number."""
    kept = [group for group in groups if group.by_step("hit_rate", ACCURACY) and not group.sees_all]
    if not kept:
        return ""
    words = "Share of fixations that land on the digit: within half its image of its middle, in x and y" + (
        "; mean over seeds, bars are 95% intervals." if any(len(group.seeds) > 1 for group in kept) else "."
    )
    if len(covered := {group.looks[0].covered for group in kept if group.looks}) == 1:
        words += f" The digit's image covers {percent(covered.pop(), 0)} of the field."
    measured = [group.by_step("hit_rate", ACCURACY) for group in kept]
    caption = words.replace("digit", kept[0].words.thing)
    return _by_number(kept, measured, [None] * len(kept), "fixations on the digit", caption, even=True)


def stopping(group: LookingGroup) -> str:
    """What it costs to stop looking once confident enough."""
    rows, fixed = group.stopping(), group.by_step("accuracy_by_fixation", ACCURACY)
    if not rows or len(fixed) < 2:
        return ""
    axes = Axes(340, 0.6, len(fixed) + 0.4, max([s.mean for s in fixed] + [accuracy for *_, accuracy in rows]))
    stop, always, shown = group_colour(0), MUTED, group.metric.shown

    def draw(on: Axes) -> list[str]:
        parts = [on.frame("test accuracy", "mean number of fixations", [float(step + 1) for step in range(len(fixed))])]
        parts.append(on.line([(t + 1, s.mean) for t, s in enumerate(fixed)], stroke=always, stroke_width=1.6))
        parts += [marker(1, on.x(t + 1), on.y(s.mean), 4, fill=always) for t, s in enumerate(fixed)]
        parts.append(on.line([(fixations, accuracy) for _, fixations, accuracy in rows], stroke=stop, stroke_width=2.2))
        for threshold, fixations, accuracy in rows:
            dot = marker(0, on.x(fixations), on.y(accuracy), 4.5, fill=stop, stroke=PAPER)
            words = f"confidence above {threshold:g}: {fixations:.2f} fixations, {shown(accuracy)}"
            parts.append(element("g", element("title", words), dot))
        return parts

    _, fixations, accuracy = rows[-1]
    notes = [
        Note(accuracy, f"{shown(accuracy)} with {fixations:.1f} fixations", stop, bold=True),
        Note(fixed[-1].mean, f"{shown(fixed[-1].mean)} with {len(fixed)}", always),
    ]
    first, last = rows[0][0], rows[-1][0]
    return figure(
        charts(axes, f"Stopping when confident: {notes[0].words}; always {notes[1].words}", draw, notes),
        "Circles: an episode ends as soon as the system's confidence is above a threshold, from "
        f"{first:g} on the left to {last:g} on the right; it learned to predict from its own state whether it is right. Squares: every image "
        f"takes the same number of fixations. {escape(group.name)}: mean of {many(group.stopped, 'seed')}. {_SCALE}",
    )


def _by_number(
    groups: Sequence[LookingGroup],
    measured: list[list[Spread]],
    randoms: Sequence[Spread | None],
    what: str,
    caption: str,
    even: bool = False,
) -> str:
    longest = max(map(len, measured), default=0)
    if longest < 2:
        return ""
    axes = Axes(340, 0.6, longest + 0.4, max(_top(spread) for group in measured for spread in group), even)
    shown = groups[0].metric.shown

    def draw(on: Axes) -> list[str]:
        parts = [on.frame(what, "fixations", [float(step + 1) for step in range(longest)])]
        for index, (spreads, random) in enumerate(zip(measured, randoms, strict=True)):
            offset = (9 if on.sheet.words else 4) * (index - (len(groups) - 1) / 2) if len(groups) > 1 else 0
            if spreads:
                parts.append(_steps(on, index, spreads, offset, shown if len(groups) == 1 and on.sheet.words else None))
            if spreads and random is not None:
                parts.append(_random(on, index, random, on.x(len(spreads)) + offset))
        return parts

    notes: list[Note] = []
    for index, (spreads, random) in enumerate(zip(measured, randoms, strict=True)):
        colour, name = group_colour(index), _name(groups, index)
        if spreads:
            notes.append(Note(spreads[-1].mean, shown(spreads[-1].mean), colour, True, name))
        if spreads and random is not None:
            notes.append(Note(random.mean, f"{shown(random.mean)}\u2002at random", colour, whose=name))
    description = f"{what[0].upper() + what[1:]} by number of fixations. " + "; ".join(
        f"{group.name}: {', '.join(shown(spread.mean) for spread in spreads)}"
        for group, spreads in zip(groups, measured, strict=True)
        if spreads
    )
    return figure((legend(groups) if len(groups) > 1 else "") + charts(axes, description, draw, notes), caption)


def _steps(axes: Axes, index: int, spreads: list[Spread], offset: float, shown: Callable[[float], str] | None) -> str:
    """Accuracies step by step, joined; each with its value, where there is a way to write it."""
    colour = group_colour(index)
    way = " ".join(f"{axes.x(t + 1) + offset:.2f},{axes.y(s.mean):.2f}" for t, s in enumerate(spreads))
    parts = [element("polyline", points=way, fill="none", stroke=colour, stroke_width=2)]
    for step, spread in enumerate(spreads):
        x, y = axes.x(step + 1) + offset, axes.y(spread.mean)
        parts.append(
            element("line", x1=x, x2=x, y1=axes.y(spread.low), y2=axes.y(spread.high), stroke=colour, stroke_width=3)
        )
        parts.append(marker(index, x, y, 5, fill=colour, stroke=PAPER, stroke_width=1.5))
        if shown is not None and step < len(spreads) - 1:
            parts.append(
                label(
                    shown(spread.mean), x - 9, y - 10, text_anchor="end", fill=colour, font_weight=600, paint_order="stroke",
                    stroke=PAPER, stroke_width=4,
                )
            )  # fmt: skip
    return element("g", *parts)


def _random(axes: Axes, index: int, random: Spread, x: float) -> str:
    colour, y = group_colour(index), axes.y(random.mean)
    return element(
        "g",
        element("line", x1=x, x2=x, y1=axes.y(random.low), y2=axes.y(random.high), stroke=colour, stroke_width=3),
        marker(index, x, y, 5.5, fill=PAPER, stroke=colour, stroke_width=2),
    )


def _steps_caption(groups: Sequence[LookingGroup], with_random: bool) -> str:
    n = max((int(spread.mean) for group in groups if (spread := group.measured("test.images"))), default=0)
    bars = any(len(group.seeds) > 1 for group in groups)
    words = f"Share of {count(n)} test images classified correctly if the reader had to predict after so many fixations; {'mean over seeds, ' if bars else ''}"
    words += "bars are 95% intervals (often smaller than the mark)." if bars else "one seed, no intervals."
    if with_random:
        words += " Open mark: the same reader under random fixations."
    return f"{words} {_SCALE}"
