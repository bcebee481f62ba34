import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from saccade.graph import WiringError
from saccade.recipes.active_vision.evaluation import LOOKS_FILE, Seen, evaluate, save_looks
from saccade.recipes.active_vision.looks import Looks, look, rewire
from saccade.recipes.active_vision.measures import hit_rate, measure_fixations
from saccade.recipes.active_vision.settings import Gaze
from saccade.runs import load_checkpoint
from saccade.training.registry import recipe_named

from ...small_runs import Digits, Start, Tiny


def looks_at(places: Tensor, right: Tensor | None = None) -> Looks:
    """Looks `(t, n, 2)` of two classes; `right` (t, n) where the most probable class is the label, 0."""
    t, n, _ = places.shape
    right = torch.ones(t, n, dtype=torch.bool) if right is None else right
    return Looks(places, torch.stack([right.float(), 1 - right.float()], 2), torch.zeros(n, dtype=torch.int64))


def test_accuracy_by_fixation() -> None:
    right = torch.tensor([[True, False, False, False], [True, True, False, True]])
    looks = looks_at(torch.zeros(2, 4, 2), right)
    assert looks.accuracy() == [0.25, 0.75]
    assert torch.equal(looks.correct, right)


def test_maps() -> None:
    places = torch.zeros(3, 4, 2)
    places[1] = torch.tensor([-1.0, 1.0])
    places[2] = torch.tensor([1.0, -1.0])
    looks = looks_at(places)
    chosen, every = looks.map(), looks.map(first=0)
    assert float(chosen.sum()) == pytest.approx(1)
    assert float(chosen[27, 0]) == float(chosen[0, 27]) == 0.5  # rows are y
    assert float(every[14, 14]) == pytest.approx(1 / 3)


def test_a_gaze_that_stands_still() -> None:
    still = measure_fixations(looks_at(torch.zeros(4, 5, 2)), 28, 28)
    assert (abs(still.entropy), abs(still.entropy_within), still.jump) == (0, 0, 0)


def test_a_scan_and_a_choice() -> None:
    corners = torch.tensor([[0.0, 0], [-1, -1], [1, -1]])
    scan = measure_fixations(looks_at(corners[:, None].expand(3, 6, 2)), 28, 28)
    assert (scan.entropy, abs(scan.entropy_within)) == (1, 0)  # the image changes nothing
    assert scan.jump == pytest.approx((13.5 * math.sqrt(2) + 27) / 2)
    both = corners[:, None].repeat(1, 6, 1)
    both[1:, 3:] = both[1:, 3:].flip(0)
    choice = measure_fixations(looks_at(both), 28, 28)
    assert (choice.entropy, choice.entropy_within) == (1, 1)


def test_places_outside_count_as_the_border() -> None:
    places = torch.zeros(2, 1, 2)
    places[1, 0, 0] = 9
    assert measure_fixations(looks_at(places), 11, 11).jump == pytest.approx(5)
    across = torch.tensor([[[-1.0, 0.0]], [[1.0, 0.0]], [[1.0, 1.0]]])  # 20 pixels to the right, then 5 down
    assert measure_fixations(looks_at(across), 11, 21).jump == pytest.approx(12.5)


@pytest.mark.parametrize(("recipe", "field"), [("grlf", 0), ("grlf-field", 40)])
def test_measuring_twice_gives_the_same(
    recipe: str, field: int, tiny: Tiny, splits: Digits, start: Start, tmp_path: Path
) -> None:
    training = start(tmp_path / "run", recipe, field=field)
    brain = training.task.system.graph.brain_state()
    first, looks, seen = evaluate(training.recipe, training.settings, brain, splits.test)
    torch.manual_seed(99)
    torch.rand(3)
    again, looks_again, seen_again = evaluate(training.recipe, training.settings, brain, splits.test)
    assert first == again and json.loads(json.dumps(first)) == first
    assert torch.equal(looks.places, looks_again.places) and torch.equal(seen.images, seen_again.images)
    side = field or 28
    assert seen.images.shape == (12, side, side) and seen.images.dtype == torch.uint8
    assert torch.equal(seen.images.flatten(1).sum(1), splits.test.images.flatten(1).sum(1))
    assert seen.patches.shape == (3, 12, 1, 5, 5)
    corner = round((side - 1) / 2) - 2  # the first look is at the pixel nearest to the middle
    assert torch.equal(seen.patches[0, :, 0], seen.images[:, corner : corner + 5, corner : corner + 5])
    assert looks.labels.tolist() == splits.test.labels.tolist() and looks.places.shape == (3, 12, 2)
    assert first["accuracy"] == first["accuracy_by_fixation"][-1] and first["images"] == 12


