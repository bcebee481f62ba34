"""Training and measuring of a scribbler: first the forecasts of masks, then the strokes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from saccade.agents import Learner, linear
from saccade.agents.averaged import BestWeights
from saccade.agents.graph_state import graph_state, load_graph_state
from saccade.agents.optimizer_state import by_prefix, with_prefix
from saccade.devices import current
from saccade.runs import RunDirectory
from saccade.training.recipe import LOSS, Recipe, in_training
from saccade.training.settings import settings_of
from saccade.training.task import Advance, BaseTask, DataId, Rhythm, Share, Stage, silently
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.data.masked import MaskedImages
from saccade.worlds.data.masked_folder import MaskedSplits

from .baselines import Baselines, mean_mask
from .episodes import Games, Wired, play, save_games, summary
from .forecast import Forecasters
from .predictor import ScribblerPredictor
from .recipe import IOU
from .settings import CutOutSettings
from .strokes import habits
from .wiring import CutOutSystem, wire

_FORECAST_BATCH = 16
_BASELINES = ("baselines", "mean_mask_iou")  # of a result: what depends on no scribbler
_VALIDATIONS = 8  # of the scribbler in training
_IMITATION = linear(1.0, 0.0)


def begin(_: Recipe, settings: CutOutSettings, data: MaskedSplits, seed: int, __: Path) -> CutOutTask:
    """The task of a run."""
    return CutOutTask(settings, data, seed)


class CutOutTask(BaseTask):
    """The task of CutOut. The networks are on the chosen device; the game is played on the CPU, whose loops segment and try strokes out."""

    def __init__(self, settings: CutOutSettings, data: MaskedSplits, seed: int) -> None:
        self.settings, self.data, self._seed = settings, data, seed
        self._device = current()
        self.forecasters = Forecasters(data.train, seed, settings.folds, self._device) if settings.forecast else None
        self.stage = settings.folds * settings.forecast
        self.total = self.stage + settings.seen
        # One validation of the forecasts, when all are learned; then as many of the scribbler, however long the forecasts took.
        every = settings.validate_every or max(1, settings.seen // _VALIDATIONS)
        self.validations = Rhythm(every, first=self.stage, at_first=True)
        self.data_id = DataId(data.train.name, data.train.fingerprint)
        self._begun: tuple[CutOutSystem, Learner] | None = None
        self._first: dict[str, Tensor] = {}  # weights that the scribbler begins with, if it does not begin anew
        self._weights = BestWeights()
        self._validation_forecasts: Tensor | None = None

    def stage_at(self, seen: int) -> Stage:
        """The forecast of masks, counted in images, or the scribbler, counted in episodes."""
        if seen < self.stage:
            return Stage("stage 1 of 2, forecast", "images", (LOSS, in_training(IOU)))
        return Stage("stage 2 of 2, scribbler" if self.stage else "", "episodes")

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
        progress = done / self.settings.seen
        if system.expert is not None and system.imitation is not None:
            asked = done // self.settings.batch % 2 == 0  # trying strokes out takes longer than all the rest
            system.imitation.weight = _IMITATION.at(progress / self.settings.imitate) if asked else 0.0
            system.expert.asked = system.imitation.weight > 0
        iou = system.parts.overlap.iou
        update, trace = learner.update(n, progress, watch=(iou,))
        self._weights.mean.update(system.graph.brain_state())
        return {"loss": update.loss, "reward": update.reward, "train_iou": float(trace[iou][-1].mean())}

    def policy(self) -> tuple[CutOutSystem, Learner]:
        """The scribbler and its learner; made when the forecasts are done, which it reads."""
        if self._begun is None:
            torch.manual_seed(self._seed)
            forecasts = None if self.forecasters is None else self.forecasters.of_training()
            system = wire(self.settings, self.data.train, forecasts)
            system.graph.to(self._device)
            system.graph.seed(self._seed)
            system.graph.load_brain_state({**system.graph.brain_state(), **self._first})
            self._begun = system, Learner(system.graph, self.settings.learner, self.settings.minibatch)
        return self._begun

    def validate(self) -> Mapping[str, float]:
        """Overlap on the validation images; of the scribbler, or, before it has begun, of the forecasts.

        The scribbler that does best there is kept: it is the one that is tested.
        """
        data = self.data.validation
        if self._begun is None and self.forecasters is not None:
            return {"validation_iou": float(overlap(self.forecasters.of(data.images) >= 128, data.masks).mean())}
        if self._validation_forecasts is None and self.forecasters is not None:
            self._validation_forecasts = self.forecasters.of(data.images)
        brain = self._averaged()
        iou = float(self._games(data, self._validation_forecasts, brain).iou[-1].mean())
        self._weights.validated(iou, brain)
        return {"validation_iou": iou}

    def games(self, data: MaskedImages, advance: Advance = silently) -> Games:
        """One game on every image, with the most probable strokes of the scribbler that did best so far."""
        forecasts = None if self.forecasters is None else self.forecasters.of(data.images)
        return self._games(data, forecasts, self._weights.best or self._averaged(), advance)

    def _averaged(self) -> Mapping[str, Tensor]:
        """The scribbler's weights, averaged over its last updates."""
        return self._weights.mean.state or self.policy()[0].graph.brain_state()

    def _games(
        self, data: MaskedImages, forecasts: Tensor | None, brain: Mapping[str, Tensor], advance: Advance = silently
    ) -> Games:
        def wired(which: slice) -> Wired:
            system = wire(self.settings, data.part(which), None if forecasts is None else forecasts[which], learn=False)
            system.graph.to(self._device).load_brain_state(brain)
            system.graph.eval()
            return system.graph, system.parts

        return play(wired, len(data), advance)

    def measure(self, folder: Path, watch: Callable[[float], None]) -> dict[str, Any]:
        """Overlap on the test images, and every stroke."""
        last = self.validate()
        games, test = self.measured(self.data.test, self._known_baselines(folder), watch)
        save_games(folder, games, self.data.test)
        return {
            "test": test,
            "validation_iou": self._weights.value,
            "last_validation_iou": last["validation_iou"],
            "data": self.data.test.name,
        }

    def _known_baselines(self, folder: Path) -> dict[str, Any] | None:
        """The baselines of the run whose forecasts this one shares, if that has ended and played the same game.

        They depend on images, rules and forecast alone: twenty runs of a sweep need not play them twenty times over.
        """
        path = RunDirectory.open(folder).about["like"]
        if path is None or not (Path(path) / "settings.json").exists():
            return None
        like = RunDirectory.open(Path(path))
        theirs = settings_of(like, CutOutSettings).rules
        mine = self.settings.rules
        if like.result is None or replace(theirs, reward=mine.reward, observation=mine.observation) != mine:
            return None
        test: dict[str, Any] = like.result["test"]
        return {name: test[name] for name in _BASELINES}

    def measured(
        self,
        data: MaskedImages,
        baselines: dict[str, Any] | None = None,
        watch: Callable[[float], None] = silently,
    ) -> tuple[Games, dict[str, Any]]:
        """Games on images, with what is measured of them and of the baselines.

        Args:
            data: the images.
            baselines: what is known of the baselines already.
            watch: called with the share that is done.
        """
        forecast = None if self.forecasters is None else self.forecasters.of(data.images) >= 128
        others = Baselines(self.data.train, data, self.settings.rules, forecast)
        share = Share(watch, len(data) + (others.work if baselines is None else 0))
        games = self.games(data, share.add)
        found = {**summary(games), "strokes": habits(games.pens, data)}
        if forecast is not None:
            found["forecast_iou"] = float(overlap(forecast, data.masks).mean())
        if baselines is not None:
            return games, {**found, **baselines}
        others = replace(others, advance=share.add)
        found["baselines"] = {
            name: {**summary(each), "strokes": habits(each.pens, data)} for name, each in others.games()
        }
        found["mean_mask_iou"] = mean_mask(self.data.train, data)
        return games, found

    def state(self) -> dict[str, Tensor]:
        """Forecasters, weights, their average and the best of it, the world's place in its data, random generators and the optimiser."""
        found: dict[str, Tensor] = {}
        if self.forecasters is not None:
            found |= with_prefix("forecast", self.forecasters.state())
        if self._begun is not None:
            system, learner = self._begun
            found |= graph_state(system.graph, learner)
        else:
            found |= with_prefix("first", self._first)
        return found | self._weights.state()

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a `state`."""
        parts = by_prefix(state)
        self._first = dict(parts.get("first", {}))
        if self.forecasters is not None:
            self.forecasters.load(parts["forecast"])
        if "graph" in parts:
            system, learner = self.policy()
            load_graph_state(parts, system.graph, learner)
        self._weights.load(parts, self._device)

    def weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a `state`, those of the forecasters, and of the scribbler those that did best in a validation, or else their average."""
        parts = by_prefix(state)
        scribbler = parts.get("best") or parts.get("mean")
        if not scribbler:
            raise ValueError("its scribbler has not begun to learn")
        return with_prefix("forecast", Forecasters.weights_of(parts["forecast"])) | with_prefix("scribbler", scribbler)

    def fresh_weights(self) -> Mapping[str, Tensor]:
        """Those of the forecasters, and of the scribbler that will begin when the forecasts are done."""
        one = self.data.train.part(slice(0, 1))
        forecast = None if self.forecasters is None else torch.zeros_like(one.masks, dtype=torch.uint8)
        with torch.random.fork_rng(devices=()):
            scribbler = wire(self.settings, one, forecast, learn=False).graph.brain_state()
        forecasters = {} if self.forecasters is None else self.forecasters.weights()
        return with_prefix("forecast", forecasters) | with_prefix("scribbler", scribbler)

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with these weights, the scribbler when the forecasts are done."""
        parts = by_prefix(weights)
        if self.forecasters is not None:
            self.forecasters.load_weights({**self.forecasters.weights(), **parts["forecast"]})
        self._first = parts["scribbler"]

    def predictor(self, weights: Mapping[str, Tensor]) -> ScribblerPredictor:
        """Scribbles on photographs."""
        parts = by_prefix(weights)
        if self.forecasters is None:
            return ScribblerPredictor(self.settings, parts["scribbler"], (), None)
        self.forecasters.load_weights(parts["forecast"])
        return ScribblerPredictor(self.settings, parts["scribbler"], self.forecasters.networks, self.forecasters.of)
