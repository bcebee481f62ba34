"""Parts of the page: what is computed and where it is drawn."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
import torch

from saccade.recipes.active_vision.looks import Looks as AllLooks
from saccade.recipes.active_vision.measures import measure_fixations
from saccade.recipes.active_vision.report import animation, maps, scanpaths
from saccade.recipes.active_vision.report.groups import LookingGroup, PageWords, gather_looking, principal
from saccade.recipes.active_vision.report.looks_file import Looks, entropy, fair_sample, spread_apart
from saccade.recipes.active_vision.system import ACCURACY
from saccade.report import axes, markup
from saccade.report.group import spread
from saccade.runs import RunDirectory

from .conftest import MakeRun


def gather(runs: list[RunDirectory]) -> list[LookingGroup]:
    return gather_looking(runs, "images", PageWords("Looking"))


def looks_at(*places: tuple[float, float], side: int = 28) -> Looks:
    at = np.array(places)[:, None]
    probabilities = np.full((len(places), 1, 10), 0.1)
    return Looks(at, probabilities, np.array([3]), np.zeros((1, side, side), np.uint8))


def test_a_curve_of_one_point_is_a_dot_on_an_axis_of_two_ticks() -> None:
    assert axes.ticks_of([600.0, 600.0]) == [0.0, 600.0] and axes.ticks_of([0.0]) == [0.0]
    assert axes.ticks_of([10.0, 600.0]) == axes.round_ticks(600.0)
    plot = axes.Axes(300, 0, 600, 0.9)
    dot = plot.line([(600.0, 0.5)], stroke="#123456", stroke_width=2)
    assert dot.startswith("<circle") and 'fill="#123456"' in dot
    assert plot.line([(0.0, 0.5), (600.0, 0.5)], stroke="#123456").startswith("<polyline")


def test_entropy_is_that_of_the_result() -> None:
    places = torch.rand(6, 500, 2) * 2 - 1
    whole = AllLooks(places, torch.zeros(6, 500, 10), torch.zeros(500, dtype=torch.int64))
    expected = measure_fixations(whole, 28, 28).entropy
    assert entropy(places[1:].double().numpy()) == pytest.approx(expected, abs=1e-9)
    assert entropy(np.zeros((5, 2))) == 0


@pytest.mark.parametrize("patch", [9, 8])
def test_windows_lie_on_the_pixels_seen(patch: int) -> None:
    # The middle of pixel 14 of 28, and the first pixel: the crop reaches from c - patch // 2 on.
    looks = looks_at((1 / 27, 1 / 27), (-1, -1))
    drawn = "".join(scanpaths.eye(looks, 0, patch, 280.0))
    corners = re.findall(r'<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)"', drawn)
    assert [tuple(map(float, corner)) for corner in corners] == [(100, 100, 10 * patch), (-40, -40, 10 * patch)]
    stage = animation._stage(looks, 0, patch)
    assert stage.corners[0] / stage.width * 28 == pytest.approx([10, 10])


def test_density_counts_pixels() -> None:
    looks = looks_at((-1, -1), (1, 1), (1, -1))
    counts = maps.density(looks, looks.places.reshape(-1, 2))
    assert counts.shape == (28, 28)
    assert counts[0, 0] == counts[27, 27] == counts[0, 27] == 1
    assert maps.density(looks_at((0, 0), side=60), np.zeros((4, 2))).sum() == pytest.approx(4)


def test_shares_that_are_no_accuracies_stand_in_proportion() -> None:
    even = axes.Axes(200, 0, 1, 0.4, even=True)
    assert even.y(0) - even.y(0.25) == pytest.approx(even.y(0.5) - even.y(0.75)) and even.top == 1
    uneven = axes.Axes(200, 0, 1, 0.99)
    assert uneven.y(0) - uneven.y(0.9) == pytest.approx(uneven.y(0.9) - uneven.y(0.99))


def test_the_sample_is_fair() -> None:
    labels = np.array([7, 2, 7, 2, 1, 1])
    probabilities = np.eye(10)[None, [7, 2, 1, 2, 1, 9]]
    looks = Looks(np.zeros((1, 6, 2)), probabilities, labels, np.zeros((6, 28, 28), np.uint8))
    sample = fair_sample(looks, 2)
    assert (sample.first, sample.errors, sample.more) == ([4, 1, 0], [2, 5], [])
    assert fair_sample(looks, 3).more == [3]


def test_labels_are_moved_apart_and_stay_inside() -> None:
    moved = spread_apart(np.zeros((6, 2)), 10, 0, 100)
    gaps = np.linalg.norm(moved[:, None] - moved[None], axis=2) + np.eye(6) * 99
    assert gaps.min() > 8
    assert moved.min() >= 0
    far = np.array([[10.0, 10], [50, 50]])
    assert np.abs(spread_apart(far, 10, 0, 100) - far).max() < 0.05


def test_heights_are_logarithmic_in_the_error() -> None:
    plot = axes.Axes(400, 0, 10, 0.985)
    assert plot.top == 0.99
    assert plot.y(0) - plot.y(0.9) == pytest.approx(plot.y(0.9) - plot.y(0.99))
    assert plot.y(1) == plot.y(0.99)  # never above the frame


def test_notes_do_not_overlap() -> None:
    notes = [axes.Note(value, "a", "#000", bold=value == 0.5) for value in (0.5, 0.5, 0.0, 0.01)]
    drawn = axes.next_to(notes, axes.Axes(300, 0, 1, 0.6).y, 400, 300)
    heights = [float(y) for y in re.findall(r' y="([\d.]+)"', drawn)]
    assert all(after - before >= 16.9 for before, after in pairwise(heights))
    assert max(heights) <= 300


@pytest.mark.parametrize(("high", "last"), [(60_000, 60_000), (1_500_000, 1_500_000), (7, 6), (3, 3)])
def test_ticks_are_round(high: float, last: float) -> None:
    ticks = axes.round_ticks(high)
    assert ticks[0] == 0 and ticks[-1] == pytest.approx(last)
    assert 3 <= len(ticks) <= 8


def test_groups_are_named_by_what_differs(make_run: MakeRun) -> None:
    runs = [make_run("a", 1), make_run("a", 0), make_run("b", 0, gaze="random", ppo={"clip": 0.1})]
    first, second = gather(runs)
    assert (first.name, second.name) == ("learned gaze, clip 0.2", "random gaze, clip 0.1")
    assert first.seeds == [0, 1]
    assert principal([second, first]) is first
    assert gather(runs[:1])[0].name == "learned gaze" and first.unit == "images"
    both = gather([runs[0], make_run("f", recipe="grlf-field", field=60)])
    assert [group.name for group in both] == ["grlf", "grlf-field"]


def test_curves_are_means_over_those_that_got_so_far(make_run: MakeRun) -> None:
    (group,) = gather([make_run(seed=0), make_run(seed=10, ended=False)])
    curve = dict(group.curve("validation_accuracy", ACCURACY))
    assert curve[400].values == pytest.approx((0.36, 0.364))
    assert (curve[400].low, curve[400].high) == (pytest.approx(0.33659, abs=1e-5), pytest.approx(0.38741, abs=1e-5))
    assert len(curve[1000].values) == 1


def test_numbers_as_one_writes_them() -> None:
    assert markup.percent(0.9314) == "93.1%"
    assert markup.percent(0.99057) == "99.06%"
    assert markup.count(1_500_000) == "1,500,000"
    assert [markup.duration(s).replace(markup.THIN, " ") for s in (12, 90, 3900)] == [
        "12 s",
        "1 min 30 s",
        "1 h 05 min",
    ]
    assert [markup.listed(x) for x in ([], [1], [1, 2], [1, 2, 3])] == ["", "1", "1 and 2", "1, 2 and 3"]
    close = spread([0.9310, 0.9314])
    assert close is not None and (close.low, close.high) == pytest.approx((0.929, 0.934), abs=5e-4)


def test_elements_are_escaped() -> None:
    assert markup.element("rect", stroke_width=1.0, class_="a") == '<rect stroke-width="1" class="a"/>'
    assert markup.element("p", title='"<') == '<p title="&quot;&lt;"></p>'
    assert markup.label("<", 0, 0) == '<text x="0" y="0">&lt;</text>'
