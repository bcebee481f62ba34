from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Bool, Float, Float64, Int, UInt8
from torch import Tensor

from saccade.graph import Actor, Batch, Decision, Graph, In, Loop, Module, Out, Step, WiringError, check_vector_env

from .games import Board, Policy, card_game, deep, game, game_in_the_middle, goals, start_of
from .parts import Images, reading

MODES = list(AutoresetMode)
own_check = pytest.mark.filterwarnings("ignore:.*A Box observation space:UserWarning")  # its limits are infinite


@settings(max_examples=4, deadline=None, derandomize=True)
@given(times=st.integers(2, 4), n=st.integers(1, 3), seed=st.integers(0, 99))
def test_observations_and_rewards_are_those_of_one_pass(times: int, n: int, seed: int) -> None:
    s, t = reading(times), reading(times)
    s.graph.seed(seed)
    with torch.no_grad():
        trace = s.graph.unroll(n, watch=[s.reader.hidden])
    env = t.graph.environment(n, autoreset_mode=AutoresetMode.DISABLED)
    observation, _ = env.reset(seed=seed)
    for k in range(times - 1):
        np.testing.assert_allclose(observation, trace[s.reader.hidden][k], rtol=1e-6)
        observation, reward, terminated, truncated, _ = env.step(trace.of(s.gaze).action[k].numpy())
        np.testing.assert_allclose(reward, trace.of(s.gaze).reward[k])
        assert terminated.tolist() == [k == times - 2] * n
        assert not truncated.any()
    np.testing.assert_allclose(observation, trace[s.reader.hidden][-1], rtol=1e-6)


