"""One episode of a trained policy with screens, action values and saliency, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from saccade.agents.learner import DivergedError
from saccade.agents.q_networks import OwnQNetwork, QNetwork
from saccade.report.clip import Clip
from saccade.training.task import Advance, silently
from saccade.worlds.games.game import Game
from saccade.worlds.games.game_spec import GameSpec

from .episodes import GameStep, Player
from .settings import DQNSettings

_BATCH = 64  # frames whose saliency is computed at once
_LONGEST = 4_500  # decisions; the rest of a longer episode is left out
_BLUR = 2.0  # pixels


def record(
    settings: DQNSettings, spec: GameSpec, brain: Mapping[str, Tensor], seed: int, advance: Advance = silently
) -> Clip:
    """Play one episode and keep it.

    Args:
        settings: what is played, and how.
        spec: opens the game.
        brain: trained weights.
        seed: of the game and of the exploration.
        advance: called after every decision, with the episodes that it ended.

    Raises:
        DivergedError: its action values are not finite.
    """
    kept = list[GameStep]()

    def watch(step: GameStep) -> None:
        advance(float(not step.going))
        if len(kept) < _LONGEST:
            kept.append(step)

    with closing(Player(settings, spec)) as player:
        system, episode = player.play(brain, 1, seed, settings.test_epsilon, watch)
    screens, q, action, reward = (
        torch.cat([getattr(step, name) for step in kept]) for name in ("screen", "q", "action", "reward")
    )
    pictures = _in_colour(spec, system.game, len(kept))
    if not bool(q.isfinite().all()):
        raise DivergedError(
            "the action values of this policy are not finite: its training diverged, train anew with a lower --learner.learning-rate"
        )
    grey = torch.cat([screens[:, -1], kept[-1].next_screen[:, -1]])[..., None].expand(-1, -1, -1, 3)
    return Clip(
        (grey.cpu() if pictures is None else pictures).numpy(), saliency(system.network, screens).numpy(), q.cpu().numpy(),
        action.cpu().numpy(), reward.cpu().numpy(), system.emulators.actions, spec.title,
        float(episode.returns[0]), system.emulators.per_second,
    )  # fmt: skip


def _in_colour(spec: GameSpec, game: Game, decisions: int) -> Tensor | None:
    """The same episode again, seen as people see it: same seed, same actions."""
    twin = spec.in_colour()
    if twin is None:
        return None
    done = game.games.state()
    with closing(twin):
        shown = [twin.reset(np.ones(1, bool), done["seeds"].numpy())]
        shown += [
            twin.step(action.astype(np.int64), np.ones(1, bool)).screen
            for action in done["pressed"].numpy()[:decisions]
        ]
    return torch.from_numpy(np.stack([screen[0, -1] for screen in shown]))


def saliency(network: QNetwork | OwnQNetwork, screens: Tensor) -> Tensor:
    """How much the value of the best action changes with each pixel, in any frame of the stack (Simonyan et al. 2014, section 3).

    Args:
        network: of the action values.
        screens: `(t, depth, h, w)` uint8.

    Returns:
        `(t, h, w)` uint8 on the CPU, smoothed; 255 is the 99.5th percentile of the whole.
    """
    found = []
    for start in range(0, len(screens), _BATCH):
        pixels = network.scaled(screens[start : start + _BATCH]).requires_grad_()
        best = network.from_pixels(pixels).amax(1).sum()
        (slope,) = torch.autograd.grad(best, pixels)
        found.append(slope.abs().amax(1).float().cpu())
    whole = gaussian_filter(torch.cat(found).numpy(), (0, _BLUR, _BLUR))
    top = float(np.percentile(whole, 99.5)) or 1.0
    return torch.from_numpy((whole / top).clip(0, 1) * 255).to(torch.uint8)