def test_batches_do_not_matter(tiny: Tiny, splits: Digits, start: Start, tmp_path: Path) -> None:
    training = start(tmp_path / "run")
    brain = training.task.system.graph.brain_state()
    whole, parts = (look(rewire(training.recipe, training.settings, brain, splits.test), batch) for batch in (2000, 5))
    assert torch.allclose(whole.probabilities, parts.probabilities, atol=1e-5)
    assert torch.equal(whole.labels, parts.labels)


def test_another_gaze_on_the_same_reader(splits: Digits, tiny: Tiny, start: Start, tmp_path: Path) -> None:
    training = start(tmp_path / "run")
    brain, recipe = training.task.system.graph.brain_state(), recipe_named("grlf")
    centre = tiny(gaze=Gaze.CENTRE)
    with pytest.raises(WiringError, match="the weights are of another system"):
        rewire(recipe, centre, brain, splits.test)
    system = rewire(recipe, centre, brain, splits.test, partly=True)
    assert not system.graph.training
    for name, weight in system.reader.state_dict().items():
        assert torch.equal(weight, training.task.system.reader.state_dict()[name])
    with pytest.raises(WiringError):
        rewire(recipe, tiny(units=9), brain, splits.test, partly=True)


def test_looks_are_kept(tmp_path: Path) -> None:
    looks = looks_at(torch.rand(3, 4, 2))
    pixels = torch.arange(16, dtype=torch.uint8)
    save_looks(
        tmp_path / LOOKS_FILE,
        looks,
        Seen(pixels.view(4, 2, 2), pixels.view(1, 2, 2, 2, 2), (2, 2)),
        ("eel", "sea horse"),
    )
    saved = load_checkpoint(tmp_path / LOOKS_FILE)[0]
    kept = saved.tensors
    assert saved.numbers["classes"] == ["eel", "sea horse"] and kept["patches"].shape == (1, 2, 2, 2, 2)
    assert "centres" not in kept
    assert torch.allclose(kept["places"].float(), looks.places, atol=1e-3)
    assert torch.equal(kept["probabilities"].argmax(2) == kept["labels"], looks.correct)
    assert kept["images"].flatten().tolist() == list(range(16))


def test_hit_rates_that_can_be_counted() -> None:
    places = torch.tensor([[[0.0, 0.0], [1.0, 0.0]], [[0.4, 0.4], [0.0, 0.0]]])  # (t, n, 2)
    looks = replace(looks_at(places), centres=torch.tensor([[0.4, 0.3], [0.0, 0.0]]))
    assert hit_rate(looks, 61, 28, 28) == [0.5, 1]  # 0.4 half-widths are 12 pixels of 61, 1 is 30
    assert hit_rate(looks, 61, 6, 6) == [0, 1]
    assert hit_rate(looks, 61, 28, 20) == [0, 1]
    with pytest.raises(ValueError, match="where the digits lie"):
        hit_rate(looks_at(places), 61, 28, 28)


def test_a_wiring_that_does_not_follow_the_gaze(
    splits: Digits, start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = start(tmp_path / "run")
    wire = training.recipe.wire
    deaf = replace(
        training.recipe, wire=lambda settings, *rest, **how: wire(replace(settings, gaze=Gaze.LEARNED), *rest, **how)
    )
    measures, _, _ = evaluate(deaf, training.settings, training.task.system.graph.brain_state(), splits.test)
    assert "random_fixations_accuracy" not in measures and "accuracy" in measures
    assert "its wiring does not follow the setting gaze" in capsys.readouterr().err
