from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import saccade  # noqa: F401 — makes the environments known
from saccade.graph.conformance import check_vector_env
from saccade.worlds import DataError

from .worlds.test_masked_folder import make

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
    common = {"data": folder, "size": 24, "steps": 4, "length": 5}
    env = gym.make("saccade/CutOut-v0", **common, **options)
    check_env(env.unwrapped)
    check_vector_env(gym.make_vec("saccade/CutOut-v0", num_envs=3, **common, **options))


def test_what_is_seen_and_paid(folder: str) -> None:
    env = gym.make_vec("saccade/CutOut-v0", num_envs=8, data=folder, size=24, steps=3, length=5, part="test")
    seen, _ = env.reset(seed=0)
    assert seen.shape == (8, 3, 24, 24) and seen.dtype == np.uint8
    assert env.single_action_space == gym.spaces.Discrete(16)
    lengths = [env.step(env.action_space.sample())[2].all() for _ in range(3)]
    assert lengths == [False, False, True]


def test_bad_options_are_named(folder: str) -> None:
    with pytest.raises(ValueError, match="pens is 'two': it must be one of one, both"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, pens="two")
    with pytest.raises(ValueError, match="steps is 0: it must be 1 or more"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, steps=0)
    with pytest.raises(DataError, match="part 'all': it must be one of train, validation, test"):
        gym.make("saccade/CutOut-v0", data=folder, size=24, part="all")
