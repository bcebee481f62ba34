from __future__ import annotations

import os
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

import saccade  # noqa: F401 — makes the environments known
from saccade.graph.conformance import check_vector_env
from saccade.worlds import DataError

from .worlds.data.test_masked_folder import make

OPTIONS: list[dict[str, Any]] = [
    {},
    {"pens": "both", "observation": "layers", "reward": "at-end"},
    {"reward": "iou", "segmenter": "watershed"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make(tmp_path_factory.mktemp("data"), 60, (24, 24)))


@pytest.mark.parametrize("options", OPTIONS)
def test_gymnasium_finds_nothing_wrong(folder: str, options: dict[str, Any]) -> None:
    common: dict[str, Any] = {"data": folder, "size": 24, "episode_steps": 4, "length": 5}
    env = gym.make("saccade/CutOut-v0", **common, **options)
    check_env(env.unwrapped)
    check_vector_env(gym.make_vec("saccade/CutOut-v0", num_envs=3, **common, **options))


def test_observations_and_lengths(folder: str) -> None:
    env = gym.make_vec("saccade/CutOut-v0", num_envs=8, data=folder, size=24, episode_steps=3, length=5, part="test")
    observation, _ = env.reset(seed=0)
    assert observation.shape == (8, 3, 24, 24) and observation.dtype == np.uint8
    assert env.single_action_space == gym.spaces.Discrete(16)
    lengths = [env.step(env.action_space.sample())[2].all() for _ in range(3)]
    assert lengths == [False, False, True]


def test_the_drawn_faces() -> None:
    env = gym.make_vec("saccade/CutOut-v0", num_envs=2, faces=4, size=32, episode_steps=2, part="train")
    observation, _ = env.reset(seed=0)
    assert observation.shape == (2, 3, 32, 32)


def test_another_library_trains_on_it_unchanged(folder: str) -> None:
    """Stable-Baselines3 makes the environment by its name, and takes nothing from saccade but that."""
    env = make_vec_env("saccade/CutOut-v0", 2, env_kwargs={"data": folder, "size": 36, "episode_steps": 4, "length": 8})
    model = PPO("CnnPolicy", env, n_steps=4, batch_size=8, n_epochs=1, seed=0, device="cpu")
    before = model.policy.action_net.weight.clone()
    model.learn(16)
    assert not before.equal(model.policy.action_net.weight)
    assert model.ep_info_buffer and {episode["l"] for episode in model.ep_info_buffer} == {4}


def test_a_process_of_its_own(folder: str) -> None:
    """A forked one would wait for threads that it does not have, and says so."""
    options: dict[str, Any] = {"data": folder, "size": 24, "episode_steps": 2, "length": 5}
    gym.make("saccade/CutOut-v0", **options)
    spawned = gym.make_vec(
        "saccade:saccade/CutOut-v0",
        num_envs=1,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        **options,
    )
    observation, _ = spawned.reset(seed=0)
    assert observation.shape == (1, 3, 24, 24)
    spawned.close()


def test_forks_are_refused(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    gym.make("saccade/CutOut-v0", data=folder, size=24)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="this process was forked from one that runs an environment already"):
        gym.make("saccade/CutOut-v0", data=folder, size=24)


def test_bad_options_are_named(folder: str) -> None:
    with pytest.raises(ValueError, match="pens is 'two': it must be one of one, both"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, pens="two")
    with pytest.raises(ValueError, match="episode_steps is 0: it must be 1 or more"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, episode_steps=0)
    with pytest.raises(
        TypeError, match="CutOut-v0 got an unexpected keyword argument 'lenght' — did you mean 'length'"
    ):
        gym.make("saccade/CutOut-v0", data=folder, size=24, lenght=5)
    for wrong, message in (
        ({"size": 48.5}, "size is 48.5: it must be a whole number"),
        ({"faces": "a", "data": "faces"}, "faces is 'a': it must be a whole number"),
        ({"data": None}, 'data is None: it must be "faces", or a folder'),
    ):
        with pytest.raises(ValueError, match=message):
            gym.make("saccade/CutOut-v0", **{"data": folder, "size": 24, **wrong})
    with pytest.raises(DataError, match="part 'all': it must be one of train, validation, test"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, part="all")


def test_the_old_name_of_an_option_still_works(folder: str) -> None:
    common: dict[str, Any] = {"data": folder, "size": 24, "length": 5}
    with pytest.warns(FutureWarning, match="steps is now episode_steps; the old name works until"):
        env = gym.make_vec("saccade/CutOut-v0", num_envs=2, steps=2, **common)
    env.reset(seed=0)
    assert [bool(env.step(env.action_space.sample())[2].all()) for _ in range(2)] == [False, True]


def test_what_is_drawn_is_shown(folder: str) -> None:
    env = gym.make("saccade/CutOut-v0", data=folder, size=24, length=5, pens="both", render_mode="rgb_array")
    assert env.metadata["render_modes"] == ["rgb_array"]
    env.reset(seed=0)
    env.step(np.array([0, 4]))
    picture = np.asarray(env.render())
    assert picture.shape == (24, 24, 3) and picture.dtype == np.uint8
    assert [int((picture == colour).all(2).sum()) for colour in ((0, 255, 0), (255, 0, 0))] == [6, 6]
    many = gym.make_vec("saccade/CutOut-v0", num_envs=3, data=folder, size=24, render_mode="rgb_array")
    many.reset(seed=0)
    assert [each.shape for each in many.render() or ()] == [(24, 24, 3)] * 3


def test_render_modes(folder: str) -> None:
    env = gym.make("saccade/CutOut-v0", data=folder, size=24, render_mode=None)
    env.reset(seed=0)
    assert env.unwrapped.render() is None
    with pytest.raises(ValueError, match="render_mode is 'human': it must be None or 'rgb_array'"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, render_mode="human")
