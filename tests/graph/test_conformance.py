"""`check_vector_env` finds what is broken: every broken environment here breaks one rule."""

from __future__ import annotations

import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, VectorWrapper

from saccade.graph import ConformanceError, check_vector_env

from .games import game
from .parts import reading

SAME, NEXT, DISABLED = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED


class Broken(VectorWrapper):
    """Passes everything on; a subclass breaks something."""

    def __init__(self, mode: AutoresetMode = SAME) -> None:
        super().__init__(game(4).graph.environment(3, autoreset_mode=mode))
        self.mode = mode

    def changed(self, result: Any) -> Any:
        return result

    def step(self, actions: Any) -> Any:
        return self.changed(list(self.env.step(actions)))


class WrongDtype(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0].astype(np.float64), *result[1:]]


class WholeReward(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1].astype(np.int32), *result[2:]]


class TruthReward(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1] > 0, *result[2:]]


class OthersMode(Broken):
    """Its metadata are those of an environment made later, in another mode."""

    @property
    def metadata(self) -> dict[str, Any]:
        return {"autoreset_mode": NEXT if self.env.metadata["autoreset_mode"] is SAME else SAME}


class ColumnReward(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1][:, None], *result[2:]]


class NanReward(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1] * np.nan, *result[2:]]


class IntegerFlags(Broken):
    def changed(self, result: Any) -> Any:
        return [*result[:3], result[3].astype(int), result[4]]


class NoFinalObservation(Broken):
    def changed(self, result: Any) -> Any:
        return [*result[:4], {}]


class NoMarks(Broken):
    """As of AtariVectorEnv (ale-py 0.12.1)."""

    def changed(self, result: Any) -> Any:
        return [*result[:4], {key: value for key, value in result[4].items() if key != "_final_obs"}]


class WrongMarks(Broken):
    def changed(self, result: Any) -> Any:
        return [*result[:4], {key: ~value if key == "_final_obs" else value for key, value in result[4].items()}]


class WrongFinalShape(Broken):
    def changed(self, result: Any) -> Any:
        return [*result[:4], {k: v[:, :1] if k == "final_obs" else v for k, v in result[4].items()}]


class Unseeded(Broken):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.env.reset(options=options)


class AlwaysTheSame(Broken):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.env.reset(seed=seed or 3, options=options)


class UnseededReward(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1] + np.random.default_rng().random(3), *result[2:]]


class OneBuffer(Broken):
    def changed(self, result: Any) -> Any:
        self.buffer = getattr(self, "buffer", result[0])
        self.buffer[:] = result[0]
        return [self.buffer, *result[1:]]


class RewardedReset(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1] + 1, *result[2:]]


class EndsAgain(Broken):
    def changed(self, result: Any) -> Any:
        return [result[0], result[1] * 0, result[2] | True, *result[3:]]


class RestartsAll(Broken):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        return self.env.reset(seed=seed)


class NeverEnds(Broken):
    def changed(self, result: Any) -> Any:
        return [*result[:2], result[2] & False, result[3] & False, {}]


class NoMode(Broken):
    @property
    def metadata(self) -> dict[str, Any]:
        return {}


class Unbatched(Broken):
    @property
    def observation_space(self) -> gym.Space[Any]:
        return self.single_observation_space


@pytest.mark.parametrize(
    ("kind", "mode", "message"),
    [
        (WrongDtype, SAME, "the observation of step is not in observation_space"),
        (TruthReward, SAME, "reward has dtype bool, not a number"),
        (ColumnReward, SAME, "reward has shape (3, 1), not (3,)"),
        (NanReward, SAME, "a reward is not finite"),
        (IntegerFlags, SAME, "truncated has dtype int64, not bool"),
        (NoFinalObservation, SAME, "SAME_STEP: info has no 'final_obs' and '_final_obs' at the end"),
        (NoMarks, SAME, "SAME_STEP: info has no '_final_obs' at the end"),
        (WrongMarks, SAME, "'_final_obs' does not mark the episodes that are over"),
        (WrongFinalShape, SAME, "a row of 'final_obs' is not in single_observation_space"),
        (UnseededReward, DISABLED, "the same seed (7) and actions give different episodes"),
        (OneBuffer, SAME, "a step changes the observation that was returned before it"),
        (RewardedReset, NEXT, "NEXT_STEP: the step that resets gives a reward"),
        (EndsAgain, NEXT, "NEXT_STEP: the step that resets ends the episode again"),
        (RestartsAll, DISABLED, "reset(reset_mask) changes episodes not in the mask"),
        (NeverEnds, SAME, "after 50 steps the rows have finished [0, 0, 0] episodes; 2 each were expected"),
        (NoMode, SAME, "metadata['autoreset_mode'] is None, not an AutoresetMode"),
        (Unbatched, SAME, "is not 3 times single_observation_space"),
    ],
)
def test_a_broken_rule_is_named(kind: type[Broken], mode: AutoresetMode, message: str) -> None:
    with pytest.raises(ConformanceError, match=re.escape(message)):
        check_vector_env(kind(mode), max_steps=50)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Unseeded, "reset(seed=7) twice gives different observations"),
        (AlwaysTheSame, "reset() without a seed starts the same episodes again"),
    ],
)
def test_seeds_are_tried(kind: type[Broken], message: str) -> None:
    env = kind()
    env.env = reading(2).graph.environment(3)
    with pytest.raises(ConformanceError, match=re.escape(message)):
        check_vector_env(env, max_steps=50)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_gymnasiums_own_environments_pass(mode: AutoresetMode) -> None:
    check_vector_env(gym.make_vec("CartPole-v1", 2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}))
    check_vector_env(Broken(mode))


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("kind", [WholeReward, OthersMode])
def test_what_ale_does_passes(kind: type[Broken], mode: AutoresetMode) -> None:
    """Rewards are int32, and all environments have one dictionary of metadata (ale-py 0.12.1)."""
    check_vector_env(kind(mode))


def test_an_atari_environment_passes() -> None:
    vector_env = pytest.importorskip("ale_py.vector_env")
    env = vector_env.AtariVectorEnv("pong", 1, max_num_frames_per_episode=40, noop_max=1)
    vector_env.AtariVectorEnv("pong", 1, autoreset_mode=SAME)  # what the first one's metadata say from now on
    assert env.metadata["autoreset_mode"] is SAME
    check_vector_env(env)
