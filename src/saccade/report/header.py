"""What was run, in a sentence, and the numbers that matter, large."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .group import Group, Spread
from .markup import THIN, count, duration, element, listed, many, notice, percent
from saccade.recipes.active_vision.published import names, published, shown

_TITLES = {
    "grlf": "Reading a digit in {looks} looks",
    "grlf-field": "Finding and reading a digit in {looks} looks",
    "ram": "RAM on one's own pictures: {looks} glimpses",
    "ram-mnist": "RAM: reading a digit in {looks} glimpses",
    "ram-translated": "RAM: finding and reading a digit in {looks} glimpses",
    "ram-cluttered": "RAM: a digit among clutter, in {looks} glimpses",
    "ram-cluttered-100": "RAM: a digit among more clutter, in {looks} glimpses",
}
_WHOLE = {  # of networks that see everything at once
    "ram": "Pictures of one's own, seen at once",
    "ram-mnist": "Reading a digit at once",
    "ram-translated": "Finding and reading a digit at once",
    "ram-cluttered": "A digit among clutter, seen at once",
    "ram-cluttered-100": "A digit among more clutter, seen at once",
}
_NUMERALS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_GAZES = {
    "learned": "a saccader, which sees what the reader has gathered but not the image, chooses where to look next",
    "learned-scan": "the places are learned, but the same for every image",
    "fixed-scan": "the eye follows a fixed scan",
    "random": "the eye moves at random",
    "centre": "the eye stays at the centre",
}


def header(groups: Sequence[Group], main: Group) -> str:
    """Title, task, and what it took."""
    looks = int(main.settings.get("fixations", 0) or 0)
    titles = _WHOLE if main.sees_all else _TITLES
    title = titles.get(main.recipe, main.recipe).format(looks=_NUMERALS[looks] if looks < len(_NUMERALS) else looks)
    return masthead(groups, main, title, task(main))


def masthead(groups: Sequence[Group], main: Group, title: str, told: str) -> str:
    """A title, a task in words, and what it took."""
    return element(
        "header",
        element("p", f"saccade · {escape(main.recipe)}", class_="eyebrow"),
        element("h1", escape(title)),
        element("p", escape(told), class_="lead"),
        element(
            "dl",
            *(element("div", element("dt", name), element("dd", escape(value))) for name, value in facts(groups, main)),
        ),
        *unfinished(groups),
    )


def task(group: Group) -> str:
    """The task in a sentence, from the settings."""
    s = group.settings
    if not {"fixations", "patch", "field", "reader", "gaze"} <= s.keys():
        return f"Runs of the recipe {group.recipe}."
    what = "picture" if group.recipe == "ram" else "digit"
    where = f"a {what} that lies anywhere in a field of {s['field']}×{s['field']} pixels" if s["field"] else f"a {what}"
    if s.get("clutter"):
        where += f", among {s['clutter']} pieces of others"
    if group.sees_all:
        return f"A {str(s['model']).replace('-', ' ')} network sees {where}, all of it at once, and names its class."
    led = group.recipe.startswith("ram") or s["gaze"] not in ("random", "fixed-scan")
    first = ", the first at the centre" if led else ""
    wide = f" at {group.scales} scales, each twice as wide as the last," if group.scales > 1 else ""
    return (
        f"The eye takes {s['fixations']} looks of {s['patch']}×{s['patch']} pixels{wide} at {where}{first}. "
        f"A {s['reader']} reader adds them up and names the class; {_GAZES.get(str(s['gaze']), 'the gaze is ' + str(s['gaze']))}."
    )


def facts(groups: Sequence[Group], main: Group) -> list[tuple[str, str]]:
    """What it took, by name."""
    abouts = [run.directory.about for group in groups for run in group.runs]
    facts = [("Seeds", listed(main.seeds) + (f" (in {len(groups)} groups)" if len(groups) > 1 else ""))]
    if seen := main.measured("seen"):
        facts.append((main.unit.capitalize(), f"{count(seen.mean)} a seed"))
    if seconds := main.measured("seconds"):
        facts.append(("Time", f"{duration(seconds.mean)} a seed"))
    if speed := main.measured("seen_per_second"):
        facts.append(("Speed", f"{count(speed.mean)} {main.unit}/s"))
    if main.data:
        facts.append(("Measured on", listed(sorted(main.data))))
    facts.append(("Commit", listed(sorted({str(about.get("commit", "unknown")) for about in abouts}))))
    facts.append(("Date", listed(sorted({str(about.get("started", "unknown"))[:10] for about in abouts}))))
    return facts


def unfinished(groups: Sequence[Group]) -> list[str]:
    """A notice for every run that has not ended."""
    found = []
    for group in groups:
        for run in group.runs:
            if run.result is None:
                total = group.settings.get("steps" if group.unit == "decisions" else "images")
                share = (
                    f" of {count(total)} ({percent(run.seen / total, 0)})" if isinstance(total, int) and total else ""
                )
                found.append(
                    notice(
                        f"Seed {run.directory.seed} of {group.name} has not ended: {count(run.seen)}{share} {group.unit} so far. "
                        "Its curve is shown; no other number counts it."
                    )
                )
    return found


def tiles(group: Group, named: bool) -> str:
    """The headline numbers of a group; `named` says of which."""
    accuracy = group.measured("test.accuracy")
    made = [_accuracy(group, accuracy) if accuracy else _so_far(group), *_others(group)]
    name = element("p", escape(group.name[0].upper() + group.name[1:]), class_="eyebrow") if named and any(made) else ""
    return name + element("div", *filter(None, made), class_="tiles") if any(made) else ""


def _accuracy(group: Group, accuracy: Spread) -> str:
    images = group.measured("test.images")
    sub = f"{interval(accuracy)}; {count(images.mean) if images else '?'} test images"
    figure = published(group)
    beside = (
        element(
            "p",
            element("span", shown(figure), class_="number"),
            element("span", f"the source, {escape(names([group]))}", class_="sub"),
            class_="source",
        )
        if figure
        else ""
    )
    return tile("Test accuracy", accuracy.percent, sub, beside, class_="tile wide")


def _so_far(group: Group) -> str:
    curve = group.curve("validation_accuracy")
    if not curve:
        return ""
    images, last = curve[-1]
    return tile("Validation accuracy so far", last.percent, f"after {count(images)} images", class_="tile wide")


def _others(group: Group) -> list[str]:
    found = []
    if copies := group.measured("test.accuracy_of_copies"):
        passes = group.measured("test.passes")
        number = count(passes.mean) if passes else "several"
        told = f"{number} passes, one with the most probable places, the others drawn; {interval(copies)}"
        found.append(tile("Mean of passes", copies.percent, told))
    if (random := group.measured("test.random_fixations_accuracy")) and group.learns_to_look:
        found.append(tile("With random looks", random.percent, f"the same reader; {interval(random)}"))
    if (bits := group.measured("test.fixations.entropy")) and not group.sees_all:
        places = f"as many as {count(2**bits.mean)} places used evenly"
        found.append(tile("Entropy of the looks", f"{bits.mean:.1f}", places, unit="bits"))
    if (jump := group.measured("test.fixations.jump")) and not group.sees_all:
        patch = group.settings.get("patch")
        found.append(tile("Mean jump", f"{jump.mean:.1f}", f"a look is {patch} px wide" if patch else "", unit="px"))
    return found


def tile(name: str, number: str, sub: str, beside: str = "", class_: str = "tile", unit: str = "") -> str:
    """A number, large, and what it is."""
    shown = escape(number) + (element("small", f" {unit}") if unit else "")
    parts = (
        element("p", escape(name), class_="name"),
        element("p", shown, class_="number"),
        element("p", escape(sub), class_="sub"),
    )
    return element("div", element("div", *parts), beside, class_=class_)


def interval(spread: Spread) -> str:
    """Over how many seeds, and how sure."""
    if len(spread.values) == 1:
        return "one seed, no interval"
    return f"95{THIN}% interval {spread.range} over {many(len(spread.values), 'seed')}"
