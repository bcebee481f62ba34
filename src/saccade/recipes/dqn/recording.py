"""One episode of a trained player with what it saw and thought, to be looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from saccade.agents.learner import DivergedError
from saccade.agents.q_networks import QNetwork
from saccade.report.clip import Clip
from saccade.worlds.games.arcade import Arcade
from saccade.worlds.games.game import Game

from .settings import DQNSettings
from .playing import Glance, play, trained

_BATCH = 64  # frames whose saliency is computed at once
_LONGEST = 4_500  # decisions; the rest of a longer episode is left out
_BLUR = 2.0  # pixels


def record(settings: DQNSettings, arcade: Arcade, brain: Mapping[str, Tensor], seed: int) -> Clip:
    """Play one episode and keep it.

    Args:
        settings: what is played, and how.
        arcade: opens the game.
        brain: trained weights.
        seed: of the game and of what is left to chance.

    Raises:
        DivergedError: the values it expects are not finite.
    """
    system, kept = trained(settings, arcade, brain, 1), list[Glance]()

    def watch(glance: Glance) -> None:
        if len(kept) < _LONGEST:
            kept.append(glance)

    episode = play(system, seed, watch)
    screens, q, action, score = (
        torch.cat([getattr(glance, name) for glance in kept]) for name in ("screen", "q", "action", "score")
    )
    pictures = _in_colour(arcade, system.game, len(kept))
    system.emulators.close()
    if not bool(q.isfinite().all()):
        raise DivergedError(
            "the values that this player expects are not finite: its training went astray, train anew with a lower --learner.learning-rate"
        )
    grey = torch.cat([screens[:, -1], kept[-1].after[:, -1]])[..., None].expand(-1, -1, -1, 3)
    return Clip(
        (grey if pictures is None else pictures).numpy(), saliency(system.network, screens).numpy(), q.numpy(),
        action.numpy(), score.numpy(), system.emulators.actions, arcade.title,
        float(episode.returns[0]), system.emulators.per_second,
    )  # fmt: skip


def _in_colour(arcade: Arcade, game: Game, decisions: int) -> Tensor | None:
    """The same episode again, seen as people see it: same seed, same buttons."""
    twin = arcade.in_colour()
    if twin is None:
        return None
    done = game.state()
    shown = [twin.reset(np.ones(1, bool), done["seeds"].numpy())]
    shown += [twin.step(action.astype(np.int64)).screen for action in done["pressed"].numpy()[:decisions]]
    twin.close()
    return torch.from_numpy(np.stack([screen[0, -1] for screen in shown]))


def saliency(network: QNetwork, screens: Tensor) -> Tensor:
    """How much the value of the best action changes with each pixel, in any frame of the stack (Simonyan et al. 2014, section 3).

    Args:
        network: which judges.
        screens: `(t, depth, h, w)` uint8.

    Returns:
        `(t, h, w)` uint8, smoothed; 255 is the 99.5th percentile of the whole.
    """
    found = []
    for start in range(0, len(screens), _BATCH):
        pixels = network.scaled(screens[start : start + _BATCH]).requires_grad_()
        best = network.judged(pixels).amax(1).sum()
        (slope,) = torch.autograd.grad(best, pixels)
        found.append(slope.abs().amax(1).float())
    whole = gaussian_filter(torch.cat(found).numpy(), (0, _BLUR, _BLUR))
    top = float(np.percentile(whole, 99.5)) or 1.0
    return torch.from_numpy((whole / top).clip(0, 1) * 255).to(torch.uint8)
