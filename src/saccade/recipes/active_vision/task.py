"""Training and measuring of a system that classifies by looking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from saccade.agents import Learner
from saccade.agents.moments import parted

from saccade.training.recipe import LookingSystem, Recipe
from .data import DataSplits
from .evaluation import LOOKS_FILE, evaluate, save_looks
from .looks import look, rewire
from saccade.training.task import LOGS, Source

_CHECK_EVERY = 50_000  # images, at least: a validation costs as much as training on some thousand
_CHECKS = 30


class LookingTask:
    """The task of every recipe of `LookingSystem`s."""

    unit, logs, stage = "images", LOGS, 0

    def __init__(self, recipe: Recipe, settings: Any, data: DataSplits, seed: int, _: Path) -> None:
        self.recipe, self.settings, self.data = recipe, settings, data
        self.system: LookingSystem = recipe.wire(settings, data.train)
        self.system.graph.seed(seed)
        self.learner = Learner(self.system.graph, settings.learner)
        self.total: int = settings.images
        self._check_every: int = max(_CHECK_EVERY, self.total // _CHECKS)
        self.source = Source(data.train.name, data.train.fingerprint)

    def checks(self, seen: int) -> int:
        """One every so many images."""
        return seen // self._check_every

    def batch(self, seen: int) -> int:
        """Images of the next update."""
        return int(min(self.settings.batch, self.total - seen))

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """One update on `n` images; the accuracy is that after the last look."""
        correct = self.system.verdict.correct
        update, trace = self.learner.update(n, seen / self.total, watch=(correct,))
        return {"loss": update.loss, "reward": update.reward, "train_accuracy": float(trace[correct].float().mean())}

    def told(self, values: Mapping[str, float]) -> str:
        """Reward and accuracy."""
        return f"reward {values['reward']:+.3f}  accuracy {values['train_accuracy']:.1%}"

    def overdue(self) -> bool:
        """Never: any checkpoint will do."""
        return False

    def validate(self) -> Mapping[str, float]:
        """Accuracy on the validation images, after the last look."""
        system = rewire(self.recipe, self.settings, self.system.graph.brain_state(), self.data.validation)
        return {"validation_accuracy": look(system).accuracy()[-1]}

    def measure(self, folder: Path) -> dict[str, Any]:
        """Accuracy on the test images, and every look at them."""
        brain = self.system.graph.brain_state()
        train = self.data.train.part(slice(0, 10_000))
        test, looks, seen = evaluate(self.recipe, self.settings, brain, self.data.test)
        save_looks(folder / LOOKS_FILE, looks, seen, self.data.test.classes)
        return {
            "test": test,
            **self.validate(),
            "train_accuracy": look(rewire(self.recipe, self.settings, brain, train)).accuracy()[-1],
            "data": self.data.test.name,
        }

    def conclude(self) -> None:
        """Nothing has to be let go of."""

    def state(self) -> dict[str, Tensor]:
        """Weights, the world's place in its data, random streams and the optimiser."""
        graph = self.system.graph
        tensors = {f"graph/{name}": value for name, value in graph.state_dict().items()}
        tensors |= {f"random/{name}": value for name, value in graph.random_state().items()}
        return tensors | {f"optimizer/{name}": value for name, value in self.learner.state().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = parted(state)
        self.system.graph.load_state_dict(parts["graph"])
        self.system.graph.set_random_state(parts["random"])
        self.learner.load_state(parts["optimizer"])
