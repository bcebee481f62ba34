"""`python -m docs.tables [--check]`: fills the tables in README.md and docs/ from results/*.json.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from saccade.training.tables import TABLES

from saccade.recipes.dqn.page import PUBLISHED
from saccade.runs import read_figures
from saccade.training.table import rows

_ROOT = Path(__file__).parent.parent
_PLACE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MISSING = "not measured yet"


def _share(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return _MISSING
    return f"**{figure['value']:.1%}** [{figure['low']:.1%}, {figure['high']:.1%}]"


def _markdown(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _recipe_table(name: str) -> str:
    """A table of accuracies, ours beside the source's, with how the eye moves."""
    table = TABLES[name]
    found = rows(table, _ROOT / "results")
    columns = list(dict.fromkeys(cell.column for cell, _ in found))
    sourced = {cell.column for cell, _ in found if cell.source is not None}
    head = [""]
    for column in columns:
        head += [column, "source"] if column in sourced else [column]
    body = []
    for row in dict.fromkeys(cell.row for cell, _ in found):
        line = [row]
        for column in columns:
            cell, figure = next(((c, f) for c, f in found if (c.row, c.column) == (row, column)), (None, None))
            line.append(_share(figure) if cell else "–")
            if column in sourced:
                line.append(f"{100 * cell.source.value:g} %" if cell and cell.source is not None else "–")
        body.append(line)
    return _markdown(head, body)


def _gaze_table(name: str) -> str:
    """The same with the measures of the gaze."""
    head = ["gaze", "test accuracy", "same reader, random places", "map entropy", "entropy within a step", "jump"]
    body = []
    for cell, figure in rows(TABLES[name], _ROOT / "results"):
        line = [cell.row, _share(figure)]
        if figure:
            about = figure["about"]
            line += [
                f"{about['same reader, random fixations']:.1%}",
                f"{about['fixation map entropy, bits']:.1f} bit",
                f"{about['entropy within a step, bits']:.1f} bit",
                f"{about['jump, pixels']:.1f} px",
            ]
        body.append(line + ["–"] * (len(head) - len(line)))
    return _markdown(head, body)


def _errors_table(name: str, column: str) -> str:
    """Test errors of one task, with what the models cost."""
    body = []
    for cell, figure in rows(TABLES[name], _ROOT / "results"):
        if cell.column != column:
            continue
        line = [cell.row, _error(figure), f"{100 * cell.source.value:.2f} %" if cell.source is not None else "–"]
        if figure:
            about = figure["about"]
            line += [f"{about[cost]:,}" for cost in ("parameters", "multiply_adds")]
        body.append(line + ["–"] * (5 - len(line)))
    return _markdown(["", "test error", "paper", "parameters", "multiply-adds an image"], body)


