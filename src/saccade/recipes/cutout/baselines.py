"""What a scribbler must beat: policies that do not learn, and masks that need no policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from saccade.graph import Actor, Graph, Loop, Module
from saccade.training.task import Advance, silently
from saccade.worlds.cutout.expert import Expert, Forecast
from saccade.worlds.cutout.overlap import overlap
from saccade.worlds.cutout.policies import (
    GreedyPolicy,
    RandomPolicy,
    ScriptedPolicy,
    TwoPenGreedyPolicy,
    TwoPenRandomPolicy,
    TwoPenScriptedPolicy,
)
from saccade.worlds.cutout.rules import CutOutRules, Pens
from saccade.worlds.cutout.wiring import CutOutParts, cutout
from saccade.worlds.data.masked import MaskedImages

from .episodes import Games, Wire, Wired, play
from .final_mask import FinalMask
from .script import TRIES, best_script

_THRESHOLDS = tuple(step / 20 for step in range(6, 16))  # of the mean mask
_SCRIPTED_ON = 64  # training images that the blind script is sought on


@dataclass(frozen=True)
class Baselines:
    """The baselines of a scribbler, from the same starts.

    Args:
        train, test: the images.
        rules: the game.
        forecast: masks of the test images, bool `(n, h, w)`; None: there is none.
        advance: called with what was done of `work`.
    """

    train: MaskedImages
    test: MaskedImages
    rules: CutOutRules
    forecast: Tensor | None
    advance: Advance = silently

    @property
    def work(self) -> int:
        """What `advance` is called with in all: games, and tries of a script on an image."""
        return len(self.test) * (5 if self.forecast is not None else 4) + (1 + TRIES) * min(
            _SCRIPTED_ON, len(self.train)
        )

    def games(self) -> Iterator[tuple[str, Games]]:
        """Games on the test images, one policy after the other, by name.

        `random`: any stroke. `blind script`: one script for all images, the best that was found on training images. `greedy oracle`:
        knows the mask and takes the stroke that gains most at once. `expert on the ground
        truth`: knows the mask and plans. `expert on the forecast`: the same with a forecast for the mask.
        """
        test, rules, masks = self.test, self.rules, self.test.masks
        yield "random", self._played(self._random)
        found = script(self.train, rules, self.advance)
        yield "blind script", self._played(partial(scripted, test, rules, found))
        yield "greedy oracle", self._played(partial(expert_game, test, rules, masks, far_sighted=False))
        yield "expert on the ground truth", self._played(partial(expert_game, test, rules, masks))
        if self.forecast is not None:
            yield "expert on the forecast", self._played(partial(expert_game, test, rules, self.forecast))

    def _played(self, wire: Wire) -> Games:
        return play(wire, len(self.test), self.advance)

    def _random(self, which: slice) -> Wired:
        parts = cutout(self.test.part(which), self.rules, shuffle=False)
        policy = TwoPenRandomPolicy() if self.rules.pens is Pens.BOTH else RandomPolicy()
        parts.view.view >> policy.view
        return _wired(parts, policy, self.rules)


def mean_mask(train: MaskedImages, test: MaskedImages) -> float:
    """Overlap of one mask for all images: where at least so many of the training masks are object, the best share being taken."""
    mean = train.masks.float().mean(0)
    masks = [mean >= threshold for threshold in _THRESHOLDS]
    best = max(masks, key=lambda mask: float(overlap(mask.expand_as(train.masks).contiguous(), train.masks).mean()))
    return float(overlap(best.expand_as(test.masks).contiguous(), test.masks).mean())


def script(train: MaskedImages, rules: CutOutRules, advance: Advance = silently) -> Tensor:
    """The best script that was found on training images, see `best_script`; int64 `(steps,)` or `(steps, 2)`.

    `advance` is called with the images that a script was tried on.
    """
    images = train.part(slice(0, _SCRIPTED_ON))
    any_move = torch.zeros((1, 2) if rules.pens is Pens.BOTH else (1,), dtype=torch.int64)
    starts = play(partial(scripted, images, replace(rules, episode_steps=1), any_move), len(images)).pens[0]
    final = FinalMask(images, starts, rules)

    def score(actions: Tensor) -> float:
        advance(len(images))
        return final(actions)

    return best_script(score, rules, min(train.size))


def scripted(data: MaskedImages, rules: CutOutRules, actions: Tensor, which: slice) -> Wired:
    """A game on every image with the same actions, int64 `(steps,)` with one pen per step, `(steps, 2)` with both."""
    parts = cutout(data.part(which), rules, shuffle=False)
    return _wired(parts, TwoPenScriptedPolicy(actions) if rules.pens is Pens.BOTH else ScriptedPolicy(actions), rules)


def expert_game(
    data: MaskedImages, rules: CutOutRules, target: Tensor, which: slice, far_sighted: bool = True
) -> Wired:
    """A game of an expert that takes `target`, bool `(n, h, w)`, for the masks of the images."""
    parts = cutout(data.part(which), rules, shuffle=False, forecasts=target[which].to(torch.uint8) * 255)
    aim, expert = Forecast(*data.size), Expert(parts.segmenter, rules.length, far_sighted)
    policy = TwoPenGreedyPolicy() if rules.pens is Pens.BOTH else GreedyPolicy()
    parts.scenes.forecast >> aim.forecast
    aim.mask >> expert.target
    parts.segmenter.mask >> expert.mask
    parts.canvas.pens >> expert.pens
    expert.scores >> policy.scores
    return _wired(parts, policy, rules, aim, expert)


def _wired(parts: CutOutParts, policy: Actor, rules: CutOutRules, *more: Module) -> Wired:
    parts.overlap.reward >> policy.reward
    policy.action >> parts.move
    return Graph(parts.scenes, Loop(*parts.looped, *more, policy, times=rules.episode_steps + 1)), parts
