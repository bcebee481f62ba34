"""`python -m benchmarks.dqn_scores`: Stable-Baselines3's DQN for as many decisions as ours, to results/dqn/.

Settings of its model zoo for Atari, but for what depends on the length of training: ε falls in the same share of it as in ours, and the
replay buffer holds all of it. Validated as often as ours, and tested with the weights that did best. One thread a run; finished runs are
kept under --runs, and not made again.
"""

from __future__ import annotations

import argparse
import copy
import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import ale_py
import gymnasium as gym
import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from benchmarks.figures import keep
from saccade.disk import write_text
from saccade.recipes.dqn.published import SCORES
from saccade.recipes.dqn.settings import GAMES, DQNSettings
from saccade.runs import Figure
from saccade.training.registry import table_named

_NAMES = {"beam_rider": "BeamRider", "qbert": "Qbert", "space_invaders": "SpaceInvaders"}
_FIVE_MINUTES = 18_000  # frames


def main() -> None:
    """Train and measure what is missing, then write a figure a game."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", nargs="+", default=[game for game in GAMES if game != "pong"], choices=list(GAMES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=Path, default=Path("runs/peers"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    jobs = [(game, seed, options.runs) for game in options.games for seed in range(options.seeds)]
    with multiprocessing.get_context("spawn").Pool(options.workers, maxtasksperchild=1) as pool:
        for game, seed, mean in pool.imap_unordered(_job, jobs):
            print(f"{game:16} seed {seed}: mean return {mean:.1f}", flush=True)
    for game in options.games:
        keep(options.results, _figure(game, options.seeds, options.runs))


def settings_of(game: str) -> DQNSettings:
    """Ours, in the table."""
    table = table_named("dqn")
    assert table is not None
    cell = next(cell for cell in table.cells if cell.recipe == f"dqn-{game.replace('_', '-')}")
    assert isinstance(cell.settings, DQNSettings)
    return cell.settings


def _environment(game: str, seed: int, learn: bool) -> Any:
    from stable_baselines3.common.atari_wrappers import AtariWrapper
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack

    gym.register_envs(ale_py)
    name, skip = _NAMES.get(game, game.capitalize()), 3 if game == "space_invaders" else 4

    def make() -> gym.Env[Any, Any]:
        env = gym.make(f"{name}NoFrameskip-v4", max_num_frames_per_episode=_FIVE_MINUTES)
        return AtariWrapper(Monitor(env), frame_skip=skip, terminal_on_life_loss=learn, clip_reward=learn)

    env = VecFrameStack(DummyVecEnv([make]), 4)
    env.seed(seed)
    return env


def _job(job: tuple[str, int, Path]) -> tuple[str, int, float]:
    """Train one seed on one game and play its test episodes."""
    game, seed, runs = job
    path = runs / game / f"seed-{seed}.json"
    if not path.exists():
        import torch
        from stable_baselines3 import DQN

        torch.set_num_threads(1)
        torch.set_flush_denormal(True)  # as ours: dead units would make it several times slower
        ours, started = settings_of(game), time.monotonic()
        model = DQN(
            "CnnPolicy", _environment(game, seed, learn=True), learning_rate=1e-4, buffer_size=ours.steps, batch_size=32,
            train_freq=4, gradient_steps=1, target_update_interval=1_000, learning_starts=ours.random_steps,
            exploration_fraction=min(1.0, (ours.random_steps + ours.exploring_steps) / ours.steps), exploration_final_eps=0.01,
            optimize_memory_usage=True, replay_buffer_kwargs={"handle_timeout_termination": False}, seed=seed, device="cpu",
        )  # fmt: skip
        watch = _Validations(game, seed, ours)
        model.learn(ours.steps, callback=watch)
        seconds = time.monotonic() - started
        model.policy.load_state_dict(watch.best)
        returns = _play(model, game, 10_000 + seed, ours.test_episodes, ours.test_epsilon)
        found = {"returns": returns, "seconds": seconds, "curve": watch.curve}
        write_text(path, json.dumps(found) + "\n")
    returns = json.loads(path.read_text(encoding="utf-8"))["returns"]
    return game, seed, float(np.mean(returns))


class _Validations(BaseCallback):
    """Plays some episodes now and then, and keeps the weights that did best."""

    def __init__(self, game: str, seed: int, ours: DQNSettings) -> None:
        super().__init__()
        self._game, self._seed, self._epsilon = game, seed, ours.test_epsilon
        self._episodes = ours.validation_episodes
        self._apart = ours.steps // ours.validations.due(ours.steps)
        self.curve: list[tuple[int, float]] = []
        self.best: dict[str, Any] = {}

    def _on_step(self) -> bool:
        if self.num_timesteps % self._apart == 0:
            seed = 1 + self._seed + 1_000_003 * self.num_timesteps
            mean = float(np.mean(_play(self.model, self._game, seed % 2**31, self._episodes, self._epsilon)))
            if all(mean >= before for _, before in self.curve):
                self.best = copy.deepcopy(self.model.policy.state_dict())
            self.curve.append((self.num_timesteps, mean))
        return True


def _play(model: Any, game: str, seed: int, episodes: int, epsilon: float) -> list[float]:
    """Returns of whole episodes, ε-greedy as in our tests."""
    env, rng, returns = _environment(game, seed, learn=False), np.random.default_rng(seed), list[float]()
    env.action_space.seed(seed)
    seen, total = env.reset(), 0.0
    while len(returns) < episodes:
        action, _ = model.predict(seen, deterministic=True)
        if rng.random() < epsilon:
            action = np.array([env.action_space.sample()])
        seen, reward, done, _ = env.step(action)
        total += float(reward[0])
        if done[0]:
            returns.append(total)
            total = 0.0
    env.close()
    return returns


def _figure(game: str, seeds: int, runs: Path) -> Figure:
    runs_of_it = [json.loads((runs / game / f"seed-{seed}.json").read_text(encoding="utf-8")) for seed in range(seeds)]
    ours = settings_of(game)
    return Figure(
        id=f"dqn/{game.replace('_', '-')}/stable-baselines3",
        values=[float(np.mean(each["returns"])) for each in runs_of_it],
        unit=f"mean return of {ours.test_episodes} episodes",
        better="higher",
        range=(SCORES[game].low, SCORES[game].high),
        setup=f"Stable-Baselines3's DQN with the settings of its model zoo, {ours.steps} decisions, one thread a run",
        command="python -m benchmarks.dqn_scores",
        seconds=sum(each["seconds"] for each in runs_of_it),
        seeds=list(range(seeds)),
        about={
            "return of every episode": [each["returns"] for each in runs_of_it],
            "validation return by decisions, of each run": [each["curve"] for each in runs_of_it],
            "seconds of each run": [round(each["seconds"], 1) for each in runs_of_it],
        },
    )


if __name__ == "__main__":
    main()