def _error(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return _MISSING
    return f"**{figure['value']:.2%}** [{figure['low']:.2%}, {figure['high']:.2%}]"


_BESIDE = {
    "its forecast": "its forecast's own mask",
    "guided by the forecast": "guide on the forecast",
    "guided by the truth": "guide on the truth",
    "greedy oracle": "greedy oracle",
    "blind script": "blind script",
    "mean mask": "mean mask",
    "random": "random",
}


def _overlaps_table(column: str) -> str:
    """Overlaps on one set of images, and those of everybody who played beside the scribbler."""
    body = []
    for cell, figure in rows(TABLES["cutout"], _ROOT / "results"):
        if cell.column == column:
            baselines = figure["baselines"] if figure else {}
            beside = (f"{baselines[name]:.3f}" if name in baselines else "–" for name in _BESIDE)
            body.append([cell.row, f"{cell.settings.images:,}", _overlap(figure), *beside])
    return _markdown(["", "episodes", "scribbler", *_BESIDE.values()], body)


def _sweep_table() -> str:
    """The source's experiments: theirs, ours, and what a script does that does not look."""
    body = []
    for cell, figure in rows(TABLES["cutout-sweep"], _ROOT / "results"):
        blind = f"{figure['baselines']['blind script']:.3f}" if figure else "–"
        theirs = f"{cell.source.value:g}" if cell.source is not None else "–"
        body.append([cell.row, theirs, _overlap(figure), blind])
    return _markdown(["", "source", "ours", "blind script"], body)


def _overlap(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return _MISSING
    return f"**{figure['value']:.3f}** [{figure['low']:.3f}, {figure['high']:.3f}]"


def _headline() -> str:
    figures = read_figures(_ROOT / "results")
    wanted = [
        ("grlf/recurrent/accuracy-100k", "MNIST, recurrent reader, after 100 000 images", "92 %"),
        ("grlf/feedforward/accuracy-100k", "MNIST, feed-forward reader, after 100 000 images", "79 %"),
        ("grlf/recurrent/accuracy-10min", "MNIST, recurrent reader, at most ten minutes", "98 % (hours)"),
        ("grlf/field60/accuracy", "digit anywhere in a 60×60 field, learned saccades", "–"),
        ("grlf/field60/baselines/learned-scan", "… a learned scan that does not look", "–"),
        ("grlf/field60/baselines/fixed-scan", "… a fixed scan", "–"),
    ]
    body = [[text, _share(figures.get(id_)), theirs] for id_, text, theirs in wanted]
    return _markdown(["test accuracy (three seeds, 95 % interval)", "ours", "source"], body)


def _headline_ram() -> str:
    names = {
        "mnist": "MNIST, 6 glimpses",
        "translated": "translated 60×60, 8 glimpses",
        "cluttered": "cluttered 60×60, 8 glimpses",
    }
    names |= {"cluttered-100": "cluttered 100×100, 8 glimpses"}
    found = rows(TABLES["ram"], _ROOT / "results")
    figures = {cell.id: figure for cell, figure in found}
    sources = {cell.id: cell.source for cell, _ in found}
    body = []
    for id_, name in names.items():
        most = 6 if id_ == "mnist" else 8
        line = [name]
        for row in (f"{most}", "convolutional", "dense-256"):
            source = sources[f"ram/{id_}/{row}/error"]
            line += [_error(figures[f"ram/{id_}/{row}/error"]), f"{source.value:.2%}" if source else "–"]
        body.append(line)
    return _markdown(
        ["RAM, test error", "ours", "paper", "convolutional network", "paper", "dense network", "paper"], body
    )


def _headline_cutout() -> str:
    figures = {cell.id: (cell, figure) for cell, figure in rows(TABLES["cutout"], _ROOT / "results")}
    beside = ("its forecast", "greedy oracle", "blind script")
    body = []
    for id_, name in (("faces", "drawn faces"), ("portraits", "portraits")):
        cell, figure = figures[f"cutout/{id_}/iou"]
        baselines = figure["baselines"] if figure else {}
        others = (f"{baselines[other]:.3f}" if other in baselines else "–" for other in beside)
        source = f"{cell.source.value:g}" if cell.source is not None else "–"
        body.append([name, _overlap(figure), source, *others])
    head = ["CutOut, 30 steps of both pens, mean IoU", "scribbler", "source, other pictures"]
    return _markdown([*head, *(_BESIDE[other] for other in beside)], body)


def _headline_dqn() -> str:
    """Pong as the paper tests it and nearly without chance, and the speed beside the most used library."""
    figures = read_figures(_ROOT / "results")
    body = []
    for cell, figure in rows(TABLES["dqn"], _ROOT / "results"):
        if cell.recipe == "dqn-pong":
            source = f"{cell.source.value:g}" if cell.source is not None else "–"
            body.append([cell.row, f"{cell.settings.budget:,}", _minutes(figure), _points(figure), source])
    for id_, name in (
        ("", "batches of 32"),
        ("-large-batches", "ours learns in batches of 256, as often from every moment"),
    ):
        times = figures.get(f"bench/dqn-vs-sb3{id_}")
        body.append([f"decisions a second, times Stable-Baselines3's, {name}", "–", "–", _ratio(times), "–"])
    return _markdown(["deep Q-learning", "decisions", "minutes, one core", "ours", "paper, 2,500,000"], body)


def _minutes(figure: dict[str, Any] | None) -> str:
    """Of each run, the longest."""
    return f"{max(figure['about']['seconds of each run']) / 60:.0f}" if figure else "–"


def _points(figure: dict[str, Any] | None) -> str:
    return f"**{figure['value']:,.1f}** [{figure['low']:,.1f}, {figure['high']:,.1f}]" if figure else _MISSING


def _ratio(figure: dict[str, Any] | None) -> str:
    return f"**{figure['value']:.3g}** [{figure['low']:.3g}, {figure['high']:.3g}]" if figure else _MISSING


def _times_table() -> str:
    """How long the scribblers took to learn, the networks that forecast included."""
    body = []
    for cell, figure in rows(TABLES["cutout"], _ROOT / "results"):
        if not cell.elsewhere:
            about = figure["about"] if figure else {}
            minutes = about.get("minutes to 0.9 on validation images", [])
            reached = ", ".join("never" if each is None else f"{each:.0f}" for each in minutes)
            seconds = ", ".join(f"{each / 60:.0f}" for each in about.get("seconds of each run", []))
            body.append([f"{cell.column}, {cell.row}", reached or _MISSING, seconds or "–"])
    return _markdown(["", "minutes to 0.9 on validation images, by seed", "minutes to the end"], body)


def _points_table() -> str:
    """Points of the games: ours, Stable-Baselines3's after as many decisions, the paper's, and a random player's."""
    body = []
    for cell, figure in rows(TABLES["dqn"], _ROOT / "results"):
        peer = figure["baselines"].get("Stable-Baselines3") if figure else None
        paper = f"{cell.source.value:g}" if cell.source is not None else "–"
        chance = PUBLISHED[cell.recipe.removeprefix("dqn-").replace("-", "_")][1]
        body.append(
            [
                cell.row,
                f"{cell.settings.budget:,}",
                _points(figure),
                "–" if peer is None else f"{peer:,.1f}",
                paper,
                f"{chance:g}",
            ]
        )
    return _markdown(["", "decisions", "ours", "Stable-Baselines3, as many", "paper, 2,500,000", "by chance"], body)


def _goal_table() -> str:
    """When Pong's players had learned to win, seed by seed."""
    figure = {cell.id: figure for cell, figure in rows(TABLES["dqn"], _ROOT / "results")}["dqn/pong/score"]
    about = figure["about"] if figure else {}
    reached = about.get("decisions and minutes to 18 points in validation, of each run", [])
    body = []
    for seed, (at, seconds) in enumerate(zip(reached, about.get("seconds of each run", []), strict=True)):
        decisions, minutes = (f"{at[0]:,}", f"{at[1]:.0f}") if at else ("never", "–")
        body.append([f"seed {seed}", decisions, minutes, f"{seconds / 60:.0f}"])
    return _markdown(["Pong", "decisions to 18 points in validation", "minutes", "minutes to the end"], body)


def _robustness() -> str:
    figures = [f for id_, f in read_figures(_ROOT / "results").items() if id_.startswith("grlf/robustness/")]
    order = ["clean", "occlusion", "clutter", "FGSM", "PGD"]
    figures.sort(key=lambda f: (order.index(f["about"]["condition"].split()[0].rstrip(",")), f["about"]["condition"]))
    body = [[f["about"]["condition"], _share(f), f"{f['baselines']['plain network']:.1%}"] for f in figures]
    return _markdown(["condition", "saccading", "plain network"], body)


def _speed() -> str:
    figures = [f for id_, f in read_figures(_ROOT / "results").items() if id_.startswith("bench/")]
    body = []
    for f in figures:
        absolute = ", ".join(f"{name}: {_plain(value)}" for name, value in f["baselines"].items())
        body.append([f["id"], _ratio(f), f["unit"], absolute, f["setup"]])
    return _markdown(["figure", "value", "unit", "absolute", "set-up"], body)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


_MAKERS: dict[str, Callable[[], str]] = {
    "headline": _headline,
    "grlf": lambda: _recipe_table("grlf"),
    "grlf-baselines": lambda: _gaze_table("grlf-baselines"),
    "grlf-field": lambda: _gaze_table("grlf-field"),
    "headline-ram": _headline_ram,
    "ram-mnist": lambda: _errors_table("ram", "28x28"),
    "ram-translated": lambda: _errors_table("ram", "translated 60x60"),
    "ram-cluttered": lambda: _errors_table("ram", "cluttered 60x60"),
    "ram-cluttered-100": lambda: _errors_table("ram", "cluttered 100x100"),
    "cutout-faces": lambda: _overlaps_table("faces"),
    "cutout-portraits": lambda: _overlaps_table("portraits"),
    "cutout-horses": lambda: _overlaps_table("horses"),
    "cutout-sweep": _sweep_table,
    "cutout-times": _times_table,
    "headline-cutout": _headline_cutout,
    "headline-dqn": _headline_dqn,
    "dqn": _points_table,
    "dqn-goal": _goal_table,
    "robustness": _robustness,
    "speed": _speed,
}


def fill(text: str) -> str:
    """The text with every table made anew."""
    return _PLACE.sub(lambda m: f"{m[1]}{_MAKERS[m[2]]()}{m[3]}", text)


def main() -> None:
    """Rewrite the pages, or with `--check` fail where one is out of date."""
    stale = []
    for page in [_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        if (new := fill(text)) != text:
            stale.append(page.name)
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}; run `make docs`")


if __name__ == "__main__":
    main()
