"""The head of a page of fixations: the task in a sentence, and the numbers that matter, large."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from saccade.report.comparison import Ranking
from saccade.report.group import Spread
from saccade.report.header import interval, masthead, tile
from saccade.report.markup import count, element

from ..measurements import TRAINING_IMAGES
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
    several = f"{len(groups)} groups. Of the first, {main.name}: " if len(groups) > 1 else ""
    return masthead(groups, main, title, several + task(main))


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
    own = f", whose glimpse network is {s['network']}," if s.get("network") else ""
    return (
        f"{where[0].upper()}{where[1:]}, seen in {s['fixations']} glimpses of {s['patch']}×{s['patch']} pixels{wide}{first}. "
        f"A {s['reader']} reader{own} integrates them and predicts the class; {_GAZES.get(str(s['gaze']), 'the gaze is ' + str(s['gaze']))}."
    )


def tiles(groups: Sequence[LookingGroup], rank: Ranking[LookingGroup]) -> str:
    """The headline numbers of the group that is ahead, the first; of several, who it is, and by how much."""
    group = groups[0]
    accuracy = group.measured("test.accuracy", group.metric)
    made = [_accuracy(group, accuracy, rank) if accuracy else _so_far(group), *_others(group)]
    name = element("p", escape(group.name), class_="eyebrow") if len(groups) > 1 else ""
    return (rank.title if rank else name) + element("div", *filter(None, made), class_="tiles") if any(made) else ""


def _accuracy(group: LookingGroup, accuracy: Spread, rank: Ranking[LookingGroup]) -> str:
    images = group.measured("test.images")
    sub = f"{interval(accuracy, group.metric)}; {count(images.mean) if images else '?'} test images"
    figure = group.published
    source = (
        element(
            "p",
            element("span", shown(figure), class_="number"),
            element("span", f"the source, {escape(names([group]))}", class_="sub"),
            class_="source",
        )
        if figure
        else ""
    )
    shown_mean = group.metric.shown(accuracy.mean)
    return tile("Test accuracy", shown_mean, sub, rank.lead() + source, class_="tile wide")


def _so_far(group: LookingGroup) -> str:
    curve = group.curve("validation_accuracy", group.metric)
    if not curve:
        return ""
    images, last = curve[-1]
    words = f"after {count(images)} images"
    return tile("Validation accuracy so far", group.metric.shown(last.mean), words, class_="tile wide")


def _others(group: LookingGroup) -> list[str]:
    found, metric = [], group.metric
    if trained := group.trained:
        theirs = group.published.training if group.published else None
        source = f"; the source: {metric.published(theirs)}" if theirs is not None else ""
        words = f"{count(TRAINING_IMAGES)} of them at most, as they are; {interval(trained, metric)}{source}"
        found.append(tile("On training images", metric.shown(trained.mean), words))
    if copies := group.measured("test.accuracy_of_copies", metric):
        passes = group.measured("test.passes")
        number = count(passes.mean) if passes else "several"
        words = f"{number} passes, one with the most probable fixations, the others sampled; {interval(copies, metric)}"
        found.append(tile("Mean of passes", metric.shown(copies.mean), words))
    if (random := group.measured("test.random_fixations_accuracy", metric)) and group.learns_to_look:
        words = f"the same reader; {interval(random, metric)}"
        found.append(tile("With random fixations", metric.shown(random.mean), words))
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
