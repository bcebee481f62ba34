"""Is a classifier that looks more robust than a plain network? GRLF's open question, measured.

Every trained run is compared with a plain convolutional network trained until it is as accurate on
validation images, on the same attacked, occluded and cluttered test images. Attacks on the looking
system go through a bilinear crop and the unclipped gradient of the gaze, and average over samples of
the gaze; the accuracy reported is that of the system as it is (whole pixels), and the lower of
it and the smooth system's.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from saccade.agents import Saccader
from saccade.arguments import check_folders, check_paths, check_whole
from saccade.recipes.active_vision.data import open_digits
from saccade.recipes.active_vision.looks import rewire
from saccade.recipes.active_vision.settings import LookSettings
from saccade.recipes.active_vision.system import LookingSystem
from saccade.runs import Figure, RunDirectory, RunError, find_runs, load_checkpoint, number_at, write_figure
from saccade.training.data import Splits
from saccade.training.registry import recipe_of
from saccade.training.settings import settings_of
from saccade.vision import PlainNetwork
from saccade.worlds import LabelledImages, Shift
from saccade.worlds.clutter import strew

from .attacks import Classifier, fgsm, occlude, pgd

EPSILONS = (0.05, 0.1, 0.2)
_SAMPLES = 4
_BATCH = 250
_PASSES = 20
STEPS = 1 + 2 * (1 + 2 * len(EPSILONS))  # of one run: a training, then clean and attacked images of both

Advance = Callable[[], None]


@dataclass(frozen=True)
class Conditions:
    """Accuracy under every condition, by its name."""

    looking: dict[str, float]
    plain: dict[str, float]
    validation: tuple[float, float]  # of both, clean: what "equal" means


def looking_classifier(system: LookingSystem) -> Classifier:
    """The looking system as a function of the images: logits after the last fixation, with gradients."""

    def classify(images: Tensor) -> Tensor:
        system.digits.show(images)
        trace = system.graph.unroll(len(images), watch=(system.reader.logits,))
        return trace[system.reader.logits][-1]

    return classify


def compare(run: RunDirectory, data: Splits[LabelledImages], images: int, advance: Advance) -> Conditions:
    """Measure one run and a plain network of equal clean accuracy; `advance` is called after every step of `STEPS`."""
    recipe = recipe_of(run)
    settings = settings_of(run, type(recipe.settings))
    if not isinstance(settings, LookSettings):
        raise RunError(f"{run.folder}, recipe {run.recipe}: robustness is measured of systems that look at digits")
    if settings.field:
        raise RunError(
            f"{run.folder}: robustness is measured on the digits as they are; this run has --field {settings.field}"
        )
    brain = _brain(run, recipe.wire(settings, data.test))
    sharp = looking_classifier(rewire(recipe, settings, brain, data.test))
    smooth = rewire(recipe, dataclasses.replace(settings, detach=False), brain, data.test, smooth=True)
    for actor in smooth.graph.actors:
        actor.train()  # sample the gaze, as EOT asks
        if isinstance(actor, Saccader):
            actor.reparameterized = True
    target = number_at(run.result or {}, "validation_accuracy")
    if target is None:
        raise RunError(
            f"{run.folder / 'result.json'} has no number validation_accuracy: delete it and `saccade resume {run.folder}`, which measures anew"
        )
    plain, reached = train_plain(data, target, run.seed)
    advance()
    test = data.test.part(slice(0, images))
    return Conditions(
        _conditions([sharp, looking_classifier(smooth)], test, data.train, _SAMPLES, run.seed, advance),
        _conditions([plain], test, data.train, 1, run.seed, advance),
        (target, reached),
    )


def _brain(run: RunDirectory, system: LookingSystem) -> dict[str, Tensor]:
    if run.result is None:
        raise RunError(f"{run.folder} has not ended: `saccade resume {run.folder}`")
    tensors = load_checkpoint(run.checkpoint)[0].tensors
    try:
        return {name: tensors[f"graph/{name}"] for name in system.graph.brain_state()}
    except KeyError as error:
        raise RunError(f"{run.checkpoint} is of another version of saccade: it has no {error}") from error


def train_plain(data: Splits[LabelledImages], target: float, seed: int) -> tuple[Classifier, float]:
    """Train a plain network until its validation accuracy is `target`; the network and what it reached.

    It has the looking system's augmentation, shifts of a pixel, and a learning rate that falls.

    Raises:
        RunError: it does not come within 0.1 points of it in 20 passes over the training images.
    """
    torch.manual_seed(seed)
    network, shift = PlainNetwork(), Shift(1)
    shift.seed(seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.75)
    generator = torch.Generator().manual_seed(seed)
    validation, reached = _floats(data.validation.images), 0.0
    for _ in range(_PASSES):
        for part in torch.split(torch.randperm(len(data.train.labels), generator=generator), 20_000):
            for chosen in torch.split(part, 128):
                images = shift(_floats(data.train.images[chosen]))
                loss = F.cross_entropy(network(images), data.train.labels[chosen])
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
            reached = _accuracy(network, validation, data.validation.labels)
            if reached >= target:
                return network.requires_grad_(False), reached
        schedule.step()
    if reached < target - 0.001:
        raise RunError(f"the plain network came to {reached:.2%} on validation images, not to the run's {target:.2%}")
    return network.requires_grad_(False), reached


def _conditions(
    classifiers: Sequence[Classifier],
    test: LabelledImages,
    train: LabelledImages,
    samples: int,
    seed: int,
    advance: Advance,
) -> dict[str, float]:
    """Accuracies; the last classifier is attacked, and the lowest accuracy of all is kept."""
    clean, labels = _floats(test.images), test.labels
    generator = torch.Generator().manual_seed(seed)
    found = {
        "clean": clean,
        "occlusion 8x8": occlude(clean, 8, generator),
        "occlusion 12x12": occlude(clean, 12, generator),
        "clutter, 4 pieces 8x8": strew(clean, train.images, 4, 8, generator),
    }
    attacked = classifiers[-1]
    accuracy = {name: _accuracy(classifiers[0], images, labels) for name, images in found.items()}
    advance()
    makers: Mapping[str, Callable[[Tensor, Tensor, float], Tensor]] = {
        "FGSM": lambda x, y, e: fgsm(attacked, x, y, e, samples),
        "PGD": lambda x, y, e: pgd(attacked, x, y, e, samples, generator=generator),
    }
    for kind, make in makers.items():
        for epsilon in EPSILONS:
            parts = [
                make(x, y, epsilon)
                for x, y in zip(torch.split(clean, _BATCH), torch.split(labels, _BATCH), strict=True)
            ]
            images = torch.cat(parts)
            accuracy[f"{kind} {epsilon}"] = min(_accuracy(each, images, labels) for each in classifiers)
            advance()
    return accuracy


@torch.no_grad()
def _accuracy(classify: Classifier | nn.Module, images: Tensor, labels: Tensor) -> float:
    right = [
        classify(x).argmax(1) == y for x, y in zip(torch.split(images, 1000), torch.split(labels, 1000), strict=True)
    ]
    return float(torch.cat(right).double().mean())


def _floats(images: Tensor) -> Tensor:
    return images.unsqueeze(1).float() / 255


def measure(
    runs: Sequence[RunDirectory], results: Path, images: int, data: str | None, command: str, advance: Advance
) -> list[Figure]:
    """Compare every run (seed) and write one figure a condition.

    Raises:
        RunError: a run has not ended, is of the field, or no plain network comes to its accuracy.
    """
    started = time.monotonic()
    splits = open_digits(data)
    found = [compare(run, splits, images, advance) for run in runs]
    seconds = time.monotonic() - started
    figures = []
    for name in found[0].looking:
        figure = Figure(
            id=f"grlf/robustness/{_slug(name)}",
            values=[each.looking[name] for each in found],
            unit=f"fraction of {min(images, len(splits.test.labels))} test images",
            better="higher",
            range=(0, 1),
            test_images=min(images, len(splits.test.labels)),
            setup=f"{name}; attacks through a bilinear crop, {_SAMPLES} samples of the gaze a gradient (EOT), PGD 20 steps",
            command=command,
            seconds=seconds,
            seeds=[run.seed for run in runs],
            baselines={"plain network": sum(each.plain[name] for each in found) / len(found)},
            about={
                "condition": name,
                "plain network, by seed": [each.plain[name] for each in found],
                "clean validation accuracy, by seed: ours, plain network": [each.validation for each in found],
            },
        )
        write_figure(results, figure)
        figures.append(figure)
    return figures


def _slug(name: str) -> str:
    return name.lower().replace(", ", "-").replace(" ", "-")


def robustness_rows(figures: Sequence[Figure]) -> list[tuple[str, float, float]]:
    """Condition, accuracy of the looking system, accuracy of the plain network."""
    rows: list[tuple[str, float, float]] = []
    for figure in figures:
        baseline: Any = figure.baselines["plain network"]
        rows.append((str(figure.about["condition"]), sum(figure.values) / len(figure.values), float(baseline)))
    return rows


def robustness(
    folders: Sequence[Path | str],
    results: Path,
    images: int = 1000,
    data: Path | str | None = None,
    command: str | None = None,
    watch: Callable[[float], None] = lambda _: None,
) -> list[tuple[str, float, float]]:
    """Attack finished runs; rows of condition, their accuracy, a plain network's (see `saccade robustness`).

    Args:
        folders: run directories, or folders of them.
        results: where the figures go.
        images: test images to attack.
        data: folder that holds mnist/.
        command: what to note as the command that made the figures.
        watch: called with the share that is done.
    """
    check_folders(folders)
    check_paths(results=results, data=data)
    check_whole(1, 10**9, images=images)
    runs = [run for folder in folders for run in find_runs(Path(folder))]
    where = None if data is None else str(Path(data).expanduser().resolve())
    done = itertools.count(1)
    figures = measure(
        runs, results, images, where, command or "saccade.recipes.grlf.robustness.robustness(…)",
        lambda: watch(next(done) / (STEPS * len(runs))),
    )  # fmt: skip
    return robustness_rows(figures)
