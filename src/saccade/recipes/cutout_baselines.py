"""What a scribbler must beat: hands that do not learn, and masks that need no hand."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from saccade.agents.hand import BestHand, BestHands, RandomHand, RandomHands, ScriptedHand, ScriptedHands
from saccade.graph import Actor, Graph, Loop, Module
from saccade.worlds.cutout import CutOutParts, cutout
from saccade.worlds.guide import IMPOSSIBLE, Forecast, Guide
from saccade.worlds.masked import MaskedImages
from saccade.worlds.overlap import overlap
from saccade.worlds.rules import CutOutRules, Pens

from .cutout_games import Games, play

_SEED = 20_201_108  # the same starts for all
_THRESHOLDS = tuple(step / 20 for step in range(6, 16))  # of the mean mask
_SCRIPTED_ON = 200  # training images that the blind script is grown on


def baselines(
    train: MaskedImages, test: MaskedImages, rules: CutOutRules, forecast: Tensor | None
) -> Mapping[str, Games]:
    """Games on the test images, by the name of who played.

    `random`: any stroke. `blind script`: one script for all images, grown stroke by stroke on training images. `greedy oracle`: knows
    the mask and takes the stroke that gains most at once. `guided by the truth`: knows the mask and plans a way.
    `guided by the forecast`: the same with a forecast for the mask.

    Args:
        train, test: the images.
        rules: the game.
        forecast: masks of the test images, bool `(n, h, w)`; None: there is none.
    """
    found = {
        "random": _random(test, rules),
        "blind script": _scripted(test, rules, script(train, rules)),
        "greedy oracle": _guided(test, rules, test.masks, far_sighted=False),
        "guided by the truth": _guided(test, rules, test.masks),
    }
    if forecast is not None:
        found["guided by the forecast"] = _guided(test, rules, forecast)
    return {name: _play(wired) for name, wired in found.items()}


def mean_mask(train: MaskedImages, test: MaskedImages) -> float:
    """Overlap of one mask for all images: where at least so many of the training masks are object, the best share being taken."""
    mean = train.masks.float().mean(0)
    masks = [mean >= threshold for threshold in _THRESHOLDS]
    best = max(masks, key=lambda mask: float(overlap(mask.expand_as(train.masks).contiguous(), train.masks).mean()))
    return float(overlap(best.expand_as(test.masks).contiguous(), test.masks).mean())


def script(train: MaskedImages, rules: CutOutRules) -> Tensor:
    """The actions that raise the mean overlap on training images most, one after the other; int64 `(steps,)` or `(steps, 2)`."""
    images = train.part(slice(0, _SCRIPTED_ON))
    graph, _ = _guided(images, rules, images.masks, far_sighted=False)
    graph.seed(_SEED)
    halves, chosen = graph.halves(), list[Tensor]()
    state = halves.reset(len(images))
    for _ in range(rules.steps):
        scores = halves.observe(state)["scores"]
        gains = torch.where(scores > IMPOSSIBLE, scores, 0.0).mean(0)
        chosen.append(gains.argmax(1) if rules.pens is Pens.BOTH else gains.flatten().argmax())
        state = halves.step(state, chosen[-1].expand(len(images), *chosen[-1].shape).contiguous()).state
    return torch.stack(chosen)


Wired = tuple[Graph, CutOutParts]


def _random(data: MaskedImages, rules: CutOutRules) -> Wired:
    parts = cutout(data, rules, shuffle=False)
    hand = RandomHands() if rules.pens is Pens.BOTH else RandomHand()
    parts.view.view >> hand.view
    return _wired(parts, hand, rules)


def _scripted(data: MaskedImages, rules: CutOutRules, actions: Tensor) -> Wired:
    parts = cutout(data, rules, shuffle=False)
    return _wired(parts, ScriptedHands(actions) if rules.pens is Pens.BOTH else ScriptedHand(actions), rules)


def _guided(data: MaskedImages, rules: CutOutRules, target: Tensor, far_sighted: bool = True) -> Wired:
    parts = cutout(data, rules, shuffle=False, hints=target.to(torch.uint8) * 255)
    aim, guide = Forecast(*data.size), Guide(parts.segmenter, rules.length, far_sighted)
    hand = BestHands() if rules.pens is Pens.BOTH else BestHand()
    parts.scenes.hint >> aim.hint
    aim.mask >> guide.target
    parts.segmenter.mask >> guide.mask
    parts.canvas.pens >> guide.pens
    guide.scores >> hand.scores
    return _wired(parts, hand, rules, aim, guide)


def _wired(parts: CutOutParts, hand: Actor, rules: CutOutRules, *more: Module) -> Wired:
    parts.overlap.reward >> hand.reward
    hand.action >> parts.move
    return Graph(parts.scenes, Loop(*parts.looped, *more, hand, times=rules.steps + 1)), parts


def _play(wired: Wired) -> Games:
    graph, parts = wired
    graph.seed(_SEED)
    return play(graph, parts, len(parts.scenes.images))
