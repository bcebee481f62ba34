"""One contestant of the DQN benchmark in a process of its own: `python -m benchmarks.dqn_peers NAME`, prints a line of JSON.

All play Breakout with the 2015 network and a replay buffer of a million transitions (the peers of half as many, see below), and update once on 32 of them
every four decisions.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ale_py
import gymnasium as gym
import numpy as np
import torch
from torch.nn import functional as F

from saccade.agents.q_settings import Architecture, Precision, QSettings
from saccade.recipes.dqn.learning import DQNLearning
from saccade.recipes.dqn.settings import DQNSettings
from saccade.worlds.games.game_spec import GameSpec

_BUFFER, _STARTS, _TOTAL = 1_000_000, 1_000, 10_000_000
_THEIRS = 500_000  # transitions of the peers: a million would take 26 GiB of memory, more than many machines have


def main() -> None:
    """Measure one contestant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(CONTESTANTS))
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_flush_denormal(True)  # as every run of ours does; the peers are spared it, too
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    with TemporaryDirectory(dir=".") as folder:
        play = CONTESTANTS[options.name](Path(folder), torch.device(options.device))
        rate = _rate(play, options.seconds)
    print(json.dumps({"decisions_per_second": rate}))


def _rate(play: Callable[[], int], seconds: float) -> float:
    """Decisions a second, once learning has begun; `play` decides some times and says how often."""
    for _ in range(3):
        play()
    decisions, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        decisions += play()
    return decisions / spent


def ours(
    folder: Path, device: torch.device, batch: int = 32, games: int = 8, precision: Precision = Precision.HALF
) -> Callable[[], int]:
    """Saccade, its replay buffer on disk."""
    settings = DQNSettings(
        "breakout", steps=_TOTAL, games=games, network=Architecture.LARGE, buffer=_BUFFER, learning_starts=_STARTS, every=batch // 8,
        epsilon_steps=_TOTAL // 10, precision=precision, learner=QSettings(batch=batch, double=False),
    )  # fmt: skip
    learning = DQNLearning(settings, GameSpec("breakout"), 0, folder / "replay", slack=18_000, device=device)
    seen = 0

    def play() -> int:
        nonlocal seen
        n = max(64, batch // 8)
        learning.play(n, seen, _TOTAL)
        seen += n
        return n

    while seen < _STARTS:
        play()
    return play


def ours_in_large_batches(folder: Path, device: torch.device) -> Callable[[], int]:
    """Every transition is sampled as often: 256 every 32 decisions."""
    return ours(folder, device, batch=256, games=32)


def ours_in_full(folder: Path, device: torch.device) -> Callable[[], int]:
    """Computing as the peers do."""
    return ours(folder, device, precision=Precision.FULL)


def _wrapped() -> gym.Env[Any, Any]:
    """The usual wrappers around ale-py's environment, as both peers document them."""
    from stable_baselines3.common.atari_wrappers import AtariWrapper

    gym.register_envs(ale_py)
    env: gym.Env[Any, Any] = AtariWrapper(gym.make("BreakoutNoFrameskip-v4"))
    return env


def stable_baselines(_: Path, device: torch.device) -> Callable[[], int]:
    """Stable-Baselines3's DQN, with the settings of its model zoo for Atari but for the size of its replay buffer."""
    from stable_baselines3 import DQN
    from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack

    env = VecFrameStack(DummyVecEnv([_wrapped]), 4)
    model = DQN(
        "CnnPolicy", env, learning_rate=1e-4, buffer_size=_THEIRS, batch_size=32, train_freq=4, gradient_steps=1,
        target_update_interval=1_000, learning_starts=_STARTS, exploration_fraction=0.1, exploration_final_eps=0.01,
        optimize_memory_usage=True, replay_buffer_kwargs={"handle_timeout_termination": False}, device=device,
    )  # fmt: skip
    model.learn(_STARTS + 16)

    def play() -> int:
        before = model.num_timesteps
        model.learn(128, reset_num_timesteps=False)
        return int(model.num_timesteps - before)

    return play


def cleanrl(__: Path, ___: torch.device) -> Callable[[], int]:
    """CleanRL's loop (`dqn_atari.py`), step by step, with its network and Stable-Baselines3's replay buffer, as CleanRL has it; on the CPU."""
    from stable_baselines3.common.buffers import ReplayBuffer

    env = gym.vector.SyncVectorEnv(
        [lambda: gym.wrappers.FrameStackObservation(_Squeezed(_wrapped()), 4)],
        autoreset_mode=gym.vector.AutoresetMode.SAME_STEP,
    )
    q, target = _network(), _network()
    target.load_state_dict(q.state_dict())
    optimizer = torch.optim.Adam(q.parameters(), lr=1e-4)
    space = env.single_observation_space
    buffer = ReplayBuffer(
        _THEIRS, space, env.single_action_space, "cpu", optimize_memory_usage=True, handle_timeout_termination=False
    )
    seen, _ = env.reset(seed=0)
    step, rng = 0, np.random.default_rng(0)

    def play(decisions: int = 128) -> int:
        nonlocal seen, step
        for _ in range(decisions):
            if rng.random() < max(0.01, 1 - 0.99 * step / 1_000_000):
                action = np.array([env.single_action_space.sample()])
            else:
                with torch.no_grad():
                    action = q(torch.from_numpy(seen)).argmax(1).numpy()
            after, reward, over, late, infos = env.step(action)
            real = after.copy()
            if over[0] or late[0]:
                real[0] = infos["final_obs"][0]
            buffer.add(seen, real, action, reward, over, [{}])
            seen, step = after, step + 1
            if step > _STARTS and step % 4 == 0:
                data = buffer.sample(32)
                with torch.no_grad():
                    best = target(data.next_observations).max(1).values
                    aim = data.rewards.flatten() + 0.99 * best * (1 - data.dones.flatten())
                loss = F.mse_loss(aim, q(data.observations).gather(1, data.actions).squeeze())
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
            if step % 1_000 == 0:
                target.load_state_dict(q.state_dict())
        return decisions

    play(_STARTS + 16)
    return play


class _Squeezed(gym.ObservationWrapper[Any, Any, Any]):
    """Without the channel axis, so that frames stack as networks take them."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        super().__init__(env)
        self.observation_space = gym.spaces.Box(0, 255, (84, 84), np.uint8)

    def observation(self, observation: Any) -> Any:
        """Height and width."""
        return observation[..., 0]


class _Scaled(torch.nn.Module):
    """Pixels from 0 to 1."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """As the network takes them."""
        return pixels / 255.0


def _network() -> torch.nn.Sequential:
    nn = torch.nn
    return nn.Sequential(
        _Scaled(), nn.Conv2d(4, 32, 8, stride=4), nn.ReLU(), nn.Conv2d(32, 64, 4, stride=2), nn.ReLU(),
        nn.Conv2d(64, 64, 3, stride=1), nn.ReLU(), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 4),
    )  # fmt: skip


CONTESTANTS: dict[str, Callable[[Path, torch.device], Callable[[], int]]] = {
    "saccade": ours, "saccade in large batches": ours_in_large_batches, "saccade, float32": ours_in_full, "Stable-Baselines3": stable_baselines,
    "CleanRL": cleanrl,
}  # fmt: skip

if __name__ == "__main__":
    main()
