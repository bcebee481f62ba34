"""The head of a page of fixations: the task in a sentence, and the numbers that matter, large."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from saccade.report.group import Spread
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, element

from ..system import ACCURACY
from .groups import LookingGroup
from .published import names, shown

_NUMERALS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_GAZES = {
    "learned": "a saccader, which observes the reader's hidden layer but not the image, chooses where to look next",
    "learned-scan": "the places are learned, but the same for every image",
    "fixed-scan": "the eye follows a fixed scan",
    "random": "the eye moves at random",
    "centre": "the eye stays at the centre",
}


def header(groups: Sequence[LookingGroup], main: LookingGroup) -> str:
    """Title, task, and the cost of training."""
    fixations = int(main.settings.get("fixations", 0) or 0)
    title = main.words.at_once if main.sees_all else main.words.title
    title = title.format(fixations=_NUMERALS[fixations] if fixations < len(_NUMERALS) else fixations)
    return masthead(groups, main, title, task(main))


def task(group: LookingGroup) -> str:
    """The task in a sentence, from the settings."""
    s = group.settings
    if not {"fixations", "patch", "field", "reader", "gaze"} <= s.keys():
        return f"Runs of the recipe {group.recipe}."
    what = group.words.thing
    where = f"a {what} that lies anywhere in a field of {s['field']}×{s['field']} pixels" if s["field"] else f"a {what}"
    if s.get("clutter"):
        where += f", among {s['clutter']} pieces of other {what}s"
    if group.sees_all:
        return f"A {str(s['model']).replace('-', ' ')} network sees {where}, all of it at once, and predicts its class."
    led = group.words.first_at_centre or s["gaze"] not in ("random", "fixed-scan")
    first = "; the first is at the centre" if led else ""
    wide = f" at {group.scales} scales, each twice as wide as the last" if group.scales > 1 else ""
    return (
        f"{where[0].upper()}{where[1:]}, seen in {s['fixations']} glimpses of {s['patch']}×{s['patch']} pixels{wide}{first}. "
        f"A {s['reader']} reader integrates them and predicts the class; {_GAZES.get(str(s['gaze']), 'the gaze is ' + str(s['gaze']))}."
    )


def tiles(group: LookingGroup, named: bool) -> str:
    """The headline numbers of a group; `named` says of which."""
    accuracy = group.measured("test.accuracy", ACCURACY)
    made = [_accuracy(group, accuracy) if accuracy else _so_far(group), *_others(group)]
    name = element("p", escape(group.name[0].upper() + group.name[1:]), class_="eyebrow") if named and any(made) else ""
    return name + element("div", *filter(None, made), class_="tiles") if any(made) else ""


def _accuracy(group: LookingGroup, accuracy: Spread) -> str:
    images = group.measured("test.images")
    sub = f"{interval(accuracy)}; {count(images.mean) if images else '?'} test images"
    figure = group.published
    comparison = (
        element(
            "p",
            element("span", shown(figure), class_="number"),
            element("span", f"the source, {escape(names([group]))}", class_="sub"),
            class_="source",
        )
        if figure
        else ""
    )
    return tile("Test accuracy", accuracy.percent, sub, comparison, class_="tile wide")


def _so_far(group: LookingGroup) -> str:
    curve = group.curve("validation_accuracy", ACCURACY)
    if not curve:
        return ""
    images, last = curve[-1]
    return tile("Validation accuracy so far", last.percent, f"after {count(images)} images", class_="tile wide")


def _others(group: LookingGroup) -> list[str]:
    found = []
    if copies := group.measured("test.accuracy_of_copies", ACCURACY):
        passes = group.measured("test.passes")
        number = count(passes.mean) if passes else "several"
        words = f"{number} passes, one with the most probable fixations, the others sampled; {interval(copies)}"
        found.append(tile("Mean of passes", copies.percent, words))
    if (random := group.measured("test.random_fixations_accuracy", ACCURACY)) and group.learns_to_look:
        found.append(tile("With random fixations", random.percent, f"the same reader; {interval(random)}"))
    if (bits := group.measured("test.fixations.entropy")) and not group.sees_all:
        places = f"as many as {count(2**bits.mean)} places used evenly"
        found.append(tile("Entropy of the fixations", f"{bits.mean:.1f}", places, unit="bits"))
    if (jump := group.measured("test.fixations.jump")) and not group.sees_all:
        patch = group.settings.get("patch")
        found.append(
            tile(
                "Saccade amplitude",
                f"{jump.mean:.1f}",
                f"mean; a glimpse is {patch} px wide" if patch else "",
                unit="px",
            )
        )
    return found
