"""Groups against each other, and what a page says of a package that is not saccade's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from saccade.recipes.cutout.page import sections as cutout_sections
from saccade.report.comparison import ranking
from saccade.report.curves import learning_curves
from saccade.report.group import Group, Run, names_of, same_settings
from saccade.report.header import commit_of, masthead
from saccade.report.tables import how_it_was_made
from saccade.runs import Metric, RunDirectory
from saccade.training.registry import recipe_named

ERROR = Metric("error", "error", "", "{:.1%}", higher_is_better=False, low=0, high=1)


def group(name: str, values: dict[int, float], data: str = "set", **about: Any) -> Group:
    """A group whose runs have these values, by seed."""
    runs = [
        Run(RunDirectory(Path(name), "r", {}, seed, about), [], {"test": {"error": value}, "data": data})
        for seed, value in values.items()
    ]
    return Group(name, "r", {}, runs, "images")


def test_the_best_is_the_first_whichever_direction_is_better() -> None:
    high, low = group("high", {0: 0.3, 1: 0.4, 2: 0.5}), group("low", {0: 0.2, 1: 0.25, 2: 0.45})
    found = ranking([high, low, group("else", {0: 0.0}, "another set")], ERROR, "test.error")
    assert [each.name for each in found.groups] == ["low", "high"] and bool(found)
    difference = found.difference(low, high)
    assert difference is not None and difference.values == pytest.approx((-0.1, -0.15, -0.05))
    # t = 4.303 with two degrees of freedom, times 0.05 / sqrt(3)
    assert difference.interval == pytest.approx((-0.2242, 0.0242), abs=1e-4)
    assert found.to_best(high) == "+10.0 [-2.4, +22.4]" and found.to_best(low) == "–"
    assert "Lowest error of 2 groups: low" in found.title
    assert (
        ">-10.0<" in found.lead() and "The interval includes zero: 3 seeds do not tell the two apart." in found.lead()
    )


def test_groups_of_other_data_are_said_not_to_be_ranked() -> None:
    first, second = group("a", {0: 0.3, 2: 0.1}), group("b", {1: 0.4}, "another set")
    page = masthead([first, second], first, "Title", "Task")
    assert "b was measured on another set, a on set: they are not ranked." in page
    assert "<dd>another set and set</dd>" in page and "<dd>0, 1 and 2 (in 2 groups)</dd>" in page
    assert "not ranked" not in masthead([first], first, "Title", "Task")


def directory(seed: int, **settings: Any) -> RunDirectory:
    return RunDirectory(Path(f"run-{seed}"), "r", settings, seed, {})


def test_groups_are_named_by_what_is_set() -> None:
    plain, wrapped = directory(0, env="a", wrapper="", key=None), directory(1, env="a", wrapper="m:f", key="map")
    assert names_of([plain, wrapped]) == ["no wrapper, no key", "wrapper m:f, key map"]
    small, large = directory(2, env="a", env_args={"size": 3}), directory(3, env="b", env_args={"size": 3, "mode": "x"})
    assert names_of([small, large]) == ["env a", "env b, mode x"]


def test_what_no_number_depends_on_makes_no_group() -> None:
    runs = [directory(0, batch=2, processes=0), directory(1, batch=2, processes=2), directory(2, batch=4, processes=2)]
    (one, two) = same_settings(runs)
    assert [run.seed for run in one] == [0, 1] and names_of([one[0], two[0]]) == ["batch 2", "batch 4"]


def test_nothing_is_compared_with_a_single_group() -> None:
    alone = ranking([group("one", {0: 0.3})], ERROR, "test.error")
    assert not alone and alone.lead() == "" and alone.best is not None
    assert ranking([group("none", {})], ERROR, "test.error").best is None


def test_a_commit_is_that_of_the_recipe_s_own_code() -> None:
    ours, theirs = {"package": "saccade 0.1.0", "commit": "abc"}, {"package": "spots 0.1", "commit": "abc"}
    assert commit_of(ours) == commit_of({"commit": "abc"}) == "abc" and commit_of(theirs) == ""
    row = re.findall(r"<td>(.*?)</td>", how_it_was_made([group("g", {0: 0.1}, **theirs)]))
    assert row[2:4] == ["spots 0.1", "–"]


@pytest.mark.parametrize(
    ("format_", "ticks"),
    [("{:.1f} px", ["0 px", "20 px", "40 px"]), ("{:.1%}", ["0%", "2000%"]), ("{:+,.0f}", ["0", "+20", "+40"])],
)
def test_axis_and_values_are_in_one_unit(format_: str, ticks: list[str]) -> None:
    rows = [{"seen": 10.0 * step, "validation_error": 4.0 * step} for step in range(1, 11)]
    run = Run(RunDirectory(Path("run"), "r", {}, 0, {}), rows, None)
    metric = Metric("error", "error", "", format_)
    drawn = learning_curves([Group("g", "r", {}, [run], "images")], "validation_error", "none", metric, "words")
    labels = re.findall(r"<text[^>]*>(.*?)</text>", drawn)
    assert metric.shown(40) in labels and all(tick in labels for tick in ticks), labels


def test_large_numbers_of_an_axis_are_written_as_values_are() -> None:
    rows = [{"seen": 10.0 * step, "validation_error": 1e6 * step} for step in range(1, 5)]
    run = Run(RunDirectory(Path("run"), "r", {}, 0, {}), rows, None)
    metric = Metric("return", "return", "", "{:,.1f}")
    drawn = learning_curves([Group("g", "r", {}, [run], "images")], "validation_error", "none", metric, "words")
    assert ">4,000,000.0<" in drawn and ">1,000,000<" in drawn and "e+06" not in drawn


@pytest.mark.parametrize(
    ("iou", "words"),
    [(0.5, "Not better than the open-loop strokes, without a scribbler:"), (0.9, "Better than the baselines")],
)
def test_the_verdict_on_a_scribbler_is_in_its_headline(tmp_path: Path, iou: float, words: str) -> None:
    runs = []
    for seed in (0, 1, 2):
        settings = {"seen": 8, "episode_steps": 3, "pens": "both", "length": 4, "forecast": 0}
        run = RunDirectory.create(tmp_path / f"seed-{seed}", "cutout", settings, seed, command="", data=None, threads=1)
        baseline = {"iou": 0.6, "iou_by_step": [0.1, 0.6]}
        test = {"iou": iou + 0.01 * seed, "images": 9, "mean_mask_iou": 0.4, "baselines": {"blind script": baseline}}
        run.write_result({"test": test, "data": "faces", "seen": 8, "seconds": 1.0})
        runs.append(run)
    page = "".join(cutout_sections(recipe_named("cutout"), runs))
    headline = page[page.index('class="tile wide"') : page.index("Open-loop strokes")]
    assert f"{iou + 0.01:.3f}" in headline and words in headline
    # the mean difference from 0.6, and 4.303 times 0.01 / sqrt(3)
    expected = {0.5: "-0.090 [-0.115, -0.065]: worse than", 0.9: "+0.310 [+0.285, +0.335]: better than"}[iou]
    assert f"{expected} the open-loop strokes" in headline and "where the source's agent stalls" in headline


def test_on_pictures_of_one_s_own_the_source_has_no_figure(tmp_path: Path) -> None:
    settings = {"seen": 8, "episode_steps": 3, "pens": "both", "length": 4, "forecast": 0}
    run = RunDirectory.create(tmp_path / "run", "cutout", settings, 0, command="", data="/pictures/own", threads=1)
    run.write_result({"test": {"iou": 0.7, "images": 9}, "data": "own test", "seen": 8, "seconds": 1.0})
    page = "".join(cutout_sections(recipe_named("cutout"), [run]))
    assert "stalls" not in page and "<dt>Data in</dt><dd>/pictures/own</dd>" in page
