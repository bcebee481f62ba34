"""Training and measuring of a scribbler: first the forecasts of masks, then the strokes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents import Learner
from saccade.agents.averaged import AveragedWeights
from saccade.agents.moments import parted
from saccade.runs import RunDirectory
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits
from saccade.worlds.cutout.overlap import overlap

from .wiring import CutOutSystem, wire
from .baselines import Baselines, mean_mask
from .games import Games, Wired, play, save_games, summary
from .settings import CutOutSettings
from .forecast import FOLDS, Forecasters
from saccade.training.settings import from_plain
from .strokes import habits
from saccade.training.task import LOGS, Source

_FORECAST_BATCH = 16
_BESIDE = ("baselines", "mean_mask_iou")  # of a result: what is no scribbler's
_CHECKS = 8  # validations of the scribbler in training


class CutOutTask:
    """The task of CutOut."""

    unit, logs = "images", LOGS

    def __init__(self, settings: CutOutSettings, data: MaskedSplits, seed: int) -> None:
        self.settings, self.data, self._seed = settings, data, seed
        self.forecasters = Forecasters(data.train, seed) if settings.forecast else None
        self.stage = FOLDS * settings.forecast
        self.total = self.stage + settings.images
        self.source = Source(data.train.name, data.train.fingerprint)
        self._check_every = max(1, settings.images // _CHECKS)
        self._begun: tuple[CutOutSystem, Learner] | None = None
        self._mean = AveragedWeights()
        self._best: dict[str, Tensor] = {}  # the scribbler that did best on the validation images
        self._best_iou = -1.0
        self._validation_hints: Tensor | None = None

    def checks(self, seen: int) -> int:
        """One of the forecasts, when all are learned; then as many of the scribbler, however long the forecasts took."""
        return 0 if seen < self.stage else 1 + (seen - self.stage) // self._check_every

    def batch(self, seen: int) -> int:
        """Images of the update after so many."""
        if seen < self.stage:
            left = self.settings.forecast - seen % self.settings.forecast
            return left if left < 2 * _FORECAST_BATCH else _FORECAST_BATCH  # one alone has no mean to be normalised by
        return min(self.settings.batch, self.total - seen)

    def update(self, n: int, seen: int) -> Mapping[str, float]:
        """Learn from `n` more images, after so many."""
        if self.forecasters is not None and seen < self.stage:
            fold, done = divmod(seen, self.settings.forecast)
            return self.forecasters.update(fold, n, done / self.settings.forecast)
        system, learner = self.policy()
        done = seen - self.stage
        progress = done / self.settings.images
        if system.guide is not None and system.imitation is not None:
            asked = done // self.settings.batch % 2 == 0  # trying strokes out takes longer than all the rest
            system.imitation.weight = max(0.0, 1 - progress / self.settings.imitate) if asked else 0.0
            system.guide.asked = system.imitation.weight > 0
        iou = system.parts.overlap.iou
        update, trace = learner.update(n, progress, watch=(iou,))
        self._mean.update(system.graph.brain_state())
        return {"loss": update.loss, "reward": update.reward, "train_iou": float(trace[iou][-1].mean())}

    def told(self, values: Mapping[str, float]) -> str:
        """Reward and overlap."""
        return f"reward {values['reward']:+.3f}  IoU {values['train_iou']:.1%}"

    def overdue(self) -> bool:
        """Never: any checkpoint will do."""
        return False

    def policy(self) -> tuple[CutOutSystem, Learner]:
        """The scribbler and its learner; made when the forecasts are done, which it reads."""
        if self._begun is None:
            torch.manual_seed(self._seed)
            hints = None if self.forecasters is None else self.forecasters.of_training()
            system = wire(self.settings, self.data.train, hints)
            system.graph.seed(self._seed)
            self._begun = system, Learner(system.graph, self.settings.learner, self.settings.minibatch)
        return self._begun

    def validate(self) -> Mapping[str, float]:
        """Overlap on the validation images; of the scribbler, or, before it has begun, of the forecasts.

        The scribbler that does best there is kept: it is the one that is measured.
        """
        data = self.data.validation
        if self._begun is None and self.forecasters is not None:
            return {"validation_iou": float(overlap(self.forecasters.of(data.images) >= 128, data.masks).mean())}
        if self._validation_hints is None and self.forecasters is not None:
            self._validation_hints = self.forecasters.of(data.images)
        brain = self._weights()
        iou = float(self._games(data, self._validation_hints, brain).iou[-1].mean())
        if iou > self._best_iou:
            self._best, self._best_iou = {name: value.clone() for name, value in brain.items()}, iou
        return {"validation_iou": iou}

    def games(self, data: MaskedImages) -> Games:
        """One game on every image, with the most probable strokes of the scribbler that did best so far."""
        hints = None if self.forecasters is None else self.forecasters.of(data.images)
        return self._games(data, hints, self._best or self._weights())

    def _weights(self) -> Mapping[str, Tensor]:
        """The scribbler's, averaged over its last updates."""
        return self._mean.state or self.policy()[0].graph.brain_state()

    def _games(self, data: MaskedImages, hints: Tensor | None, brain: Mapping[str, Tensor]) -> Games:
        def wired(which: slice) -> Wired:
            system = wire(self.settings, data.part(which), None if hints is None else hints[which], learn=False)
            system.graph.load_brain_state(brain)
            system.graph.eval()
            return system.graph, system.parts

        return play(wired, len(data))

    def measure(self, folder: Path) -> dict[str, Any]:
        """Overlap on the test images, and every stroke."""
        last = self.validate()
        games, test = self.measured(self.data.test, self._beside(folder))
        save_games(folder, games, self.data.test)
        return {
            "test": test,
            "validation_iou": self._best_iou,
            "last_validation_iou": last["validation_iou"],
            "data": self.data.test.name,
        }

    def _beside(self, folder: Path) -> dict[str, Any] | None:
        """Everybody who plays beside the run that has lent this one its forecasts, if that has ended and played the same game.

        They depend on images, rules and forecast alone: twenty runs of a sweep need not play them twenty times.
        """
        path = RunDirectory.open(folder).about["like"]
        if path is None or not (Path(path) / "settings.json").exists():
            return None
        like = RunDirectory.open(Path(path))
        theirs = from_plain(CutOutSettings, like.settings).rules
        mine = self.settings.rules
        if like.result is None or replace(theirs, reward=mine.reward, observation=mine.observation) != mine:
            return None
        test: dict[str, Any] = like.result["test"]
        return {name: test[name] for name in _BESIDE}

    def measured(self, data: MaskedImages, beside: dict[str, Any] | None = None) -> tuple[Games, dict[str, Any]]:
        """Games on images, with what is measured of them and of everybody who plays beside it.

        Args:
            data: the images.
            beside: what is known of the others already.
        """
        games, forecast = self.games(data), None
        found = {**summary(games), "strokes": habits(games.pens, data)}
        if self.forecasters is not None:
            forecast = self.forecasters.of(data.images) >= 128
            found["forecast_iou"] = float(overlap(forecast, data.masks).mean())
        if beside is not None:
            return games, {**found, **beside}
        others = Baselines(self.data.train, data, self.settings.rules, forecast)
        found["baselines"] = {
            name: {**summary(each), "strokes": habits(each.pens, data)} for name, each in others.games()
        }
        found["mean_mask_iou"] = mean_mask(self.data.train, data)
        return games, found

    def conclude(self) -> None:
        """Nothing has to be let go of."""

    def state(self) -> dict[str, Tensor]:
        """Forecasters, weights, their average and the best of it, the world's place in its data, random streams and the optimiser."""
        found: dict[str, Tensor] = {}
        if self.forecasters is not None:
            found |= {f"forecast/{name}": value for name, value in self.forecasters.state().items()}
        if self._begun is not None:
            system, learner = self._begun
            parts = {
                "graph": system.graph.state_dict(),
                "random": system.graph.random_state(),
                "optimizer": learner.state(),
            }
            found |= {f"{kind}/{name}": value for kind, part in parts.items() for name, value in part.items()}
        found |= {f"mean/{name}": value for name, value in self._mean.state.items()}
        found["mean updates/"] = torch.tensor(self._mean.updates)
        if self._best:
            found |= {f"best/{name}": value for name, value in self._best.items()}
            found["best iou/"] = torch.tensor(self._best_iou, dtype=torch.float64)
        return found

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = parted(state)
        if self.forecasters is not None:
            self.forecasters.load(parts["forecast"])
        if "graph" in parts:
            system, learner = self.policy()
            system.graph.load_state_dict(parts["graph"])
            system.graph.set_random_state(parts["random"])
            learner.load_state(parts["optimizer"])
        if "mean" in parts:
            self._mean.state, self._mean.updates = parts["mean"], int(parts["mean updates"][""])
        if "best" in parts:
            self._best, self._best_iou = parts["best"], float(parts["best iou"][""])
