"""Training and measuring of a system that classifies by fixations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.training.data import Splits
from saccade.training.graph_task import GraphTask
from saccade.training.recipe import Recipe
from saccade.training.task import Advance, Rhythm, Share, silently
from saccade.worlds import LabelledImages

from .evaluation import LOOKS_FILE, evaluate, passes, save_looks
from .looks import look, rewire
from .measurements import TRAINING_IMAGES
from .predictor import LookingPredictor

_VALIDATE_EVERY = 50_000  # images, at least: a validation costs as much as training on some thousand
_VALIDATIONS = 30


class LookingTask(GraphTask):
    """The task of every recipe of `LookingSystem`s."""

    def __init__(self, recipe: Recipe, settings: Any, data: Splits[LabelledImages], seed: int, folder: Path) -> None:
        super().__init__(recipe, settings, data, seed, folder)
        self.validations = Rhythm(settings.validate_every or max(_VALIDATE_EVERY, self.total // _VALIDATIONS))
        train = data.train
        shape = {"classes": list(train.classes), "channels": train.channels, "size": list(train.size)}
        self.data_id = replace(self.data_id, shape=shape)

    def validate(self) -> Mapping[str, float]:
        """Accuracy on the validation images, after the last fixation."""
        return {"validation_accuracy": self._accuracy(self.data.validation, silently)}

    def _accuracy(self, data: LabelledImages, advance: Advance) -> float:
        """Accuracy on some images, after the last fixation."""
        system = rewire(self.recipe, self.settings, self.system.graph.brain_state(), data)
        return look(system, advance=advance).accuracy()[-1]

    def predictor(self, weights: Mapping[str, Tensor]) -> LookingPredictor:
        """Classifies images by fixations."""
        return LookingPredictor(self.recipe, self.settings, self.data.train, weights)

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """Accuracy on the test images, and every fixation on them."""
        brain = self.system.graph.brain_state()
        train = self.data.train.part(slice(0, TRAINING_IMAGES))
        images = len(self.data.test.labels) * passes(self.settings)
        share = Share(watch, images + len(self.data.validation.labels) + len(train.labels))
        test, looks, seen = evaluate(self.recipe, self.settings, brain, self.data.test, share.add)
        save_looks(folder / LOOKS_FILE, looks, seen, self.data.test.classes)
        return {
            "test": test,
            "validation_accuracy": self._accuracy(self.data.validation, share.add),
            "train_accuracy": self._accuracy(train, share.add),
            "train_images": len(train.labels),
            "data": self.data.test.name,
        }
