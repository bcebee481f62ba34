"""Episodes recorded to be looked at: video, saliency."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import saccade
from saccade.agents.learner import DivergedError
from saccade.agents.q_networks import QNetwork
from saccade.agents.q_settings import Architecture
from saccade.recipes.dqn.recording import record, saliency
from saccade.recipes.dqn.wiring import wire
from saccade.runs import RunDirectory, RunError
from saccade.training.settings import to_plain
from saccade.worlds.games.protocol import Protocol

from ...small_runs import silent, tiny
from .catch_runs import begin, game_of, small


def test_a_policy_that_has_diverged_is_not_recorded() -> None:
    settings = small()
    spec = game_of(settings)
    brain = wire(settings, spec).graph.brain_state()
    with pytest.raises(DivergedError, match=r"not finite: .* train anew with a lower --learner\.learning-rate"):
        record(settings, spec, {name: value * math.nan for name, value in brain.items()}, 0)


@pytest.mark.usefixtures("few_validations")
def test_a_video_of_an_episode(tmp_path: Path) -> None:
    begin(tmp_path / "run", small()).train(silent)
    target, episode_return = saccade.watch(tmp_path / "run", seed=5)
    assert target == tmp_path / "run" / "episode-5.mp4" and target.stat().st_size > 500 and episode_return in (-1, 1)
    assert saccade.watch(tmp_path / "run", tmp_path / "again.gif", seed=5)[1] == episode_return
    with pytest.raises(RunError, match=r"not 'video\.avi'"):
        saccade.watch(tmp_path / "run", tmp_path / "video.avi")


def test_weights_that_come_with_the_package_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short, in a game of one decision."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Protocol, "rules", replace(Protocol.PAPER.rules, frames=8))
    target, episode_return = saccade.watch("dqn-pong", seed=1)
    assert target == Path("episode-1.mp4") and target.stat().st_size > 500 and episode_return == 0


def test_a_system_that_plays_no_game(tmp_path: Path) -> None:
    RunDirectory.create(tmp_path, "grlf", to_plain(tiny()), 0, command="test", data=None, threads=1)
    with pytest.raises(RunError, match="recipe grlf: it plays no game; `saccade report"):
        saccade.watch(tmp_path)


def test_saliency_is_where_the_network_looks() -> None:
    torch.manual_seed(0)
    network = QNetwork(4, 84, 84, 3, Architecture.SMALL)
    with torch.no_grad():  # it is blind to all but the middle of the picture
        for module in network.see:
            if isinstance(module, torch.nn.Conv2d):
                module.weight.abs_()
        width = network.judge.better[0].weight.view(256, 32, 9, 9)
        width[:, :, :3], width[:, :, 6:], width[..., :3], width[..., 6:] = 0, 0, 0, 0
    screens = torch.randint(1, 256, (5, 4, 84, 84), dtype=torch.uint8)
    found = saliency(network, screens).float()
    assert found.shape == (5, 84, 84) and found.max() == 255
    assert found[:, 30:54, 30:54].mean() > 10 * found[:, :12].mean()