ENVIRONMENTS = {
    "lock-step": lambda: (reading(3), "gaze"),
    "game": lambda: (game(), "policy"),
    "limited game": lambda: (game(4), "policy"),
    "game in the middle": lambda: (game_in_the_middle(4), "policy"),
    "outer": lambda: (goals(3, 2, 4), "meta"),
    "inner": lambda: (goals(3, 2, 4), "controller"),
    "cards": lambda: (card_game(2), "policy"),
    "deep": lambda: (deep(True), "p3"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["lock-step", "game", "limited game", "inner"])
def test_it_keeps_gymnasiums_rules(name: str, mode: AutoresetMode) -> None:
    s, actor = ENVIRONMENTS[name]()
    check_vector_env(s.graph.environment(3, actor=getattr(s, actor), autoreset_mode=mode))


@own_check
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_one_episode_at_a_time_passes_gymnasiums_own_check(name: str) -> None:
    s, actor = ENVIRONMENTS[name]()
    check_env(s.graph.single_environment(getattr(s, actor)), skip_render_check=True)


def episodes(make: Callable[[], tuple[SimpleNamespace, str]], mode: AutoresetMode, n: int, steps: int) -> list[Any]:
    """Every row's whole episodes under a fixed rule for the actions: (observation, reward, terminated, truncated) …"""
    s, actor = make()
    for other in s.graph.actors:
        other.eval()
    env = s.graph.environment(n, actor=getattr(s, actor), autoreset_mode=mode)
    observation, _ = env.reset(seed=1)
    running: list[list[Any]] = [[observation[row].tolist()] for row in range(n)]
    found: list[list[Any]] = [[] for _ in range(n)]
    done = np.zeros(n, dtype=bool)
    for _ in range(steps):
        if mode is AutoresetMode.DISABLED and done.any():
            observation, _ = env.reset(options={"reset_mask": done})
            for row in np.flatnonzero(done):
                running[row] = [observation[row].tolist()]
        stale = done if mode is AutoresetMode.NEXT_STEP else np.zeros(n, dtype=bool)
        rule = (np.round(np.abs(observation).sum(1) * 3) + [len(found[row]) for row in range(n)]) % 3 > 0
        observation, reward, terminated, truncated, info = env.step(rule.astype(int))
        done = terminated | truncated
        last = info.get("final_obs", observation)
        for row in range(n):
            if stale[row]:
                running[row] = [observation[row].tolist()]
                continue
            running[row].append((last[row].tolist(), reward[row], terminated[row], truncated[row]))
            if done[row]:
                found[row].append(running[row])
                running[row] = [observation[row].tolist()]
    return found


@pytest.mark.parametrize("name", ["game", "limited game", "game in the middle", "outer", "inner", "deep"])
def test_every_autoreset_mode_shows_the_same_episodes(name: str) -> None:
    same, following, disabled = (episodes(ENVIRONMENTS[name], mode, 3, 25) for mode in (MODES[1], MODES[0], MODES[2]))
    assert MODES[1] is AutoresetMode.SAME_STEP
    for row in range(3):
        assert len(disabled[row]) == len(same[row]) >= 2
        assert disabled[row] == same[row]
        assert following[row] == same[row][: len(following[row])]
        assert following[row]


def signals(make: Callable[[int], SimpleNamespace], steps: int) -> list[tuple[list[int], ...]]:
    """Rewards, terminated and truncated rows, last positions, of three walks to the right from -1, 0 and 1."""
    env = make(3).graph.environment(3)
    assert env.reset()[0][:, 0].tolist() == [-1, 0, 1]
    found = []
    for _ in range(steps):
        _, reward, terminated, truncated, info = env.step([1, 1, 1])
        final = info["final_obs"][info["_final_obs"], 0].tolist() if info else []
        found.append((reward.tolist(), np.flatnonzero(terminated).tolist(), np.flatnonzero(truncated).tolist(), final))
    return found


def test_terminated_and_truncated_by_hand() -> None:
    first = ([1, 2, 3], [], [], [])
    assert signals(game, 2) == [first, ([2, 3, 4], [2], [0, 1], [1, 2, 3])]
    # Where the actor stands in the middle of the loop, an episode that is over shows its last decision's view (2),
    # and one past its time limit (row 0) that of the decision that would have come.
    third = ([3, 4, start_of(2, 1) + 2], [1], [0], [2, 2])
    assert signals(game_in_the_middle, 3) == [first, ([2, 3, 4], [2], [], [2]), third]


def test_a_mask_restarts_some_episodes() -> None:
    s = game()
    env = s.graph.environment(3, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(options={"reset_mask": np.array([True, False, False])})  # before the first step: all
    env.step(np.array([1, 0, 1]))
    assert s.board.place.tolist() == [0, -1, 2]
    options = {"reset_mask": np.array([False, True, False])}
    observation, _ = env.reset(options=options)
    assert observation[:, 0].tolist() == [0, start_of(1, 1), 2]
    assert [*options] == ["reset_mask"]  # Gymnasium 1.4.0 takes it out
    env.step(np.array([1, 1, 1]))
    with pytest.raises(
        ResetNeeded, match=re.escape("episodes [2] have ended; reset(options={'reset_mask': mask}) first")
    ):
        env.step(np.array([1, 1, 1]))
    for mask in (np.array([True]), np.array([1, 0, 1])):
        with pytest.raises(ValueError, match=re.escape("options['reset_mask'] must be bool of shape (3,)")):
            env.reset(options={"reset_mask": mask})


def test_seeds() -> None:
    env, other = reading().graph.environment(2), reading().graph.environment(2)
    first, again = env.reset(seed=5)[0], other.reset(seed=5)[0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, env.reset()[0])
    assert not np.array_equal(first, env.reset(seed=6)[0])
    assert np.array_equal(first, env.reset(seed=5)[0])
    env.reset(seed=2**62)


def test_wrong_actions() -> None:
    gaze, policy = reading().graph.environment(2), game().graph.environment(2)
    with pytest.raises(ResetNeeded, match=re.escape("call reset() before step()")):
        gaze.step(np.zeros((2, 2)))
    gaze.reset(seed=0)
    policy.reset(seed=0)
    for wrong in (np.zeros((2, 3)), np.zeros(2), np.full((2, 2), np.nan), np.full((2, 2), np.inf), [["a", "b"]] * 2):
        with pytest.raises(InvalidAction, match=re.escape("expected finite float32, shape (2, 2)")):
            gaze.step(wrong)
    for wrong in (np.array([0.5, 1.0]), np.array([np.nan, 1]), np.array([[0], [1]])):
        with pytest.raises(InvalidAction, match=re.escape("expected finite int64, shape (2,)")):
            policy.step(wrong)
    with pytest.raises(InvalidAction, match=re.escape("actions [0, 2] are not in MultiDiscrete([2 2])")):
        policy.step([0, 2])
    gaze.step([[3.0, 0], [0, -3.0]])  # beyond the box: a Gaussian policy's noise
    policy.step([0, 1])
    with pytest.raises(ValueError, match="num_envs=0: it must be 1 or more"):
        game().graph.environment(0)


def test_single_environment() -> None:
    env = game(4).graph.single_environment()
    with pytest.raises(ResetNeeded):
        env.step(0)
    observation, _ = env.reset(seed=0)
    assert observation.tolist() == [-1, 1]
    rewards = [env.step(1)[1:4] for _ in range(3)]
    assert rewards == [(1.0, False, False), (2.0, False, False), (3.0, False, True)]
    with pytest.raises(ResetNeeded):
        env.step(1)


def test_gymnasiums_wrappers_work() -> None:
    env = RecordEpisodeStatistics(game(4).graph.environment(3))
    env.reset(seed=0)
    env.action_space.seed(0)
    totals = [
        info["episode"]["l"][info["_episode"]]
        for *_, info in (env.step(env.action_space.sample()) for _ in range(12))
        if info
    ]
    assert len(totals) > 1
    assert max(int(total.max()) for total in totals) == 3


class Camera(Module):
    image: In[Float[Tensor, "b 1 4 4"]]
    move: In[Int[Tensor, "b"]] = In(init=0)
    frame: Out[UInt8[Tensor, "b 4 4"]]
    light: Out[Float64[Tensor, "b"]]
    dark: Out[Bool[Tensor, "b 2"]]
    reward: Out[Float[Tensor, "b"]]

    def forward(self, image: Tensor, move: Tensor) -> tuple[Tensor, ...]:
        light = image.double().mean((1, 2, 3)) + move
        return (255 * image[:, 0]).byte(), light, torch.stack([light < 0.5, light < 0.4], 1), light.float()


class Watcher(Actor):
    frame: In[UInt8[Tensor, "b 4 4"]]
    light: In[Float64[Tensor, "b"]]
    dark: In[Bool[Tensor, "b 2"]]
    step: In[Step]
    action: Out[Int[Tensor, "b"]]

    @property
    def action_space(self) -> gym.Space[Any]:
        return gym.spaces.Discrete(2)

    def decide(
        self, frame: Tensor, light: Tensor, dark: Tensor, step: int | Tensor, action: Tensor | None = None
    ) -> Decision:
        return Decision(dark[:, 0].long() if action is None else action, light.float(), light.float(), light.float())


@own_check
@pytest.mark.parametrize("mode", MODES)
def test_several_observation_ports_make_a_dictionary(mode: AutoresetMode) -> None:
    images, camera, watcher = Images(), Camera(), Watcher()
    images.image >> camera.image
    for name in ("frame", "light", "dark"):
        getattr(camera, name) >> getattr(watcher, name)
    watcher.action >> camera.move
    camera.reward >> watcher.reward
    graph = Graph(images, Loop(camera, watcher, times=3))
    env = graph.environment(2, autoreset_mode=mode)
    space = env.single_observation_space
    assert isinstance(space, gym.spaces.Dict)
    assert {name: str(box.dtype) for name, box in space.items()} == {
        "dark": "bool",
        "frame": "uint8",
        "light": "float64",
    }
    check_vector_env(env)
    check_env(graph.single_environment(), skip_render_check=True)


def test_an_observation_of_unknown_size() -> None:
    class Free(Module):
        out: Out[Float[Tensor, "b k"]]
        reward: Out[Float[Tensor, "b"]]
        n: In[Batch]

        def forward(self, n: int) -> tuple[Tensor, Tensor]:
            return torch.zeros(n, 2), torch.zeros(n)

    class Any2(Policy):
        observation: In[Float[Tensor, "b open"]]

    class Back(Module):
        x: In[Int[Tensor, "b"]]

        def forward(self, x: Tensor) -> None: ...

    free, policy, back = Free(), Any2(), Back()
    free.out >> policy.observation
    free.reward >> policy.reward
    policy.action >> back.x
    graph = Graph(free, policy, back)
    with pytest.raises(
        WiringError, match=re.escape("any2.observation: Float[Tensor, 'b open'] has an unknown size; state it in")
    ):
        graph.environment(2)
    graph.unroll(2)
    assert graph.environment(2).single_observation_space.shape == (2,)  # known since the first pass


def test_observations_have_the_dtype_of_their_space(monkeypatch: pytest.MonkeyPatch) -> None:
    single = Board.screen.fget
    monkeypatch.setattr(Board, "screen", property(lambda self: single(self).double()))
    s = game()
    s.graph.double()
    assert s.graph.environment(2).reset()[0].dtype == np.float32
